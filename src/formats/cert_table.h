#ifndef WD_FORMATS_CERT_TABLE_H
#define WD_FORMATS_CERT_TABLE_H

#include "formats/pe.h"

/*
 * Attribute certificate table of a PE file, where its signatures lie. Entries (WIN_CERTIFICATE),
 * each starting on a multiple of 8:
 *
 *   0  4  dwLength, header included
 *   4  2  wRevision: 0x0200 (0x0100 in old files)
 *   6  2  wCertificateType: 1 X.509, 2 PKCS#7 signed data, 4 TS stack, 0x0EF0/0x0EF1 EFI
 *   8     bCertificate
 *
 * The lengths, each rounded up to 8, add up to the directory's size, and the table ends the file.
 */
#define WD_CERT_TYPE_PKCS7 2

typedef struct wd_cert_entry {
    uint64_t at;  /* of the header */
    uint32_t len; /* dwLength */
    uint16_t revision;
    uint16_t type;
    wd_slice body;      /* bCertificate: dwLength - 8 bytes; borrowed */
    uint64_t padded_to; /* offset of the next entry, or of the table's end when that comes first */
} wd_cert_entry;

typedef struct wd_cert_table {
    bool present;
    uint64_t at;
    uint64_t end; /* at + directory size, at most the file's size */
    wd_cert_entry *entries;
    size_t n;
    uint64_t rest_at; /* first byte inside the table that is part of no entry; `end` when none */
    bool sums_up;     /* the entries fill the directory exactly */
    bool ends_file;   /* nothing comes after the table */
    bool inside;      /* the directory lies wholly inside the file */
} wd_cert_table;

/** Walks the table. A file without one gives present == false. Fails: WD_E_NOMEM. */
WD_MUST_USE wd_status wd_cert_table_read(const wd_pe *pe, wd_arena *arena, wd_notes *notes,
                                         wd_cert_table *out, wd_err *err);

#endif
