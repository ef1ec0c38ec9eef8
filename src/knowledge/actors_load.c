#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/limits.h"
#include "knowledge/actors_priv.h"

#define FIELDS 8
#define NAME "actors"

typedef struct line {
    wd_actors *a;
    wd_slice f[FIELDS]; /* missing ones are empty */
    size_t n;
    size_t number;
    wd_err *err;
    const char *why; /* set by a reader that refuses */
    wd_slice user;   /* of the use before: files are sorted by it */
    wd_fact_ref user_ref;
} line;

/* Next piece of a list that is not empty. */
static bool next_of(wd_slice *rest, uint8_t sep, wd_slice *piece)
{
    while (wd_slice_split(rest, sep, piece)) {
        if (piece->len > 0) {
            return true;
        }
    }
    return false;
}

static wd_status refuse(line *l, const char *why)
{
    l->why = why;
    return WD_E_MALFORMED;
}

/* WD_OK with *fresh false when the id is there already. */
static wd_status new_id(line *l, wd_slice id, wd_fact_ref ref, bool *fresh)
{
    if (id.len == 0) {
        return refuse(l, "an id is missing");
    }
    uintptr_t *slot = wd_map_put(&l->a->ids, id, fresh);
    if (slot == NULL) {
        return WD_E_NOMEM;
    }
    if (*fresh) {
        *slot = wd_actors_pack(ref);
    } else if (wd_actors_unpack(*slot).kind != ref.kind) {
        return refuse(l, "the id already stands for something of another kind");
    }
    return WD_OK;
}

static wd_status read_technique(line *l)
{
    wd_actors *a = l->a;
    bool fresh = false;
    WD_TRY(WD_ROOM(a->arena, a->techniques, a->n_techniques, a->cap_techniques));
    WD_TRY(
        new_id(l, l->f[1], (wd_fact_ref){WD_FACT_TECHNIQUE, (uint32_t) a->n_techniques}, &fresh));
    if (fresh) {
        a->techniques[a->n_techniques++] = (wd_fact){.id = l->f[1], .name = l->f[2]};
    }
    return WD_OK;
}

static wd_status read_software(line *l)
{
    wd_actors *a = l->a;
    bool fresh = false;
    WD_TRY(WD_ROOM(a->arena, a->software, a->n_software, a->cap_software));
    WD_TRY(new_id(l, l->f[1], (wd_fact_ref){WD_FACT_SOFTWARE, (uint32_t) a->n_software}, &fresh));
    if (fresh) {
        a->software[a->n_software++] =
            (wd_fact){.id = l->f[1], .kind = l->f[2], .name = l->f[3], .aliases = l->f[4]};
    }
    return WD_OK;
}

static wd_status read_actor(line *l)
{
    wd_actors *a = l->a;
    bool fresh = false;
    WD_TRY(WD_ROOM(a->arena, a->actors, a->n_actors, a->cap_actors));
    WD_TRY(new_id(l, l->f[1], (wd_fact_ref){WD_FACT_ACTOR, (uint32_t) a->n_actors}, &fresh));
    if (fresh) {
        a->actors[a->n_actors++] =
            (wd_actor){.id = l->f[1], .name = l->f[2], .umbrella = WD_NO_UMBRELLA};
    }
    return WD_OK;
}

static wd_status read_campaign(line *l)
{
    wd_actors *a = l->a;
    bool fresh = false;
    WD_TRY(WD_ROOM(a->arena, a->campaigns, a->n_campaigns, a->cap_campaigns));
    WD_TRY(new_id(l, l->f[1], (wd_fact_ref){WD_FACT_CAMPAIGN, (uint32_t) a->n_campaigns}, &fresh));
    if (!fresh) {
        return WD_OK;
    }
    wd_fact_campaign c = {.id = l->f[1], .name = l->f[2], .first = l->f[3], .last = l->f[4]};
    size_t cap = 0;
    wd_slice rest = l->f[5];
    wd_slice piece;
    while (next_of(&rest, '|', &piece)) {
        wd_fact_ref r = wd_actors_find(a, piece);
        if (r.kind != WD_FACT_ACTOR) {
            return refuse(l, "the campaign's actor is not known");
        }
        WD_TRY(WD_ROOM(a->arena, c.actors, c.n_actors, cap));
        c.actors[c.n_actors++] = r.index;
    }
    a->campaigns[a->n_campaigns++] = c;
    return WD_OK;
}

/* Puts key -> address of a slice. The first fact on a key stays. */
static wd_status put_slice(wd_actors *a, wd_map *m, wd_slice key, wd_slice value)
{
    bool fresh = false;
    uintptr_t *slot = wd_map_put(m, key, &fresh);
    wd_slice *kept = slot == NULL || !fresh ? NULL : WD_NEW(a->arena, wd_slice);
    if (slot == NULL || (fresh && kept == NULL)) {
        return WD_E_NOMEM;
    }
    if (fresh) {
        *kept = value;
        *slot = (uintptr_t) kept;
    }
    return WD_OK;
}

static wd_status read_moved(line *l)
{
    return l->f[1].len == 0 ? refuse(l, "an id is missing")
                            : put_slice(l->a, &l->a->moved, l->f[1], l->f[2]);
}

static wd_status read_publisher(line *l)
{
    return l->f[1].len == 0 ? refuse(l, "a host is missing")
                            : put_slice(l->a, &l->a->publishers, l->f[1], l->f[2]);
}

static wd_status read_state(line *l)
{
    return l->f[1].len == 0 ? refuse(l, "a code is missing")
                            : put_slice(l->a, &l->a->states, l->f[1], l->f[2]);
}

static wd_status name_report(wd_actors *a, wd_slice name, size_t index)
{
    bool fresh = false;
    uintptr_t *slot = wd_map_put(&a->sources, name, &fresh);
    if (slot == NULL) {
        return WD_E_NOMEM;
    }
    if (fresh) {
        *slot = (uintptr_t) index + 1;
    }
    return WD_OK;
}

static wd_status read_report(line *l)
{
    wd_actors *a = l->a;
    if (l->f[1].len == 0) {
        return refuse(l, "the key of the report is missing");
    }
    size_t index = wd_actors_report(a, l->f[1]);
    if (index == SIZE_MAX) {
        WD_TRY(WD_ROOM(a->arena, a->reports, a->n_reports, a->cap_reports));
        index = a->n_reports++;
        a->reports[index] =
            (wd_fact_report){.key = l->f[1], .date = l->f[2], .host = l->f[3], .sources = l->f[4]};
        WD_TRY(name_report(a, l->f[1], index));
    }
    wd_slice rest = l->f[4];
    wd_slice piece;
    while (next_of(&rest, '|', &piece)) {
        WD_TRY(name_report(a, piece, index));
    }
    return WD_OK;
}

static wd_status cite(line *l, wd_use *u)
{
    size_t n = 0;
    for (size_t i = 0; i < l->f[4].len; i++) {
        n += l->f[4].ptr[i] == ',';
    }
    u->reports = WD_ARRAY(l->a->arena, n + 1, uint32_t);
    if (u->reports == NULL) {
        return WD_E_NOMEM;
    }
    wd_slice rest = l->f[4];
    wd_slice piece;
    while (next_of(&rest, ',', &piece)) {
        size_t r = wd_actors_report(l->a, piece);
        if (r == SIZE_MAX) {
            return refuse(l, "the cited report is not known");
        }
        u->reports[u->n_reports++] = (uint32_t) r;
    }
    return WD_OK;
}

static wd_status read_uses(line *l)
{
    wd_actors *a = l->a;
    if (!wd_slice_eq(l->f[2], l->user)) {
        l->user = l->f[2];
        l->user_ref = wd_actors_find(a, l->user);
    }
    wd_use u = {.relation = l->f[1], .user = l->user_ref, .used = wd_actors_find(a, l->f[3])};
    if (u.relation.len == 0 || u.user.kind == WD_FACT_NONE || u.user.kind == WD_FACT_TECHNIQUE ||
        (u.used.kind != WD_FACT_TECHNIQUE && u.used.kind != WD_FACT_SOFTWARE)) {
        return refuse(l, "a use needs a relationship id and two ids that are known");
    }
    WD_TRY(cite(l, &u));
    WD_TRY(WD_ROOM(a->arena, a->uses, a->n_uses, a->cap_uses));
    a->uses[a->n_uses++] = u;
    return WD_OK;
}

static wd_status read_nexus(line *l)
{
    wd_fact_ref r = wd_actors_find(l->a, l->f[1]);
    if (r.kind != WD_FACT_ACTOR) {
        return WD_OK; /* of an actor that this base does not hold */
    }
    wd_actor *actor = &l->a->actors[r.index];
    if (actor->nexus.len == 0) {
        actor->nexus = l->f[2];
        actor->nexus_basis = l->f[3];
    }
    return WD_OK;
}

static wd_status read_umbrella(line *l)
{
    wd_actors *a = l->a;
    bool fresh = false;
    WD_TRY(WD_ROOM(a->arena, a->umbrellas, a->n_umbrellas, a->cap_umbrellas));
    WD_TRY(new_id(l, l->f[1], (wd_fact_ref){WD_FACT_UMBRELLA, (uint32_t) a->n_umbrellas}, &fresh));
    if (fresh) {
        a->umbrellas[a->n_umbrellas++] = (wd_umbrella){l->f[1], l->f[2], l->f[3]};
    }
    return WD_OK;
}

static wd_status read_member(line *l)
{
    wd_fact_ref r = wd_actors_find(l->a, l->f[1]);
    wd_fact_ref u = wd_actors_find(l->a, l->f[2]);
    if (u.kind != WD_FACT_UMBRELLA) {
        return refuse(l, "the umbrella is not known");
    }
    if (r.kind == WD_FACT_ACTOR && l->a->actors[r.index].umbrella == WD_NO_UMBRELLA) {
        wd_actor *actor = &l->a->actors[r.index];
        actor->umbrella = u.index;
        actor->umbrella_publisher = l->f[3];
        actor->umbrella_date = l->f[4];
    }
    return WD_OK;
}

static wd_status read_label(line *l)
{
    wd_actors *a = l->a;
    wd_fact_ref r = wd_actors_find(a, l->f[2]);
    if (l->f[1].len == 0) {
        return refuse(l, "a label needs a name");
    }
    if (r.kind != WD_FACT_ACTOR && r.kind != WD_FACT_UMBRELLA) {
        return WD_OK;
    }
    WD_TRY(WD_ROOM(a->arena, a->labels, a->n_labels, a->cap_labels));
    a->labels[a->n_labels++] = (wd_label){.name = l->f[1],
                                          .target = r,
                                          .relation = l->f[3],
                                          .publisher = l->f[4],
                                          .date = l->f[5],
                                          .until = l->f[6],
                                          .source = l->f[7]};
    return WD_OK;
}

static const struct {
    const char *word;
    wd_status (*read)(line *l);
} readers[] = {
    {"uses", read_uses},     {"technique", read_technique}, {"software", read_software},
    {"actor", read_actor},   {"campaign", read_campaign},   {"moved", read_moved},
    {"report", read_report}, {"nexus", read_nexus},         {"umbrella", read_umbrella},
    {"member", read_member}, {"label", read_label},         {"publisher", read_publisher},
    {"state", read_state}};

static wd_status read_line(line *l)
{
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        if (wd_slice_eq(l->f[0], wd_slice_str(readers[i].word))) {
            return readers[i].read(l);
        }
    }
    return refuse(l, "the first word names no kind of fact");
}

static void cut(line *l, wd_slice text)
{
    l->n = 0;
    for (size_t i = 0; i < FIELDS; i++) {
        l->f[i] = (wd_slice){0};
    }
    while (l->n < FIELDS && wd_slice_split(&text, '\t', &l->f[l->n])) {
        l->n++;
    }
}

static wd_status first_line(line *l, wd_slice name)
{
    wd_actors *a = l->a;
    if (!wd_slice_eq(l->f[0], WD_S("whodunit.actors/1"))) {
        return refuse(l, "the file does not start with whodunit.actors/1");
    }
    WD_TRY(WD_ROOM(a->arena, a->files, a->n_files, a->cap_files));
    a->files[a->n_files++] = (wd_actors_file){
        .name = name, .source = l->f[1], .version = l->f[2], .date = l->f[3], .notice = l->f[4]};
    return WD_OK;
}

/* Room for as many uses as there are lines, at once instead of by doubling. */
static wd_status make_room(wd_actors *a, wd_slice text)
{
    size_t lines = a->n_uses + 1;
    wd_slice rest = text;
    for (size_t at = 0; (at = wd_slice_find_byte(rest, '\n')) != SIZE_MAX; lines++) {
        rest = wd_slice_sub(rest, at + 1, rest.len);
    }
    if (lines <= a->cap_uses) {
        return WD_OK;
    }
    wd_use *bigger = WD_ARRAY(a->arena, lines, wd_use);
    if (bigger == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < a->n_uses; i++) {
        bigger[i] = a->uses[i];
    }
    a->uses = bigger;
    a->cap_uses = lines;
    return WD_OK;
}

wd_status wd_actors_add(wd_actors *a, wd_slice name, wd_slice text, wd_err *err)
{
    line l = {.a = a, .err = err};
    wd_slice rest = text;
    wd_slice one;
    bool started = false;
    if (text.len > (1U << 16) && make_room(a, text) != WD_OK) {
        return wd_nomem(err, NAME);
    }
    while (wd_slice_line(&rest, &one)) {
        l.number++;
        if (one.len == 0 || one.ptr[0] == '#') {
            continue;
        }
        cut(&l, one);
        wd_status s = started ? read_line(&l) : first_line(&l, name);
        if (s == WD_E_MALFORMED) {
            return wd_fail(err, s, (uint64_t) (one.ptr - text.ptr), NAME, "%.*s, line %zu: %s",
                           WD_ARG(name), l.number, l.why);
        }
        if (s != WD_OK) {
            return wd_nomem(err, NAME);
        }
        if (started) {
            a->files[a->n_files - 1].facts++;
        }
        started = true;
    }
    return started ? WD_OK : wd_fail(err, WD_E_MALFORMED, 0, NAME, "%.*s is empty", WD_ARG(name));
}

/* --- files ---------------------------------------------------------------------------------- */

static wd_status read_file(int dir, const char *name, wd_arena *arena, wd_slice *out, wd_err *err)
{
    struct stat st;
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    wd_status s = WD_OK;
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        s = wd_fail(err, WD_E_IO, WD_NO_OFFSET, NAME, "cannot read %s: %s", name, strerror(errno));
    } else if (st.st_size < 0 || (uint64_t) st.st_size > WD_MAX_KB_FILE) {
        s = wd_fail(err, WD_E_LIMIT, WD_NO_OFFSET, NAME, "%s is too large", name);
    } else {
        size_t len = (size_t) st.st_size;
        uint8_t *bytes = WD_ARRAY(arena, len + 1, uint8_t);
        size_t got = 0;
        ssize_t n = 1;
        while (bytes != NULL && got < len && (n = read(fd, bytes + got, len - got)) > 0) {
            got += (size_t) n;
        }
        *out = wd_slice_of(bytes, got);
        s = bytes == NULL ? wd_nomem(err, NAME) : WD_OK;
        if (n < 0) {
            s = wd_fail(err, WD_E_IO, got, NAME, "cannot read %s: %s", name, strerror(errno));
        }
    }
    if (fd >= 0) {
        (void) close(fd);
    }
    return s;
}

static int is_facts(const struct dirent *e)
{
    wd_slice name = wd_slice_str(e->d_name);
    return name.ptr[0] != '.' && wd_slice_ends(name, WD_S(".facts"));
}

static int by_name(const struct dirent **x, const struct dirent **y)
{
    return strcmp((*x)->d_name, (*y)->d_name);
}

static wd_status add_file(wd_actors *a, int dir, const char *name, wd_err *err)
{
    wd_slice text = {0};
    wd_slice kept = wd_arena_copy(a->arena, wd_slice_str(name));
    WD_TRY(read_file(dir, name, a->arena, &text, err));
    return wd_actors_add(a, kept, text, err);
}

/* Hosts become publishers where a line names them. */
static void settle(wd_actors *a)
{
    for (size_t i = 0; i < a->n_reports; i++) {
        wd_fact_report *r = &a->reports[i];
        const uintptr_t *slot = wd_map_find(&a->publishers, r->host);
        r->publisher = slot != NULL ? *(const wd_slice *) *slot : r->host;
    }
    for (size_t i = 0; i < a->n_labels; i++) {
        const uintptr_t *slot = wd_map_find(&a->publishers, a->labels[i].publisher);
        a->labels[i].publisher = slot != NULL ? *(const wd_slice *) *slot : a->labels[i].publisher;
    }
}

wd_status wd_actors_load(wd_actors **out, const char *dir, wd_arena *arena, wd_err *err)
{
    struct dirent **names = NULL;
    int n = scandir(dir, &names, is_facts, by_name);
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    wd_actors *a = wd_actors_new(arena);
    wd_status s = a == NULL ? wd_nomem(err, NAME) : WD_OK;
    if (n <= 0 || fd < 0) {
        s = wd_fail(err, WD_E_NOT_FOUND, WD_NO_OFFSET, NAME, "no ?*.facts in %s", dir);
    }
    for (int i = 0; i < n; i++) {
        s = s == WD_OK ? add_file(a, fd, names[i]->d_name, err) : s;
        free(names[i]);
    }
    free(names);
    if (fd >= 0) {
        (void) close(fd);
    }
    if (s == WD_OK) {
        settle(a);
        *out = a;
    }
    return s;
}
