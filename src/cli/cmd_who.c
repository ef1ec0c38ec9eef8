#include <stdio.h>
#include <string.h>

#include "cli/case_files.h"
#include "cli/commands.h"
#include "cli/facts.h"
#include "cli/session.h"
#include "cli/who_incidents.h"
#include "core/limits.h"
#include "core/text.h"
#include "report/attribution_json.h"

/* who: from a case, from lists of ids, or over a benchmark. */

typedef struct job {
    const wd_options *o;
    wd_arena *arena;
    const wd_actors *facts;
    wd_attr_base *base;
    wd_ask ask;
    wd_observed *observed;
    size_t cap;
    uint8_t *ignored;
} job;

static wd_status load(job *j, wd_err *err)
{
    WD_TRY(wd_facts_load(j->o, j->arena, &j->base, err));
    if (j->base == NULL) {
        return wd_fail(err, WD_E_NOT_FOUND, WD_NO_OFFSET, "who",
                       "there are no facts about actors; the folder knowledge/actors is not beside "
                       "the program, --kb names a file of facts");
    }
    j->facts = wd_attr_facts(j->base);
    return WD_OK;
}

/* --- lists of ids --------------------------------------------------------------------------- */

static wd_fact_ref fact_of(const job *j, wd_slice id)
{
    wd_fact_ref f = wd_actors_find(j->facts, id);
    return f.kind != WD_FACT_NONE ? f : wd_actors_software_named(j->facts, id);
}

static wd_status bad_id(const job *j, wd_slice id, const char *wants, wd_err *err)
{
    bool gone = wd_actors_withdrawn(j->facts, id);
    return wd_fail(
        err, WD_E_USAGE, WD_NO_OFFSET, "who", "'%.*s' is %s; %s", (int) (id.len < 60 ? id.len : 60),
        (const char *) id.ptr,
        gone ? "withdrawn without a successor, leave it out" : "not in the knowledge base", wants);
}

static wd_status observe(job *j, const char *list, wd_fact_kind kind, wd_err *err)
{
    wd_slice rest = wd_slice_str(list);
    wd_slice piece;
    while (wd_slice_split(&rest, ',', &piece)) {
        piece = wd_slice_trim(piece);
        if (piece.len == 0) {
            continue;
        }
        wd_fact_ref f = fact_of(j, piece);
        if (f.kind != kind) {
            return bad_id(j, piece,
                          kind == WD_FACT_TECHNIQUE ? "give technique ids such as T1195.002"
                                                    : "give software ids or names such as S0584",
                          err);
        }
        if (WD_ROOM(j->arena, j->observed, j->ask.n_observed, j->cap) != WD_OK) {
            return wd_nomem(err, "who");
        }
        j->observed[j->ask.n_observed++] =
            (wd_observed){.fact = f, .reliability = 1, .grade = WD_S("A1")};
    }
    return WD_OK;
}

static void forget_campaign(job *j, uint32_t campaign)
{
    for (size_t i = 0; i < j->facts->n_uses; i++) {
        const wd_use *u = &j->facts->uses[i];
        bool its = u->user.kind == WD_FACT_CAMPAIGN && u->user.index == campaign;
        for (uint32_t k = 0; its && k < u->n_reports; k++) {
            j->ignored[u->reports[k]] = 1;
        }
    }
}

/* Reports by key or citation name, campaigns with all their reports. */
static wd_status forget(job *j, wd_err *err)
{
    wd_slice rest = wd_slice_str(j->o->hold_out);
    wd_slice piece;
    j->ignored = WD_ARRAY(j->arena, j->facts->n_reports + 1, uint8_t);
    if (j->ignored == NULL) {
        return wd_nomem(err, "who");
    }
    while (wd_slice_split(&rest, ',', &piece)) {
        piece = wd_slice_trim(piece);
        wd_fact_ref f = wd_actors_find(j->facts, piece);
        size_t report = wd_actors_report(j->facts, piece);
        if (f.kind == WD_FACT_CAMPAIGN) {
            forget_campaign(j, f.index);
        } else if (report != SIZE_MAX) {
            j->ignored[report] = 1;
        } else if (piece.len > 0) {
            return bad_id(j, piece, "give keys or citation names of reports, or campaign ids", err);
        }
    }
    j->ask.ignored = j->ignored;
    return WD_OK;
}

static wd_status collect(job *j, wd_err *err)
{
    const wd_options *o = j->o;
    if (o->techniques != NULL) {
        WD_TRY(observe(j, o->techniques, WD_FACT_TECHNIQUE, err));
    }
    if (o->software != NULL) {
        WD_TRY(observe(j, o->software, WD_FACT_SOFTWARE, err));
    }
    if (o->hold_out != NULL) {
        WD_TRY(forget(j, err));
    }
    if (o->who_evidence != NULL) {
        wd_slice text = {0};
        WD_TRY(wd_who_read(o->who_evidence, j->arena, &text, err));
        WD_TRY(
            wd_evidence_read(j->facts, text, j->arena, &j->ask.evidence, &j->ask.n_evidence, err));
    }
    if (o->unknown_prior != NULL) {
        double p = 0;
        if (!wd_slice_to_double(wd_slice_str(o->unknown_prior), &p) || p <= 0 || p >= 1) {
            return wd_fail(err, WD_E_USAGE, WD_NO_OFFSET, "who",
                           "--unknown-prior wants a number between 0 and 1");
        }
        j->ask.unknown_prior = p;
    }
    j->ask.base = j->base;
    j->ask.observed = j->observed;
    return WD_OK;
}

static void show(const job *j, const wd_judgement *r)
{
    wd_buf out = {0};
    if (j->o->json || j->o->jsonl) {
        wd_jw w = wd_jw_init(&out, j->o->jsonl ? 0 : 1);
        wd_jw_object(&w);
        wd_jw_member_str(&w, "schema", "whodunit.who/1");
        wd_attribution_json(&w, r);
        wd_jw_object_end(&w);
        wd_buf_byte(&out, '\n');
    } else if (j->o->quiet) {
        wd_attribution_line(&out, r);
    } else {
        wd_attribution_text(&out, r);
        const wd_actors_file *f = &j->facts->files[0];
        wd_buf_printf(&out,
                      "\nKnowledge: %.*s %.*s of %.*s. Measured on incidents whose own reports "
                      "were held\nout; for new actors and new years that is an upper bound.\n",
                      WD_ARG(f->source), WD_ARG(f->version), WD_ARG(f->date));
    }
    fwrite(out.ptr, 1, out.len, stdout);
    wd_buf_free(&out);
}

/* --- a case --------------------------------------------------------------------------------- */

static int of_case(const wd_options *o, wd_arena *arena)
{
    wd_err err = {0};
    wd_buf text = {0};
    wd_buf out = {0};
    wd_json_doc doc = {0};
    wd_status s = wd_case_report(o->words.list[0], &text, &doc, arena, &err);
    if (s != WD_OK) {
        wd_session_complain("cannot read the case", o->words.list[0], &err);
    } else {
        const wd_json *a = wd_json_get(&doc.nodes[0], "attribution");
        const wd_json *answer = wd_json_path(&doc.nodes[0], "answers/who");
        if (o->json || o->jsonl) {
            wd_jw w = wd_jw_init(&out, o->jsonl ? 0 : 1);
            wd_jw_value(&w, a);
        } else {
            wd_text_terminal(&out, wd_json_text(answer, "sentence"));
            wd_buf_str(&out, "\nConfidence: ");
            wd_text_terminal(&out, wd_json_text(answer, "confidence"));
        }
        wd_buf_byte(&out, '\n');
        fwrite(out.ptr, 1, out.len, stdout);
    }
    wd_json_doc_free(&doc);
    wd_buf_free(&text);
    wd_buf_free(&out);
    return s == WD_OK ? WD_EXIT_NOTHING : wd_session_exit(s);
}

static int of_lists(job *j)
{
    wd_err err = {0};
    wd_judgement r;
    wd_status s = load(j, &err);
    if (s == WD_OK && j->o->incidents != NULL) {
        return wd_who_incidents(j->o, j->base, j->arena);
    }
    s = s == WD_OK ? collect(j, &err) : s;
    s = s == WD_OK ? wd_attr_judge(&r, &j->ask, j->arena, &err) : s;
    if (s != WD_OK) {
        wd_session_complain("cannot answer", NULL, &err);
        return wd_session_exit(s);
    }
    show(j, &r);
    return WD_EXIT_NOTHING;
}

int wd_cmd_who(const wd_options *o)
{
    bool lists = o->techniques != NULL || o->software != NULL || o->who_evidence != NULL ||
                 o->incidents != NULL;
    if (o->words.n != (lists ? 0U : 1U)) {
        fputs("whodunit: who wants a case, or --techniques, --software, --evidence, or "
              "--incidents\n",
              stderr);
        return WD_EXIT_USAGE;
    }
    wd_arena *arena = wd_arena_new((size_t) 4 << 30);
    job j = {.o = o, .arena = arena};
    int code = arena == NULL ? WD_EXIT_FAILED : lists ? of_lists(&j) : of_case(o, arena);
    wd_arena_free(arena);
    return code;
}
