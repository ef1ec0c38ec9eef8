#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/custody.h"
#include "cli/facts.h"
#include "cli/kb_show.h"
#include "cli/resources.h"
#include "cli/session.h"
#include "cli/who_incidents.h"
#include "core/text.h"
#include "knowledge/attack.h"

/* kb show|search|import|check: what the program knows, and how it comes to know more. */

typedef struct job {
    const wd_options *o;
    wd_arena *arena;
    wd_actors *actors;
    wd_knowledge *kb;
} job;

static wd_status load(job *j, wd_err *err)
{
    const wd_options *o = j->o;
    const char *dir = wd_resource("knowledge/actors", j->arena);
    size_t n = o->intel.n + o->kb.n;
    const char **files = WD_ARRAY(j->arena, n + 1, const char *);
    if (files == NULL) {
        return wd_nomem(err, "kb");
    }
    if (dir == NULL) {
        return wd_fail(err, WD_E_NOT_FOUND, WD_NO_OFFSET, "kb",
                       "the folder knowledge/actors is not beside the program");
    }
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        const char *file = i < o->intel.n ? o->intel.list[i] : o->kb.list[i - o->intel.n];
        if (!wd_facts_is(file)) {
            files[used++] = file;
        }
    }
    wd_knowledge_config config = {
        .dir = wd_resource("knowledge", j->arena), .files = files, .n_files = used};
    WD_TRY(wd_actors_load(&j->actors, dir, j->arena, err));
    for (size_t i = 0; i < o->kb.n; i++) {
        wd_slice text = {0};
        if (wd_facts_is(o->kb.list[i])) {
            WD_TRY(wd_who_read(o->kb.list[i], j->arena, &text, err));
            WD_TRY(wd_actors_add(j->actors, wd_slice_str(o->kb.list[i]), text, err));
        }
    }
    return wd_knowledge_load(&j->kb, &config, j->arena, err);
}

static int show(const job *j)
{
    wd_buf out = {0};
    int code = WD_EXIT_NOTHING;
    if (j->o->words.n < 2) {
        wd_kb_overview(&out, j->actors, j->kb, wd_custody_now());
    }
    for (size_t i = 1; i < j->o->words.n; i++) {
        if (!wd_kb_show(&out, j->actors, j->kb, wd_slice_str(j->o->words.list[i]))) {
            fprintf(stderr, "whodunit: nothing is known by '%s'; kb search finds names\n",
                    j->o->words.list[i]);
            code = WD_EXIT_USAGE;
        }
    }
    fwrite(out.ptr, 1, out.len, stdout);
    wd_buf_free(&out);
    return code;
}

static int search(const job *j)
{
    wd_buf out = {0};
    if (j->o->words.n != 2) {
        fputs("whodunit: kb search wants one word\n", stderr);
        return WD_EXIT_USAGE;
    }
    size_t n = wd_kb_search(&out, j->actors, j->kb, wd_slice_str(j->o->words.list[1]));
    fwrite(out.ptr, 1, out.len, stdout);
    fprintf(stderr, "%zu found\n", n);
    wd_buf_free(&out);
    return WD_EXIT_NOTHING;
}

/* --- import --------------------------------------------------------------------------------- */

/* Whole or not at all: a temporary file beside the target, then a rename. */
static wd_status put(const char *path, wd_slice text, wd_err *err)
{
    char part[PATH_MAX];
    if (snprintf(part, sizeof part, "%s.part", path) >= (int) sizeof part) {
        return wd_fail(err, WD_E_USAGE, WD_NO_OFFSET, "kb", "the name of the file is too long");
    }
    FILE *f = fopen(part, "wb");
    bool ok = f != NULL && fwrite(text.ptr, 1, text.len, f) == text.len;
    ok = f != NULL && fclose(f) == 0 && ok;
    if (!ok || rename(part, path) != 0) {
        wd_status s = wd_fail(err, WD_E_IO, WD_NO_OFFSET, "kb", "%s: %s", path, strerror(errno));
        (void) unlink(part);
        return s;
    }
    return WD_OK;
}

static wd_status known_facts(job *j, wd_slice *out, wd_err *err)
{
    const char *dir = wd_resource("knowledge/actors", j->arena);
    wd_slice path =
        wd_arena_printf(j->arena, "%s/attack-enterprise.facts", dir == NULL ? "." : dir);
    return path.ptr == NULL ? wd_nomem(err, "kb")
                            : wd_who_read((const char *) path.ptr, j->arena, out, err);
}

static int import(job *j)
{
    const wd_options *o = j->o;
    const char *from = o->attack != NULL ? o->attack : o->galaxy;
    wd_err err = {0};
    wd_slice in = {0};
    wd_slice known = {0};
    wd_buf out = {0};
    wd_compiled n = {0};
    if (from == NULL || (o->attack != NULL && o->galaxy != NULL)) {
        fputs("whodunit: kb import wants --attack BUNDLE.json or --galaxy CLUSTER.json, and -o "
              "FILE.facts (else it writes to stdout)\n",
              stderr);
        return WD_EXIT_USAGE;
    }
    wd_status s = wd_who_read(from, j->arena, &in, &err);
    if (s == WD_OK && o->galaxy != NULL) {
        s = known_facts(j, &known, &err);
        s = s == WD_OK ? wd_galaxy_compile(in, known, &out, &n, &err) : s;
    } else if (s == WD_OK) {
        s = wd_attack_compile(in, wd_slice_str(o->kb_version), &out, &n, &err);
    }
    if (s == WD_OK && o->output != NULL) {
        s = put(o->output, wd_buf_slice(&out), &err);
    } else if (s == WD_OK) {
        fwrite(out.ptr, 1, out.len, stdout);
    }
    wd_buf_free(&out);
    if (s != WD_OK) {
        wd_session_complain("cannot import", from, &err);
        return wd_session_exit(s);
    }
    fprintf(stderr,
            "%zu techniques, %zu programs, %zu actors, %zu campaigns, %zu relations, %zu reports, "
            "%zu labels; %zu ids renumbered or withdrawn, %zu entries left out\n",
            n.techniques, n.software, n.actors, n.campaigns, n.uses, n.reports, n.labels, n.moved,
            n.left_out);
    return WD_EXIT_NOTHING;
}

/* --- check ---------------------------------------------------------------------------------- */

/* Loads everything, and every file named, as facts when it starts as such. */
static int check(job *j)
{
    int code = WD_EXIT_NOTHING;
    for (size_t i = 1; i < j->o->words.n; i++) {
        wd_err err = {0};
        wd_slice text = {0};
        const char *path = j->o->words.list[i];
        wd_status s = wd_who_read(path, j->arena, &text, &err);
        if (s == WD_OK && wd_slice_starts(text, WD_S("whodunit.actors/"))) {
            s = wd_actors_add(j->actors, wd_slice_str(path), text, &err);
        } else if (s == WD_OK) {
            wd_knowledge_config config = {.files = &path, .n_files = 1};
            wd_knowledge *kb = NULL;
            s = wd_knowledge_load(&kb, &config, j->arena, &err);
        }
        if (s != WD_OK) {
            wd_session_complain("not usable:", path, &err);
            code = WD_EXIT_FAILED;
        }
    }
    size_t refused = wd_knowledge_refused_total(j->kb);
    for (size_t i = 0; i < wd_knowledge_refused(j->kb); i++) {
        const wd_refused *r = wd_knowledge_refusal(j->kb, i);
        fprintf(stderr, "%.*s:%u %.*s\n", WD_ARG(r->file), r->line, WD_ARG(r->why));
    }
    // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): wd_cmd_kb has loaded them
    printf("%zu relations, %zu packs, %zu indicators; %zu entries refused\n", j->actors->n_uses,
           wd_knowledge_campaigns(j->kb), wd_knowledge_indicators(j->kb), refused);
    return refused > 0 ? WD_EXIT_FAILED : code;
}

int wd_cmd_kb(const wd_options *o)
{
    const char *what = o->words.n > 0 ? o->words.list[0] : "";
    bool known = strcmp(what, "show") == 0 || strcmp(what, "search") == 0 ||
                 strcmp(what, "import") == 0 || strcmp(what, "check") == 0;
    if (!known) {
        fputs("whodunit: kb wants show [ID...], search WORD, import or check [FILE...]\n", stderr);
        return WD_EXIT_USAGE;
    }
    wd_err err = {0};
    job j = {.o = o, .arena = wd_arena_new((size_t) 4 << 30)};
    int code = WD_EXIT_FAILED;
    if (j.arena == NULL) {
        return code;
    }
    if (what[0] == 'i') {
        code = import(&j);
    } else if (load(&j, &err) != WD_OK) {
        wd_session_complain("cannot load the knowledge", NULL, &err);
    } else {
        code = what[0] == 'c' ? check(&j) : what[1] == 'h' ? show(&j) : search(&j);
    }
    wd_arena_free(j.arena);
    return code;
}
