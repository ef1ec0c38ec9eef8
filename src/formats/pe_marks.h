#ifndef WD_FORMATS_PE_MARKS_H
#define WD_FORMATS_PE_MARKS_H

#include "formats/cert_table.h"

/*
 * Marks that tools leave in a PE file, and places where code can start unseen.
 *
 *   TLS directory: u32/u64 start, end, index, callbacks (addresses, not RVAs; list ended by 0), ...
 *   Debug directory, 28 bytes each: flags, timestamp, version, u32 type, size, RVA, file offset.
 *     CodeView (type 2): "RSDS", GUID, u32 age, path of the symbol file.
 *   Rich header: between DOS stub and PE header, "DanS" and pairs of u32 { tool, count }, all under
 *     XOR with the u32 after "Rich". Source: Pistelli, "Microsoft's Rich Signature" (2008).
 *   Checksum: 16-bit one's complement sum of the file without the field, plus the file's length.
 */
typedef struct wd_pe_marks {
    uint32_t *tls_callbacks; /* RVAs */
    size_t n_tls_callbacks;
    wd_slice pdb; /* path as the linker wrote it; borrowed */
    bool repro;   /* the timestamp is a hash of the content (debug type 16) */
    bool rich;
    uint8_t rich_hash[16]; /* MD5 of the decoded Rich header, as VirusTotal and YARA compute it */
    uint64_t rich_at;
    uint64_t overlay_at; /* bytes behind the last section and before the certificate table */
    uint64_t overlay_len;
} wd_pe_marks;

/** Fails: WD_E_NOMEM. */
WD_MUST_USE wd_status wd_pe_read_marks(const wd_pe *pe, const wd_cert_table *table, wd_arena *arena,
                                       wd_notes *notes, wd_pe_marks *out, wd_err *err);

/** The value that CheckSum should have. */
uint32_t wd_pe_checksum(const wd_pe *pe);

#endif
