#ifndef WD_FORMATS_PE_DIGEST_H
#define WD_FORMATS_PE_DIGEST_H

#include "core/hash.h"
#include "formats/authenticode.h"
#include "formats/cert_table.h"

/*
 * Authenticode digest of a PE file. Left out: the CheckSum field (4 bytes), the security directory
 * (8 bytes) and the certificate table. Two readings of what is left:
 *
 *   linear      every other byte before the table, in order of the file
 *   by section  headers, then section data in order of PointerToRawData, then what follows the
 *               last section; bytes after the table too (Microsoft's text, steps 9 to 14)
 *
 * They are the same for orderly files; where sections overlap, leave gaps, or something follows the
 * table, they differ, and readers of the two schools disagree about the file.
 */

/** A run of bytes that goes into a digest. */
typedef struct wd_run {
    uint64_t at;
    uint64_t len;
} wd_run;

typedef struct wd_pe_ranges {
    wd_run *linear;
    size_t n_linear;
    wd_run *by_section;
    size_t n_by_section;
    bool same; /* both readings hash the same bytes in the same order */
} wd_pe_ranges;

/** Works out both readings. Fails: WD_E_NOMEM. */
WD_MUST_USE wd_status wd_pe_ranges_of(const wd_pe *pe, const wd_cert_table *table, wd_arena *arena,
                                      wd_pe_ranges *out, wd_err *err);

/** Digest over runs; a file that will be signed is padded with zeros to a multiple of 8 (`pad`).
 * False when the library refuses. */
bool wd_pe_digest(const wd_pe *pe, const wd_run *runs, size_t n, wd_hash_kind kind, bool pad,
                  uint8_t *out);

/** Checks the page hashes of a signature: -1 when it has none, else the number of pages that
 * differ; `*first` gets the file offset of the first one. */
int64_t wd_pe_check_pages(const wd_pe *pe, const wd_authenticode *sig, uint64_t *first);

#endif
