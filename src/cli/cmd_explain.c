#include <stdio.h>

#include "case/store.h"
#include "cli/case_files.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "core/limits.h"
#include "core/text.h"

/* explain CASE ID: what a finding (F-...) or an evidence item (E-...) rests on, down to offset and
 * bytes. */

typedef struct question {
    const char *id;
    uint64_t number;
    const wd_json *report;
    wd_arena *arena;
    wd_finding finding; /* from the case, for the raw excerpt */
    bool found;
    wd_buf *out;
} question;

static void line(wd_buf *out, const char *label, wd_slice text)
{
    if (text.len > 0) {
        wd_buf_printf(out, "%-12s", label);
        wd_text_terminal(out, text);
        wd_buf_byte(out, '\n');
    }
}

static wd_status keep_match(void *ctx, const wd_case_finding *f)
{
    question *q = ctx;
    if (f->number != q->number) {
        return WD_OK;
    }
    q->finding = f->finding;
    q->found = true;
    return wd_finding_keep(&q->finding, q->arena);
}

static const wd_json *by_id(const wd_json *list, const char *id)
{
    if (list == NULL) {
        return NULL;
    }
    WD_JSON_EACH (one, list) {
        if (wd_slice_eq(wd_json_text(one, "id"), wd_slice_str(id))) {
            return one;
        }
    }
    return NULL;
}

static bool holds(const wd_json *list, const char *id)
{
    if (list == NULL) {
        return false;
    }
    WD_JSON_EACH (one, list) {
        if (wd_slice_eq(one->text, wd_slice_str(id))) {
            return true;
        }
    }
    return false;
}

static void used_by(const question *q)
{
    const wd_json *answers = wd_json_get(q->report, "answers");
    const wd_json *hosts = wd_json_get(q->report, "hosts");
    if (answers != NULL) {
        WD_JSON_EACH (a, answers) {
            if (holds(wd_json_get(a, "evidence"), q->id)) {
                wd_buf_printf(q->out, "%-12s%.*s: ", "used by", WD_ARG(a->key));
                wd_text_terminal(q->out, wd_json_text(a, "sentence"));
                wd_buf_byte(q->out, '\n');
            }
        }
    }
    if (hosts == NULL) {
        return;
    }
    WD_JSON_EACH (h, hosts) {
        const wd_json *proof = wd_json_get(h, "proof");
        if (proof == NULL) {
            continue;
        }
        WD_JSON_EACH (p, proof) {
            if (holds(wd_json_get(p, "evidence"), q->id)) {
                wd_buf_printf(q->out, "%-12s", "used by");
                wd_text_terminal(q->out, wd_json_text(h, "name"));
                wd_buf_printf(q->out,
                              ", tier %.*s: ", WD_ARG(wd_json_scalar(wd_json_get(p, "tier"))));
                wd_text_terminal(q->out, wd_json_text(p, "sentence"));
                wd_buf_byte(q->out, '\n');
            }
        }
    }
}

static void places(const question *q, const wd_json *finding)
{
    const wd_json *evidence = wd_json_get(finding, "evidence");
    if (evidence == NULL) {
        return;
    }
    WD_JSON_EACH (e, evidence) {
        line(q->out, "item", wd_json_text(e, "item"));
        line(q->out, "sha256", wd_json_text(e, "sha256"));
        line(q->out, "offset", wd_json_scalar(wd_json_get(e, "offset")));
        line(q->out, "length", wd_json_scalar(wd_json_get(e, "length")));
        line(q->out, "record", wd_json_scalar(wd_json_get(e, "record")));
    }
}

static bool explain_finding(question *q)
{
    const wd_json *f = by_id(wd_json_get(q->report, "findings"), q->id);
    if (f == NULL) {
        return false;
    }
    line(q->out, q->id, wd_json_text(f, "title"));
    line(q->out, "claim", wd_json_text(f, "sentence"));
    line(q->out, "rule", wd_json_text(f, "rule"));
    line(q->out, "rule id", wd_json_text(f, "rule_id"));
    line(q->out, "severity", wd_json_text(f, "severity"));
    line(q->out, "basis", wd_json_text(f, "basis"));
    line(q->out, "host", wd_json_text(f, "host"));
    line(q->out, "time", wd_json_text(f, "time"));
    line(q->out, "about", wd_json_text(f, "subject"));
    line(q->out, "campaign", wd_json_text(f, "campaign"));
    const wd_json *techniques = wd_json_get(f, "techniques");
    if (techniques != NULL) {
        WD_JSON_EACH (t, techniques) {
            line(q->out, "ATT&CK", t->text);
        }
    }
    places(q, f);
    line(q->out, "not benign", wd_json_text(f, "benign"));
    used_by(q);
    if (q->found && q->finding.excerpt.len > 0) {
        wd_buf_str(q->out, "excerpt\n");
        wd_text_hexdump(q->out, q->finding.excerpt,
                        q->finding.span.offset == WD_NO_OFFSET ? 0 : q->finding.span.offset);
    }
    return true;
}

static bool explain_item(question *q)
{
    const wd_json *e = by_id(wd_json_get(q->report, "evidence"), q->id);
    if (e == NULL) {
        return false;
    }
    line(q->out, q->id, wd_json_text(e, "path"));
    line(q->out, "member of", wd_json_text(e, "member_of"));
    line(q->out, "kind", wd_json_text(e, "kind"));
    line(q->out, "size", wd_json_scalar(wd_json_get(e, "size")));
    line(q->out, "sha256", wd_json_text(e, "sha256"));
    line(q->out, "status", wd_json_text(e, "status"));
    line(q->out, "why", wd_json_text(e, "why"));
    const wd_json *findings = wd_json_get(q->report, "findings");
    size_t shown = 0;
    if (findings != NULL) {
        WD_JSON_EACH (f, findings) {
            const wd_json *first = wd_json_first(wd_json_get(f, "evidence"));
            if (first != NULL && wd_slice_eq(wd_json_text(first, "id"), wd_slice_str(q->id)) &&
                shown++ < 20) {
                wd_buf_printf(q->out, "%-12s%.*s ", "finding", WD_ARG(wd_json_text(f, "id")));
                wd_text_terminal(q->out, wd_json_text(f, "title"));
                wd_buf_byte(q->out, '\n');
            }
        }
    }
    used_by(q);
    return true;
}

static wd_status explain(question *q, const char *dir, wd_err *err)
{
    wd_slice id = wd_slice_str(q->id);
    wd_case *cs = NULL;
    if (id.len < 3 || id.ptr[1] != '-' ||
        !wd_slice_to_u64(wd_slice_sub(id, 2, id.len), &q->number)) {
        return wd_fail(err, WD_E_USAGE, WD_NO_OFFSET, "explain", "an id looks like F-007 or E-012");
    }
    wd_status s = wd_case_open(&cs, dir, err);
    if (s == WD_OK && id.ptr[0] == 'F') {
        s = wd_case_each_finding(cs, keep_match, q, err);
    }
    wd_err ignored = {0};
    (void) wd_case_close(cs, &ignored);
    WD_TRY(s);
    bool known = id.ptr[0] == 'F' ? explain_finding(q) : explain_item(q);
    return known ? WD_OK
                 : wd_fail(err, WD_E_NOT_FOUND, WD_NO_OFFSET, "explain", "this case has no %s",
                           q->id);
}

int wd_cmd_explain(const wd_options *o)
{
    wd_err err = {0};
    wd_buf text = {0};
    wd_buf out = {0};
    wd_json_doc doc = {0};
    if (o->words.n != 2) {
        fputs("whodunit: explain wants a case folder and an id such as F-007\n", stderr);
        return WD_EXIT_USAGE;
    }
    wd_arena *arena = wd_arena_new(WD_CASE_ARENA);
    wd_status s =
        arena == NULL ? WD_E_NOMEM : wd_case_report(o->words.list[0], &text, &doc, arena, &err);
    question q = {.id = o->words.list[1], .report = doc.nodes, .arena = arena, .out = &out};
    if (s == WD_OK) {
        s = explain(&q, o->words.list[0], &err);
    }
    if (s == WD_OK) {
        fwrite(out.ptr, 1, out.len, stdout);
    } else {
        wd_session_complain("cannot explain", o->words.list[1], &err);
    }
    wd_buf_free(&out);
    wd_buf_free(&text);
    wd_json_doc_free(&doc);
    wd_arena_free(arena);
    return s == WD_OK ? WD_EXIT_NOTHING : wd_session_exit(s);
}
