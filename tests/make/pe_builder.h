#ifndef WD_TESTS_MAKE_PE_BUILDER_H
#define WD_TESTS_MAKE_PE_BUILDER_H

#include "core/buf.h"
#include "core/slice.h"

/*
 * Builds small, valid, harmless portable executables for tests and for the re-enactment: the code
 * section holds returns and filler, nothing that does anything. The same specification gives the
 * same bytes on every machine.
 *
 * Layout: headers 0x400; .text (filler); .rdata (imports, delay imports, exports, debug, TLS);
 * .rsrc (version); overlay. File alignment 0x200, section alignment 0x1000.
 */

#define MAKE_PE_IMPORTS 6

typedef struct make_pe_import {
    const char *library; /* NULL ends the list */
    const char *name;    /* one function of it; NULL imports ordinal 1 */
    bool delayed;
} make_pe_import;

/** Start at {0}: then a 64-bit program without imports, exports or version resource. */
typedef struct make_pe_spec {
    bool dll;
    bool pe32;          /* 32-bit x86 instead of x86-64 */
    uint32_t timestamp; /* seconds since 1970, TimeDateStamp of the header */
    make_pe_import imports[MAKE_PE_IMPORTS];
    const char *module_name; /* name in the export directory; NULL for no exports */
    const char *exports[4];  /* names; NULL ends; "a=b.c" is a forwarder */
    const char *product;     /* NULL leaves the version resource out */
    const char *company;
    const char *description;
    const char *version; /* "18.12.416.0" */
    const char *original_name;
    const char *pdb;      /* path in a CodeView record, or NULL */
    bool tls_callback;    /* one TLS callback that returns */
    bool rich;            /* a Rich header of three entries */
    const char *mentions; /* an extra string in .rdata, stored as UTF-16 */
    size_t filler;        /* seeded bytes appended to .text, to give it weight */
    uint64_t seed;
    wd_slice overlay; /* bytes behind the last section, before any signature */
} make_pe_spec;

/** Writes the file to `out` (cleared first). False when memory ran out. */
bool make_pe(const make_pe_spec *spec, wd_buf *out);

/** Sets the CheckSum field to the value that the loader computes. */
void make_pe_fix_checksum(wd_buf *file);

/** Seeded inert bytes (xorshift64*), the same everywhere; looks like noise, decodes to nothing. */
void make_noise(wd_buf *out, uint64_t seed, size_t len);

/** Little-endian numbers, for makers of other formats too. */
void make_u16(wd_buf *out, uint16_t v);
void make_u32(wd_buf *out, uint32_t v);
void make_u64(wd_buf *out, uint64_t v);
/** Overwrites a number inside what was written already. */
void make_poke_u16(wd_buf *out, size_t at, uint16_t v);
void make_poke_u32(wd_buf *out, size_t at, uint32_t v);
/** Fills with zeros up to a multiple of `align`. */
void make_align(wd_buf *out, size_t align);
/** ASCII text as UTF-16LE with its two zero bytes. */
void make_wide(wd_buf *out, const char *text);

#endif
