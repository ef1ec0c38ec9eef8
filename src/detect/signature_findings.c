#include <inttypes.h>

#include "detect/pe_finders.h"

static const wd_rule pages_rule = {
    "signature.page-hash", "Page hashes differ from the file",
    "Page hashes are made with the signature; an honest file agrees with both.", "T1036.001",
    WD_HIGH};
static const wd_rule readings_rule = {
    "signature.two-readings", "Verifiers disagree about what is signed",
    "Orderly sections make both readings equal. Here they overlap, leave gaps or are followed by "
    "data.",
    "T1553.002", WD_MEDIUM};

static wd_status find_readings(const wd_emit *e, const wd_pe_view *v)
{
    if (v->bad_pages > 0) {
        wd_slice text = wd_arena_printf(e->arena,
                                        "%" PRId64 " pages differ from the page hashes that were "
                                        "signed with the file.",
                                        v->bad_pages);
        wd_span span = {.offset = v->bad_page_at, .len = 4096};
        WD_TRY(wd_emit_rule(e, &pages_rule, span, text));
    }
    const wd_authenticode *s = wd_pe_view_signature(v);
    if (s != NULL && !v->ranges.same && v->table.ends_file && v->matches[v->primary]) {
        return wd_emit_rule(
            e, &readings_rule, (wd_span){.offset = v->pe.header_at, .len = 24},
            WD_S("Readers that hash by section and readers that hash the whole file "
                 "get different digests for this file."));
    }
    return WD_OK;
}

wd_status wd_pe_find_signature(const wd_emit *e, const wd_pe_view *v)
{
    if (!v->table.present) {
        return WD_OK;
    }
    WD_TRY(find_readings(e, v));
    WD_TRY(wd_find_bad_signatures(e, &v->facts, &v->signatures, v->matches));
    return wd_find_uncovered(e, &v->facts);
}
