#include "detect/pe_finders.h"

#include <inttypes.h>

/*
 * What a signature proves and what it leaves open. Severities: a digest that does not match and
 * unexplained bytes are high, and critical when the file still passes as valid with a block that
 * looks encrypted; a tag is low; padding is nothing.
 */

#define DENSE_LEN 1024U
#define DENSE_ENTROPY 7.0

/* Indexed by wd_uncovered_where. */
static const wd_rule uncovered_rules[] = {
    [WD_WHERE_ENTRY] =
        {"signature.residue", "Data hidden behind the signature",
         "Signing tools leave at most 7 zero bytes here. These are neither zeros nor "
         "a known download tag throughout.",
         "T1553.002 T1027.009", WD_HIGH},
    [WD_WHERE_SECOND_ENTRY] =
        {"signature.foreign-entry", "Certificate entry that is no signature",
         "A second entry is honest when it is a further signature of the same "
         "file. This one is not.",
         "T1553.002 T1027.009", WD_HIGH},
    [WD_WHERE_TABLE] =
        {"signature.beyond-entries", "Data in the certificate table outside any entry",
         "Entries of honest files fill the table exactly. These bytes belong to none.",
         "T1553.002 T1027.009", WD_HIGH},
    [WD_WHERE_AFTER_TABLE] = {"signature.after-table", "Data after the certificate table",
                              "The table ends a signed file. Installers put their data before it, "
                              "under the signature.",
                              "T1027.009", WD_HIGH},
    [WD_WHERE_ATTRIBUTE] =
        {"signature.attribute", "Data in an unsigned attribute of the signature",
         "Unsigned attributes hold timestamps and further signatures. This one is "
         "neither, nor a known tag throughout.",
         "T1553.002 T1027.009", WD_HIGH},
    [WD_WHERE_CERTIFICATE] =
        {"signature.certificate", "Certificate that no signature uses",
         "Certificates in a signature belong to its chain. This one belongs to "
         "none and carries more than a certificate needs.",
         "T1553.002 T1027.009", WD_HIGH},
    [WD_WHERE_SIGNATURE] =
        {"signature.inside", "Data inside the signature that nothing accounts for",
         "Every field of an honest signature is signed, vouched for or fixed. These "
         "bytes are none of that.",
         "T1553.002 T1027.009", WD_HIGH},
    [WD_WHERE_GAP] = {"signature.gap", "Bytes that the signed digest leaves out",
                      "Linkers write sections one after the other. Bytes between them are under no "
                      "digest here.",
                      "T1553.002 T1027.009", WD_HIGH},
};

static const wd_rule tag_rule = {
    "signature.tag", "Download tag beside the signature",
    "The whole run follows the grammar of a known tag format, so it is "
    "reported low, not dropped.",
    "", WD_LOW};
static const wd_rule mismatch_rule = {
    "signature.mismatch", "File altered after it was signed",
    "Both readings of the digest rule give another value than the one that was signed.",
    "T1036.001", WD_HIGH};
static const wd_rule nested_rule = {
    "signature.nested-mismatch", "Second signature is not of this file",
    "Honest double signatures are over the same file. This one is over another.", "T1036.001",
    WD_HIGH};
static const wd_rule broken_rule = {
    "signature.broken", "Signature that does not verify",
    "A damaged download breaks the file digest as well; here the signature itself is wrong.",
    "T1036.001", WD_HIGH};
static const wd_rule unreadable_rule = {
    "signature.unreadable", "Certificate table without a readable signature",
    "A file cut short or stripped leaves this too, hence no more than medium.", "T1036.001",
    WD_MEDIUM};
static const wd_rule pages_rule = {
    "signature.page-hash", "Page hashes differ from the file",
    "Page hashes are made with the signature; an honest file agrees with both.", "T1036.001",
    WD_HIGH};
static const wd_rule readings_rule = {
    "signature.two-readings", "Verifiers disagree about what is signed",
    "Orderly sections make both readings equal. Here they overlap, leave gaps or are followed by "
    "data.",
    "T1553.002", WD_MEDIUM};

/* What a person reads first about a run. */
static wd_slice uncovered_sentence(const wd_emit *e, const wd_pe_view *v, const wd_uncovered *run)
{
    static const char *const places[] = {
        [WD_WHERE_ENTRY] = "lie behind the signature inside its certificate entry",
        [WD_WHERE_SECOND_ENTRY] = "stand in a certificate entry that is no signature of this file",
        [WD_WHERE_TABLE] = "stand in the certificate table outside any entry",
        [WD_WHERE_AFTER_TABLE] = "follow the certificate table",
        [WD_WHERE_ATTRIBUTE] = "stand in an unsigned attribute of the signature",
        [WD_WHERE_CERTIFICATE] = "stand in a certificate that no signature uses",
        [WD_WHERE_SIGNATURE] = "stand inside the signature where nothing accounts for them",
        [WD_WHERE_GAP] = "lie between sections, outside the signed digest",
    };
    return wd_arena_printf(
        e->arena, "%" PRIu64 " bytes %s; no signature covers them, and Windows %s.", run->len,
        places[run->where],
        v->windows_default ? "by default calls the file valid" : "calls the file invalid");
}

static wd_status find_uncovered(const wd_emit *e, const wd_pe_view *v)
{
    for (size_t i = 0; i < v->coverage.n; i++) {
        const wd_uncovered *run = &v->coverage.runs[i];
        wd_span span = {.offset = run->at, .len = run->len};
        if (run->kind == WD_UNCOVERED_PADDING) {
            continue;
        }
        if (run->kind == WD_UNCOVERED_TAG) {
            wd_slice text = wd_arena_printf(
                e->arena, "%" PRIu64 " bytes beside the signature are a tag of format %s.",
                run->len, run->tag);
            wd_finding f = wd_finding_of(e, &tag_rule, span, text);
            WD_TRY(wd_emit_finding(e, &f));
            continue;
        }
        wd_finding f =
            wd_finding_of(e, &uncovered_rules[run->where], span, uncovered_sentence(e, v, run));
        if (run->len >= DENSE_LEN && run->entropy >= DENSE_ENTROPY) {
            f.severity = v->windows_default ? WD_CRITICAL : f.severity;
            f.techniques = WD_S("T1553.002 T1027.009 T1027.013");
        }
        WD_TRY(wd_emit_finding(e, &f));
    }
    return WD_OK;
}

static wd_status emit_rule(const wd_emit *e, const wd_rule *rule, wd_span span, wd_slice sentence)
{
    wd_finding f = wd_finding_of(e, rule, span, sentence);
    return wd_emit_finding(e, &f);
}

/* Signatures that say something about another file, or were not made with their key. */
static wd_status find_bad_signatures(const wd_emit *e, const wd_pe_view *v)
{
    for (size_t i = 0; i < v->signatures.n; i++) {
        const wd_authenticode *s = &v->signatures.items[i];
        wd_span span = {.offset = s->at, .len = s->len};
        bool first = i == v->primary;
        if (!v->matches[i]) {
            wd_slice who = s->signer.len > 0 ? s->signer : WD_S("unknown");
            wd_slice text = wd_arena_printf(
                e->arena,
                "The file is not the one that %.*s signed: its digest differs from the %s.",
                (int) (who.len < 80 ? who.len : 80), who.ptr,
                first ? "signed digest" : "digest in a further signature");
            WD_TRY(emit_rule(e, first ? &mismatch_rule : &nested_rule, span, text));
        } else if (!s->signature_ok) {
            wd_slice text = wd_arena_printf(
                e->arena, "The digest is right but the signature does not verify: %.*s.",
                (int) s->why.len, s->why.ptr);
            WD_TRY(emit_rule(e, &broken_rule, span, text));
        }
    }
    return WD_OK;
}

static wd_status find_table(const wd_emit *e, const wd_pe_view *v)
{
    wd_span span = {.offset = v->table.at, .len = v->table.end - v->table.at};
    if (v->primary == SIZE_MAX) {
        wd_slice text = wd_arena_printf(e->arena, "The file announces a signature, but %.*s.",
                                        (int) v->why.len, v->why.ptr);
        WD_TRY(emit_rule(e, &unreadable_rule, span, text));
    }
    if (v->bad_pages > 0) {
        wd_slice text = wd_arena_printf(e->arena,
                                        "%" PRId64 " pages differ from the page hashes that were "
                                        "signed with the file.",
                                        v->bad_pages);
        span = (wd_span){.offset = v->bad_page_at, .len = 4096};
        WD_TRY(emit_rule(e, &pages_rule, span, text));
    }
    const wd_authenticode *s = wd_pe_view_signature(v);
    if (s != NULL && !v->ranges.same && v->table.ends_file && v->matches[v->primary]) {
        return emit_rule(e, &readings_rule, (wd_span){.offset = v->pe.header_at, .len = 24},
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
    WD_TRY(find_table(e, v));
    WD_TRY(find_bad_signatures(e, v));
    return find_uncovered(e, v);
}
