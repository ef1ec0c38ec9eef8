#include "cli/stream_command.h"

#include <stdio.h>

#include "core/json.h"
#include "core/text.h"

typedef struct run {
    const wd_options *o;
    const wd_stream_command *c;
    wd_session s;
    wd_case *cs;
    wd_intake *intake;
    wd_collect_stats stats;
    bool document; /* --json: lines become elements of an array */
    bool first;
    wd_buf line; /* an unfinished line of output */
    size_t found, items, incomplete;
    wd_severity worst;
    wd_buf text;
} run;

/* Workers send whole lines, but a record of the wire may hold many of them. */
static wd_status write_lines(void *ctx, wd_slice bytes)
{
    run *r = ctx;
    if (!r->document) {
        return bytes.len == 0 || fwrite(bytes.ptr, 1, bytes.len, stdout) == bytes.len ? WD_OK
                                                                                      : WD_E_IO;
    }
    wd_slice line;
    while (bytes.len > 0 && wd_slice_split(&bytes, '\n', &line)) {
        wd_buf_add(&r->line, line);
        if (bytes.ptr == NULL) {
            break; /* the rest of this line comes with the next bytes */
        }
        if (r->line.len > 0) {
            printf("%s\n  ", r->first ? "" : ",");
            fwrite(r->line.ptr, 1, r->line.len, stdout);
            r->first = false;
        }
        wd_buf_clear(&r->line);
    }
    return WD_OK;
}

static wd_status count_item(void *ctx, const wd_case_item *item)
{
    run *r = ctx;
    r->items++;
    if (item->status == WD_ITEM_PARTIAL || item->status == WD_ITEM_UNREADABLE) {
        r->incomplete++;
        wd_buf line = {0};
        wd_buf_printf(&line, "whodunit: %s: ", wd_item_status_name(item->status));
        wd_text_terminal(&line, item->path);
        wd_buf_str(&line, ": ");
        wd_text_terminal(&line, item->why);
        wd_buf_byte(&line, '\n');
        fwrite(line.ptr, 1, line.len, stderr);
        wd_buf_free(&line);
    }
    return WD_OK;
}

typedef struct item_paths {
    wd_arena *arena;
    wd_slice *list;
    size_t n, cap;
} item_paths;

static wd_status keep_path(void *ctx, const wd_case_item *item)
{
    item_paths *p = ctx;
    WD_TRY(WD_ROOM(p->arena, p->list, p->n, p->cap));
    p->list[p->n] = wd_arena_copy(p->arena, item->path);
    return p->list[p->n++].ptr == NULL ? WD_E_NOMEM : WD_OK;
}

typedef struct printing {
    run *r;
    const item_paths *paths;
} printing;

/* A finding of no Sigma rule, with the keys of a hit. */
static wd_status own_line(printing *p, const wd_case_finding *c)
{
    const wd_finding *f = &c->finding;
    wd_buf line = {0};
    wd_jw w = wd_jw_init(&line, 0);
    wd_slice rest = f->techniques;
    wd_slice one;
    wd_jw_object(&w);
    wd_jw_member_slice(&w, "rule", f->rule);
    wd_jw_member_str(&w, "rule_id", NULL);
    wd_jw_member_slice(&w, "title", f->title);
    wd_jw_member_str(&w, "level", wd_severity_name(f->severity));
    wd_jw_key(&w, "techniques");
    wd_jw_array(&w);
    while (wd_slice_split(&rest, ' ', &one)) {
        if (one.len > 0) {
            wd_jw_slice(&w, one);
        }
    }
    wd_jw_array_end(&w);
    wd_jw_member_time(&w, "time", f->time);
    wd_jw_member_slice(&w, "host", f->host);
    wd_jw_member_str(&w, "channel", NULL);
    wd_jw_member_str(&w, "event_id", NULL);
    wd_jw_member_u64(&w, "record_id", f->span.record);
    wd_jw_member_slice(
        &w, "item", c->item == 0 || c->item > p->paths->n ? WD_EMPTY : p->paths->list[c->item - 1]);
    wd_jw_member_u64(&w, "offset", f->span.offset == WD_NO_OFFSET ? 0 : f->span.offset);
    wd_jw_member_bool(&w, "recovered", false);
    wd_jw_key(&w, "fields");
    wd_jw_object(&w);
    wd_jw_member_slice(&w, "subject", f->subject);
    wd_jw_member_slice(&w, "sentence", f->sentence);
    wd_jw_object_end(&w);
    wd_jw_object_end(&w);
    wd_buf_byte(&line, '\n');
    wd_status s = line.failed ? WD_E_NOMEM : write_lines(p->r, wd_buf_slice(&line));
    wd_buf_free(&line);
    return s;
}

static wd_status show_finding(void *ctx, const wd_case_finding *c)
{
    printing *p = ctx;
    run *r = p->r;
    const wd_finding *f = &c->finding;
    char time[WD_TIME_TEXT];
    if (r->c->wanted != NULL && !r->c->wanted(f)) {
        return WD_OK;
    }
    r->found++;
    r->worst = f->severity > r->worst ? f->severity : r->worst;
    if (r->c->stream == WD_STREAM_HITS && f->rule_id.len == 0) {
        return own_line(p, c); /* hits of Sigma rules were written as they came */
    }
    if (r->o->quiet || r->c->stream != WD_STREAM_NONE || r->c->document != NULL) {
        return WD_OK;
    }
    wd_buf_clear(&r->text);
    wd_buf_printf(&r->text, "%-8s ", wd_severity_name(f->severity));
    if (f->time != WD_NO_TIME) {
        wd_buf_printf(&r->text, "%s ", wd_time_format_seconds(f->time, time));
    }
    wd_text_terminal(&r->text, f->host);
    wd_buf_str(&r->text, f->host.len > 0 ? "  " : "");
    wd_text_terminal(&r->text, f->title);
    wd_buf_str(&r->text, "\n         ");
    wd_text_terminal(&r->text, f->sentence);
    wd_buf_str(&r->text, f->sentence.len > 0 ? "\n         " : "");
    wd_text_terminal(&r->text, c->item == 0 || c->item > p->paths->n ? WD_EMPTY
                                                                     : p->paths->list[c->item - 1]);
    if (f->span.offset != WD_NO_OFFSET) {
        wd_buf_printf(&r->text, ", offset %llu", (unsigned long long) f->span.offset);
    }
    if (f->span.record != 0) {
        wd_buf_printf(&r->text, ", record %llu", (unsigned long long) f->span.record);
    }
    wd_buf_printf(&r->text, "  [%.*s]\n", WD_ARG(f->rule));
    fwrite(r->text.ptr, 1, r->text.len, stdout);
    return WD_OK;
}

static wd_status show(run *r, wd_err *err)
{
    item_paths paths = {.arena = r->s.arena};
    printing p = {r, &paths};
    WD_TRY(wd_case_each_item(r->cs, count_item, r, err));
    WD_TRY(wd_case_each_item(r->cs, keep_path, &paths, err));
    WD_TRY(wd_case_each_finding(r->cs, show_finding, &p, err));
    if (r->c->document != NULL) {
        wd_buf out = {0};
        wd_status s = r->c->document(&r->s, r->cs, &out, err);
        fwrite(out.ptr, 1, out.len, stdout);
        wd_buf_free(&out);
        WD_TRY(s);
    }
    if (r->c->stream == WD_STREAM_NONE && !(r->c->document != NULL && r->o->json)) {
        printf("%s: %zu items, %zu findings%s%s\n", r->c->name, r->items, r->found,
               r->found > 0 ? ", worst " : "", r->found > 0 ? wd_severity_name(r->worst) : "");
    }
    return WD_OK;
}

static void end_document(run *r)
{
    if (!r->document) {
        return;
    }
    size_t n = 0;
    const wd_sigma_refusal *refused = r->s.sigma == NULL ? NULL : wd_sigma_refusals(r->s.sigma, &n);
    wd_buf out = {0};
    wd_jw w = wd_jw_init(&out, 0);
    wd_jw_array(&w);
    for (size_t i = 0; i < n && r->c->stream == WD_STREAM_HITS; i++) {
        wd_jw_object(&w);
        wd_jw_member_slice(&w, "rule", refused[i].rule);
        wd_jw_member_slice(&w, "rule_id", refused[i].id);
        wd_jw_member_slice(&w, "title", refused[i].title);
        wd_jw_member_slice(&w, "reason", refused[i].reason);
        wd_jw_object_end(&w);
    }
    wd_jw_array_end(&w);
    printf("\n ],\n \"rules_not_used\": %.*s,\n \"incomplete\": %zu\n}\n",
           WD_ARG(wd_buf_slice(&out)), r->incomplete);
    wd_buf_free(&out);
}

static wd_status examine(run *r, wd_err *err)
{
    WD_TRY(wd_session_intake(&r->s, NULL, &r->intake));
    WD_TRY(wd_case_open_temporary(&r->cs, err));
    if (r->document) {
        printf("{\n \"schema\": \"%s\",\n \"%s\": [", r->c->schema, r->c->list);
    }
    WD_TRY(wd_session_collect(&r->s, r->cs, r->intake, write_lines, r, &r->stats));
    WD_TRY(show(r, err));
    end_document(r);
    return WD_OK;
}

static int exit_code(const run *r)
{
    size_t n_not_read = 0;
    (void) wd_intake_not_read(r->intake, &n_not_read);
    if (r->c->always_done) {
        return WD_EXIT_NOTHING;
    }
    if (r->found > 0 && r->worst >= r->o->fail_on) {
        return WD_EXIT_FOUND;
    }
    return r->incomplete > 0 || n_not_read > 0 || r->items == 0 ? WD_EXIT_INCOMPLETE
                                                                : WD_EXIT_NOTHING;
}

int wd_stream_run(const wd_options *o, const wd_stream_command *c)
{
    wd_err err = {0};
    run r = {.o = o, .c = c, .first = true, .document = o->json && c->stream != WD_STREAM_NONE};
    if (o->words.n == 0) {
        fprintf(stderr, "whodunit: %s wants files or folders\n", c->name);
        return WD_EXIT_USAGE;
    }
    wd_status s = wd_session_open(&r.s, o, c->stream);
    s = s == WD_OK ? examine(&r, &err) : s;
    if (err.code != WD_OK) {
        wd_session_complain("cannot finish", c->name, &err);
    }
    int code = s == WD_OK ? exit_code(&r) : wd_session_exit(s);
    wd_err ignored = {0};
    (void) wd_case_close(r.cs, &ignored);
    wd_intake_close(r.intake);
    wd_buf_free(&r.text);
    wd_buf_free(&r.line);
    wd_session_close(&r.s);
    return code;
}
