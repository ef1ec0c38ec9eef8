#include "cli/session.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/facts.h"
#include "cli/resources.h"
#include "core/hash.h"
#include "core/limits.h"
#include "core/text.h"

static volatile sig_atomic_t caught; /* a signal handler can reach nothing but a global */

static void remember(int sig)
{
    caught = sig;
}

void wd_session_catch_signals(void)
{
    struct sigaction sa = {.sa_handler = remember};
    sigemptyset(&sa.sa_mask);
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int wd_session_signal(void)
{
    return caught;
}

int wd_session_exit(wd_status s)
{
    if (caught != 0) {
        return 128 + caught;
    }
    return s == WD_E_USAGE || s == WD_E_NOT_FOUND ? WD_EXIT_USAGE : WD_EXIT_FAILED;
}

void wd_session_complain(const char *doing, const char *item, const wd_err *err)
{
    wd_buf line = {0};
    wd_buf_printf(&line, "whodunit: %s", doing);
    if (item != NULL) {
        wd_buf_str(&line, " ");
        wd_text_terminal(&line, wd_slice_str(item));
    }
    wd_buf_str(&line, ": ");
    wd_text_terminal(&line,
                     wd_slice_str(err->text[0] != '\0' ? err->text : wd_status_name(err->code)));
    if (err->code != WD_OK && err->offset != WD_NO_OFFSET) {
        wd_buf_printf(&line, " (at byte %llu)", (unsigned long long) err->offset);
    }
    wd_buf_byte(&line, '\n');
    fwrite(line.ptr, 1, line.len, stderr);
    wd_buf_free(&line);
}

static wd_status load_knowledge(wd_session *s, wd_err *err)
{
    const wd_options *o = s->options;
    size_t n = o->intel.n + o->kb.n;
    const char **files = WD_ARRAY(s->arena, n, const char *);
    if (files == NULL) {
        return wd_nomem(err, "session");
    }
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        const char *file = i < o->intel.n ? o->intel.list[i] : o->kb.list[i - o->intel.n];
        if (!wd_facts_is(file)) { /* those are for `who` */
            files[used++] = file;
        }
    }
    wd_knowledge_config config = {
        .dir = o->no_builtin_knowledge ? NULL : wd_resource("knowledge", s->arena),
        .files = files,
        .n_files = used};
    return wd_knowledge_load(&s->knowledge, &config, s->arena, err);
}

static void tell_refused(const wd_session *s)
{
    size_t n = wd_knowledge_refused(s->knowledge);
    if (wd_knowledge_refused_total(s->knowledge) == 0) {
        return;
    }
    wd_buf out = {0};
    wd_buf_printf(&out, "whodunit: %zu knowledge entries were refused%s\n",
                  wd_knowledge_refused_total(s->knowledge),
                  s->options->verbose ? ":" : " (-v names them)");
    for (size_t i = 0; s->options->verbose && i < n; i++) {
        const wd_refused *r = wd_knowledge_refusal(s->knowledge, i);
        wd_buf_str(&out, "  ");
        wd_text_terminal(&out, r->file);
        wd_buf_printf(&out, ", line %u: ", r->line);
        wd_text_terminal(&out, r->why);
        wd_buf_byte(&out, '\n');
    }
    fwrite(out.ptr, 1, out.len, stderr);
    wd_buf_free(&out);
}

static void sigma_list(const wd_session *s, const char *name, wd_sigma_list *out)
{
    wd_slices values = {0};
    (void) wd_knowledge_list(s->knowledge, wd_slice_str(name), &values);
    *out =
        (wd_sigma_list){wd_slice_str(name), values.list, values.n, WD_S("no campaign lists one")};
}

static wd_status load_sigma(wd_session *s, wd_err *err)
{
    const wd_options *o = s->options;
    const char *rules = wd_resource("rules", s->arena);
    wd_sigma_source *sources = WD_ARRAY(s->arena, o->sigma.n + 1, wd_sigma_source);
    wd_sigma_list *lists = WD_ARRAY(s->arena, 2, wd_sigma_list);
    if (sources == NULL || lists == NULL) {
        return wd_nomem(err, "session");
    }
    size_t n = 0;
    wd_slice own = wd_arena_printf(s->arena, "%s/sigma", rules == NULL ? "" : rules);
    wd_slice table = wd_arena_printf(s->arena, "%s/logsources.yml", rules == NULL ? "" : rules);
    if (rules != NULL && !o->no_builtin_rules && access((const char *) own.ptr, R_OK) == 0) {
        sources[n++] = (wd_sigma_source){(const char *) own.ptr, true};
    }
    for (size_t i = 0; i < o->sigma.n; i++) {
        sources[n++] = (wd_sigma_source){o->sigma.list[i], false};
    }
    if (n == 0) {
        return WD_OK;
    }
    sigma_list(s, "suspect_program", &lists[0]);
    sigma_list(s, "suspect_module", &lists[1]);
    wd_sigma_options options = {.sources = sources,
                                .n_sources = n,
                                .logsources = (const char *) table.ptr,
                                .lists = lists,
                                .n_lists = 2};
    return wd_sigma_load(&s->sigma, &options, s->arena, err);
}

wd_status wd_session_open(wd_session *s, const wd_options *o, wd_stream stream)
{
    wd_err err = {0};
    *s = (wd_session){.arena = wd_arena_new(WD_ITEM_ARENA), .options = o};
    if (s->arena == NULL) {
        return WD_E_NOMEM;
    }
    wd_status status = wd_hash_init(&err);
    status = status == WD_OK ? load_knowledge(s, &err) : status;
    status = status == WD_OK ? load_sigma(s, &err) : status;
    if (status != WD_OK) {
        wd_session_complain("cannot load", "rules and knowledge", &err);
        return status;
    }
    tell_refused(s);
    s->engine = (wd_engine){.knowledge = s->knowledge,
                            .sigma = s->sigma,
                            .since = o->since,
                            .until = o->until,
                            .stream = stream};
    wd_session_catch_signals();
    return WD_OK;
}

void wd_session_close(wd_session *s)
{
    wd_sigma_free(s->sigma);
    wd_arena_free(s->arena);
    *s = (wd_session){0};
}

wd_status wd_session_intake(wd_session *s, const char *exclude, wd_intake **out)
{
    const wd_options *o = s->options;
    size_t n = o->words.n + o->assets.n;
    wd_err err = {0};
    const char **paths = WD_ARRAY(s->arena, n, const char *);
    if (paths == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        paths[i] = i < o->words.n ? o->words.list[i] : o->assets.list[i - o->words.n];
    }
    wd_intake_options options = {paths, n, exclude};
    wd_status status = wd_intake_open(out, &options, s->arena, &err);
    if (status != WD_OK) {
        wd_session_complain("cannot read the evidence", NULL, &err);
    }
    return status;
}

static bool interrupted(void *ctx)
{
    (void) ctx;
    return caught != 0;
}

wd_status wd_session_collect(wd_session *s, wd_case *cs, wd_intake *intake,
                             wd_status (*output)(void *, wd_slice), void *ctx,
                             wd_collect_stats *stats)
{
    const wd_options *o = s->options;
    wd_err err = {0};
    wd_progress progress = wd_progress_begin(o->quiet ? -1 : STDERR_FILENO, wd_intake_bytes(intake),
                                             wd_intake_count(intake));
    wd_collect_options collect = {.engine = &s->engine,
                                  .jobs = o->jobs,
                                  .no_sandbox = o->no_sandbox,
                                  .require_sandbox = o->require_sandbox,
                                  .progress = &progress,
                                  .output = output,
                                  .ctx = ctx,
                                  .interrupted = interrupted};
    wd_status status = wd_collect(cs, intake, &collect, stats, &err);
    if (status != WD_OK) {
        wd_session_complain("the examination stopped", NULL, &err);
    }
    return status;
}
