#ifndef WD_FORMATS_MSI_H
#define WD_FORMATS_MSI_H

#include "formats/authenticode.h"
#include "formats/cfb.h"

/*
 * Windows Installer packages: tables in a compound file.
 *
 *   Stream names pack two characters of 0-9 A-Z a-z . _ into one code point: U+3800 + a + 64 b, or
 *   U+4800 + a for a single one; U+4840 in front marks a table.
 *   _StringPool  u16 code page, u16 flags (0x8000: references of 3 bytes), then { u16 length, u16
 * count of references } a string; length 0 with a count: the next entry holds 32 bits _StringData
 * the strings, one after the other _Columns     table, number, name, type of each column; a table
 * is stored column by column, numbers of 2 or 4 bytes with the sign bit flipped, references of 2 or
 * 3 bytes Column type  0x0800 text, 0x0100 valid, low byte 2 or 4: width of a number
 *   \5DigitalSignature        Authenticode over all other streams, by name, and storage class ids
 *   \5MsiDigitalSignatureEx   digest of names, sizes, times and class ids
 *
 * Sources: [MS-CFB]; Windows Installer database tables (Microsoft Learn); stream names and digest
 * as osslsigncode and msitools document them.
 */

typedef struct wd_msi_table {
    wd_slice name;
    size_t n_columns;
    size_t n_rows;
    uint32_t *cells; /* row by row: string number or value as stored, 0 for null */
} wd_msi_table;

typedef struct wd_msi {
    wd_cfb cfb;
    wd_slice *names; /* decoded name of each directory entry, UTF-8; tables begin with '!' */
    wd_slice *strings;
    size_t n_strings;
    bool is_package; /* has the tables of an installer, not only the container */
    unsigned ref_len;
} wd_msi;

/** Container, names and string pool. Fails: WD_E_MALFORMED, WD_E_TRUNCATED, WD_E_NOMEM. */
WD_MUST_USE wd_status wd_msi_read(wd_slice data, wd_arena *arena, wd_notes *notes, wd_msi *out,
                                  wd_err *err);
/** A table by name; n_rows 0 when the package has none. Fails: WD_E_NOMEM. */
WD_MUST_USE wd_status wd_msi_read_table(const wd_msi *msi, const char *name, wd_arena *arena,
                                        wd_notes *notes, wd_msi_table *out);
/** Text of a cell; empty when null or no text. */
wd_slice wd_msi_text(const wd_msi *msi, const wd_msi_table *t, size_t row, size_t column);
/** Index of a stream of the root by decoded name; SIZE_MAX when absent. */
size_t wd_msi_find(const wd_msi *msi, wd_slice name);

/** A file that the package installs. */
typedef struct wd_msi_file {
    wd_slice key; /* its name inside the cabinet */
    wd_slice
        path; /* folder names from the directory table, joined by '/', and the long file name */
} wd_msi_file;
/** The File table with folders resolved, in order of the table. Fails: WD_E_NOMEM. */
WD_MUST_USE wd_status wd_msi_files(const wd_msi *msi, wd_arena *arena, wd_notes *notes,
                                   wd_msi_file **out, size_t *n);

/** Digest of the streams as it is signed; with `extended` the 32-byte pre-hash goes in front. False
 * when the library refuses. */
bool wd_msi_digest(const wd_msi *msi, wd_arena *arena, wd_hash_kind kind, wd_slice prehash,
                   uint8_t *out);
/** Digest of the metadata: what \5MsiDigitalSignatureEx must hold. */
bool wd_msi_prehash(const wd_msi *msi, wd_arena *arena, wd_hash_kind kind, uint8_t *out);

#endif
