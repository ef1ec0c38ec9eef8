#ifndef WD_DETECT_PE_VIEW_H
#define WD_DETECT_PE_VIEW_H

#include "detect/signature_facts.h"
#include "formats/pe_imports.h"
#include "formats/pe_marks.h"
#include "formats/pe_resources.h"

/*
 * Everything that is known of one PE file, read once and judged by the finders. Used by
 * detect/binaries.c and its parts.
 */

typedef struct wd_pe_view {
    const wd_item *item;
    wd_arena *arena;
    wd_notes notes;
    wd_pe pe;
    wd_cert_table table;
    wd_pe_ranges ranges;
    wd_authenticode_set signatures;
    bool *matches;        /* per signature */
    bool *matches_linear; /* ... by the linear reading */
    size_t primary;       /* index of the first entry's signature, SIZE_MAX when there is none */
    wd_signature_facts facts;
    int64_t bad_pages; /* page hashes that differ; -1 when there are none */
    uint64_t bad_page_at;
    wd_pe_imports imports;
    wd_pe_exports exports;
    wd_pe_resources resources;
    wd_pe_version version;
    wd_pe_marks marks;
    wd_slice imphash;
} wd_pe_view;

/**
 * Reads the file of `item`. End with wd_pe_view_free whatever the outcome. Fails: WD_E_MALFORMED or
 * WD_E_TRUNCATED when it is no PE file, WD_E_NOMEM.
 */
WD_MUST_USE wd_status wd_pe_view_read(wd_pe_view *v, const wd_item *item, const wd_anchors *anchors,
                                      wd_arena *arena, wd_err *err);
void wd_pe_view_free(wd_pe_view *v);

static inline bool wd_pe_view_is_library(const wd_pe_view *v)
{
    return (v->pe.characteristics & WD_PE_FILE_DLL) != 0;
}
/** The signature that Windows looks at; NULL for an unsigned file or an unreadable signature. */
const wd_authenticode *wd_pe_view_signature(const wd_pe_view *v);

#endif
