#include "detect/signature_facts.h"

#include <inttypes.h>

#include "core/limits.h"

/*
 * What a signature proves and what it leaves open. Severities: a digest that does not match and
 * unexplained bytes are high, and critical when the file still passes as valid with a block that
 * looks encrypted; a tag is low; padding is nothing.
 */

#define DENSE_LEN 1024U
#define DENSE_ENTROPY 7.0

wd_slice wd_digest_name(wd_hash_kind kind)
{
    static const char *const names[] = {
        [WD_MD5] = "md5",       [WD_SHA1] = "sha1",     [WD_SHA256] = "sha256",
        [WD_SHA384] = "sha384", [WD_SHA512] = "sha512",
    };
    return wd_slice_str(names[kind]);
}

/* --- observations ------------------------------------------------------------------------------
 */

static wd_slice status_word(const wd_signature_facts *f)
{
    if (!f->present) {
        return WD_S("none");
    }
    if (f->primary == NULL) {
        return WD_S("unreadable");
    }
    return f->digest != WD_DIGEST_MATCH ? WD_S("altered")
           : !f->primary->signature_ok  ? WD_S("broken")
                                        : WD_S("intact");
}

static wd_slice verdict(const wd_signature_facts *f, bool valid)
{
    return !f->present ? WD_S("unsigned") : valid ? WD_S("valid") : WD_S("invalid");
}

static void set_signer(const wd_emit *e, const wd_authenticode *s, wd_obs *o)
{
    wd_obs_set(o, WD_K_TRUST, wd_slice_str(wd_trust_name(s == NULL ? WD_TRUST_NONE : s->trust)));
    if (s == NULL) {
        return;
    }
    wd_obs_set(o, WD_K_SIGNER, s->signer);
    wd_obs_set(o, WD_K_ISSUER, s->issuer);
    wd_time when = s->stamp.valid ? s->stamp.time : s->claimed_time;
    wd_obs_set(o, WD_K_SIGNED_AT, wd_emit_time(e, when));
    wd_obs_set(o, WD_K_COUNTERSIGNED, s->stamp.valid ? WD_S("true") : WD_S("false"));
}

wd_status wd_observe_signature(const wd_emit *e, const wd_signature_facts *f)
{
    static const char *const digests[] = {"none", "match", "mismatch"};
    wd_obs o = wd_obs_of(WD_OBS_SIGNATURE, (wd_span){.offset = f->at, .len = f->len}, WD_NO_TIME);
    wd_obs_set(&o, WD_K_NAME, e->item->name);
    wd_obs_set(&o, WD_K_PATH, e->item->path);
    wd_obs_set(&o, WD_K_SHA256, f->sha256);
    wd_obs_set(&o, WD_K_SIGNED, f->present ? WD_S("true") : WD_S("false"));
    wd_obs_set(&o, WD_K_SIGNATURE_STATUS, status_word(f));
    wd_obs_set(&o, WD_K_DIGEST, wd_slice_str(digests[f->digest]));
    wd_obs_set(&o, WD_K_ALGORITHM, f->digest_name);
    wd_obs_set(&o, WD_K_AUTHENTIHASH, f->authentihash);
    wd_obs_set(&o, WD_K_WINDOWS_DEFAULT, verdict(f, f->windows_default));
    wd_obs_set(&o, WD_K_WINDOWS_STRICT, verdict(f, f->windows_strict));
    wd_obs_set(&o, WD_K_TEXT, f->why);
    set_signer(e, f->primary, &o);
    return wd_emit_obs(e, &o);
}

wd_status wd_observe_uncovered(const wd_emit *e, const wd_coverage *c)
{
    for (size_t i = 0; i < c->n; i++) {
        const wd_uncovered *run = &c->runs[i];
        wd_obs o =
            wd_obs_of(WD_OBS_UNCOVERED, (wd_span){.offset = run->at, .len = run->len}, WD_NO_TIME);
        wd_obs_set(&o, WD_K_NAME, e->item->name);
        wd_obs_set(&o, WD_K_PATH, e->item->path);
        wd_obs_set(&o, WD_K_SIZE, wd_emit_u64(e, run->len));
        wd_obs_set(&o, WD_K_ENTROPY, wd_arena_printf(e->arena, "%.2f", run->entropy));
        wd_obs_set(&o, WD_K_UNCOVERED_KIND, wd_slice_str(wd_uncovered_kind_name(run->kind)));
        wd_obs_set(&o, WD_K_UNCOVERED_WHERE, wd_slice_str(wd_uncovered_where_name(run->where)));
        wd_obs_set(&o, WD_K_EXCERPT, wd_slice_sub(run->bytes, 0, WD_MAX_EXCERPT));
        if (run->tag != NULL) {
            wd_obs_set(&o, WD_K_TEXT, wd_slice_str(run->tag));
        }
        WD_TRY(wd_emit_obs(e, &o));
    }
    return WD_OK;
}

/* --- findings ----------------------------------------------------------------------------------
 */

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
    [WD_WHERE_PAST_END] =
        {"signature.past-end", "Data behind the last sector of a signed package",
         "Installers end with their last sector. The signature is over streams and "
         "does not see what follows.",
         "T1553.002 T1027.009", WD_HIGH},
    [WD_WHERE_FREE] =
        {"signature.free-sectors", "Data in free sectors of a signed package",
         "Leftovers of editing are copies of streams or zeros. These bytes stand nowhere "
         "else in the package.",
         "T1553.002 T1027.009", WD_HIGH},
    [WD_WHERE_SLACK] = {"signature.slack", "Data behind the end of streams in a signed package",
                        "Rests of sectors hold zeros or scraps of memory; these are as dense as "
                        "encrypted data.",
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
/* What a person reads first about a run. */
static wd_slice uncovered_sentence(const wd_emit *e, bool valid, const wd_uncovered *run)
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
        [WD_WHERE_PAST_END] = "follow the last sector of the package",
        [WD_WHERE_FREE] = "lie in sectors that belong to no stream",
        [WD_WHERE_SLACK] = "lie behind the end of a stream in its last sector",
    };
    return wd_arena_printf(
        e->arena, "%" PRIu64 " bytes %s; no signature covers them, and Windows %s.", run->len,
        places[run->where], valid ? "by default calls the file valid" : "calls the file invalid");
}

wd_status wd_find_uncovered(const wd_emit *e, const wd_signature_facts *f)
{
    for (size_t i = 0; i < f->coverage.n; i++) {
        const wd_uncovered *run = &f->coverage.runs[i];
        wd_span span = {.offset = run->at, .len = run->len};
        if (run->kind == WD_UNCOVERED_PADDING) {
            continue;
        }
        if (run->kind == WD_UNCOVERED_TAG) {
            wd_slice text = wd_arena_printf(
                e->arena, "%" PRIu64 " bytes beside the signature are a tag of format %s.",
                run->len, run->tag);
            wd_finding found = wd_finding_of(e, &tag_rule, span, text);
            WD_TRY(wd_emit_finding(e, &found));
            continue;
        }
        wd_finding found = wd_finding_of(e, &uncovered_rules[run->where], span,
                                         uncovered_sentence(e, f->windows_default, run));
        found.excerpt = wd_slice_sub(run->bytes, 0, WD_MAX_EXCERPT);
        if (run->len >= DENSE_LEN && run->entropy >= DENSE_ENTROPY) {
            found.severity = f->windows_default ? WD_CRITICAL : found.severity;
            found.techniques = WD_S("T1553.002 T1027.009 T1027.013");
        }
        WD_TRY(wd_emit_finding(e, &found));
    }
    return WD_OK;
}

/* Signatures that say something about another file, or were not made with their key. */
wd_status wd_find_bad_signatures(const wd_emit *e, const wd_signature_facts *f,
                                 const wd_authenticode_set *set, const bool *matches)
{
    if (f->present && f->primary == NULL) {
        wd_slice text = wd_arena_printf(e->arena, "The file announces a signature, but %.*s.",
                                        (int) f->why.len, f->why.ptr);
        WD_TRY(wd_emit_rule(e, &unreadable_rule, (wd_span){.offset = f->at, .len = f->len}, text));
    }
    for (size_t i = 0; i < set->n; i++) {
        const wd_authenticode *s = &set->items[i];
        wd_span span = {.offset = s->at, .len = s->len};
        bool first = s == f->primary;
        if (!matches[i]) {
            wd_slice who = s->signer.len > 0 ? s->signer : WD_S("unknown");
            wd_slice text = wd_arena_printf(
                e->arena,
                "The file is not the one that %.*s signed: its digest differs from the %s.",
                (int) (who.len < 80 ? who.len : 80), who.ptr,
                first ? "signed digest" : "digest in a further signature");
            WD_TRY(wd_emit_rule(e, first ? &mismatch_rule : &nested_rule, span, text));
        } else if (!s->signature_ok) {
            wd_slice text = wd_arena_printf(
                e->arena, "The digest is right but the signature does not verify: %.*s.",
                (int) s->why.len, s->why.ptr);
            WD_TRY(wd_emit_rule(e, &broken_rule, span, text));
        }
    }
    return WD_OK;
}
