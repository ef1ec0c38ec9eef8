#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "answers/answers.h"
#include "cli/case_files.h"
#include "cli/commands.h"
#include "cli/custody.h"
#include "cli/facts.h"
#include "cli/resources.h"
#include "cli/session.h"
#include "core/limits.h"
#include "report/document.h"
#include "report/export.h"
#include "report/html.h"
#include "report/terminal.h"

typedef struct job {
    wd_session s;
    wd_case *cs;
    wd_intake *intake;
    wd_arena *arena; /* of the model and the report */
    wd_model model;
    wd_answers answers;
    wd_collect_stats stats;
    const char *dir;
    wd_buf report;
    wd_json_doc doc;
    wd_time started;
} job;

/* The folder named with -o, else the first of whodunit-case, whodunit-case-2 ... that is free. */
static const char *case_dir(const wd_options *o, wd_arena *arena)
{
    struct stat st;
    const char *name = o->output != NULL ? o->output : "whodunit-case";
    for (unsigned i = 2; o->output == NULL && name != NULL && lstat(name, &st) == 0; i++) {
        name = (const char *) wd_arena_printf(arena, "whodunit-case-%u", i).ptr;
    }
    return name;
}

static wd_status examine(job *j, wd_err *err)
{
    j->dir = case_dir(j->s.options, j->s.arena);
    if (j->dir == NULL) {
        return wd_nomem(err, "investigate");
    }
    WD_TRY(wd_session_intake(&j->s, j->dir, &j->intake));
    wd_status s = wd_case_create(&j->cs, j->dir, err);
    if (s != WD_OK) {
        wd_session_complain("cannot make the case", j->dir, err);
        return s;
    }
    return wd_session_collect(&j->s, j->cs, j->intake, NULL, NULL, &j->stats);
}

static wd_slice result_options(const job *j)
{
    const wd_options *o = j->s.options;
    wd_buf text = {0};
    wd_buf_str(&text, o->no_builtin_rules ? " --no-builtin-rules" : "");
    wd_buf_str(&text, o->no_builtin_knowledge ? " --no-builtin-knowledge" : "");
    for (size_t i = 0; i < o->sigma.n; i++) {
        wd_buf_printf(&text, " --sigma %s",
                      (const char *) wd_path_base(wd_slice_str(o->sigma.list[i])).ptr);
    }
    for (size_t i = 0; i < o->intel.n; i++) {
        wd_buf_printf(&text, " --intel %s",
                      (const char *) wd_path_base(wd_slice_str(o->intel.list[i])).ptr);
    }
    for (size_t i = 0; i < o->kb.n; i++) {
        wd_buf_printf(&text, " --kb %s",
                      (const char *) wd_path_base(wd_slice_str(o->kb.list[i])).ptr);
    }
    char time[WD_TIME_TEXT];
    if (o->since != WD_NO_TIME) {
        wd_buf_printf(&text, " --since %s", wd_time_format(o->since, time));
    }
    if (o->until != WD_NO_TIME) {
        wd_buf_printf(&text, " --until %s", wd_time_format(o->until, time));
    }
    wd_slice kept = wd_arena_copy(j->arena, wd_slice_trim(wd_buf_slice(&text)));
    wd_buf_free(&text);
    return kept;
}

static wd_status reason(job *j, wd_err *err)
{
    size_t n_not_read = 0;
    const wd_not_read *not_read = wd_intake_not_read(j->intake, &n_not_read);
    WD_TRY(wd_model_load(&j->model, j->cs, j->s.knowledge, j->arena, err));
    wd_attr_base *actors = NULL; /* without any, the other questions are answered all the same */
    WD_TRY(wd_facts_load(j->s.options, j->arena, &actors, err));
    j->model.actors = actors;
    WD_TRY(wd_answers_make(&j->answers, &j->model, err));
    wd_document_options options = {.tool_version = wd_version(),
                                   .case_name = wd_slice_str(j->s.options->case_name),
                                   .tlp = j->s.options->tlp,
                                   .sandbox = &j->stats.sandbox,
                                   .not_read = not_read,
                                   .n_not_read = n_not_read,
                                   .options = result_options(j)};
    WD_TRY(wd_report_document(&j->model, &j->answers, &options, &j->report, err));
    return wd_json_parse(&j->doc, wd_buf_slice(&j->report), j->arena, 0, err);
}

static wd_status write_exports(const job *j, wd_err *err)
{
    wd_buf out = {0};
    wd_status s = WD_OK;
    for (size_t i = 0; s == WD_OK && wd_export_format_at(i) != NULL; i++) {
        const wd_export_format *f = wd_export_format_at(i);
        if (strncmp(f->file_name, "block/", 6) != 0) {
            continue;
        }
        wd_buf_clear(&out);
        s = wd_export(f->name, j->doc.nodes, NULL, &out, err);
        if (s == WD_OK) {
            s = wd_case_file_write(j->dir, f->file_name, wd_buf_slice(&out), err);
        }
    }
    wd_buf_free(&out);
    return s;
}

static wd_status write_case(job *j, wd_err *err)
{
    const wd_options *o = j->s.options;
    wd_buf html = {0};
    wd_custody custody = {.case_dir = j->dir,
                          .started = j->started,
                          .ended = wd_custody_now(),
                          .jobs = o->jobs != 0 ? o->jobs : wd_pool_default_workers(),
                          .stats = &j->stats,
                          .cs = j->cs,
                          .evidence = o->words.list,
                          .n_evidence = o->words.n};
    WD_TRY(wd_case_file_write(j->dir, "report.json", wd_buf_slice(&j->report), err));
    wd_status s = wd_report_html(j->doc.nodes, NULL, &html, err);
    if (s == WD_OK) {
        s = wd_case_file_write(j->dir, "report.html", wd_buf_slice(&html), err);
    }
    wd_buf_free(&html);
    WD_TRY(s);
    WD_TRY(write_exports(j, err));
    return wd_custody_write(&custody, err);
}

static void show(const job *j)
{
    const wd_options *o = j->s.options;
    wd_buf out = {0};
    wd_report_style style = {
        .colour = !o->no_color && getenv("NO_COLOR") == NULL && isatty(STDOUT_FILENO),
        .case_dir = wd_slice_str(j->dir),
        .elapsed_seconds = (uint64_t) ((wd_custody_now() - j->started) / WD_TICKS_PER_SECOND)};
    if (o->json) {
        wd_buf_add(&out, wd_buf_slice(&j->report));
    } else if (o->quiet) {
        wd_report_terminal_line(j->doc.nodes, &out);
    } else {
        wd_report_terminal(j->doc.nodes, &style, &out);
    }
    fwrite(out.ptr, 1, out.len, stdout);
    wd_buf_free(&out);
}

/* 1 on AFFECTED, EXPOSED or a finding at --fail-on; 3 when nothing was found but not everything
 * could be read. */
static int verdict_code(const job *j)
{
    const wd_options *o = j->s.options;
    if (strcmp(j->answers.verdict, "AFFECTED") == 0 || strcmp(j->answers.verdict, "EXPOSED") == 0) {
        return WD_EXIT_FOUND;
    }
    for (size_t i = 0; i < j->model.n_findings; i++) {
        if (j->model.findings[i].finding.severity >= o->fail_on) {
            return WD_EXIT_FOUND;
        }
    }
    size_t n_not_read = 0;
    (void) wd_intake_not_read(j->intake, &n_not_read);
    bool incomplete = n_not_read > 0 || strcmp(j->answers.verdict, "INCONCLUSIVE") == 0;
    for (size_t i = 0; i < j->model.n_items; i++) {
        wd_item_status s = j->model.items[i].status;
        incomplete = incomplete || s == WD_ITEM_PARTIAL || s == WD_ITEM_UNREADABLE;
    }
    return incomplete ? WD_EXIT_INCOMPLETE : WD_EXIT_NOTHING;
}

static int finish(job *j, wd_status s, wd_err *err)
{
    int code = 0;
    if (s == WD_OK) {
        s = reason(j, err);
        s = s == WD_OK ? write_case(j, err) : s;
        if (s != WD_OK) {
            wd_session_complain("cannot write the report of", j->dir, err);
        }
    }
    if (s == WD_OK) {
        show(j);
        code = verdict_code(j);
    } else {
        code = wd_session_exit(s);
    }
    wd_err ignored = {0};
    (void) wd_case_close(j->cs, &ignored);
    wd_intake_close(j->intake);
    wd_json_doc_free(&j->doc);
    wd_buf_free(&j->report);
    wd_arena_free(j->arena);
    wd_session_close(&j->s);
    return code;
}

int wd_cmd_investigate(const wd_options *o)
{
    wd_err err = {0};
    job j = {.started = wd_custody_now()};
    if (o->words.n == 0) {
        fputs("whodunit: investigate wants evidence: files or folders\n", stderr);
        return WD_EXIT_USAGE;
    }
    wd_status s = wd_session_open(&j.s, o, WD_STREAM_NONE);
    if (s != WD_OK) {
        wd_session_close(&j.s);
        return wd_session_exit(s);
    }
    j.arena = wd_arena_new(WD_CASE_ARENA);
    s = j.arena == NULL ? WD_E_NOMEM : examine(&j, &err);
    return finish(&j, s, &err);
}
