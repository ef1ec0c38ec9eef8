#include "report/traffic.h"

#include <stdlib.h>

#include "core/map.h"
#include "report/traffic_judged.h"

typedef struct paths {
    wd_arena *arena;
    wd_slice *list; /* by item number - 1 */
    size_t n, cap;
} paths;

static wd_status keep_path(void *ctx, const wd_case_item *item)
{
    paths *p = ctx;
    WD_TRY(WD_ROOM(p->arena, p->list, p->n, p->cap));
    p->list[p->n] = wd_arena_copy(p->arena, item->path);
    return p->list[p->n++].ptr == NULL ? WD_E_NOMEM : WD_OK;
}

static wd_slice path_of(const paths *p, uint64_t item)
{
    return item == 0 || item > p->n ? WD_EMPTY : p->list[item - 1];
}

typedef struct writer {
    wd_jw *w;
    const paths *p;
} writer;

static wd_status write_capture(void *ctx, const wd_case_obs *row)
{
    const writer *x = ctx;
    uint64_t size = 0;
    (void) wd_slice_to_u64(wd_obs_get(&row->obs, WD_K_SIZE), &size);
    if (!wd_slice_eq(wd_obs_get(&row->obs, WD_K_SENSOR), WD_S("network"))) {
        return WD_OK;
    }
    wd_jw_object(x->w);
    wd_jw_member_slice(x->w, "item", path_of(x->p, row->item));
    wd_jw_member_u64(x->w, "packets", row->obs.count);
    wd_jw_member_u64(x->w, "bytes", size);
    wd_jw_member_time(x->w, "first", row->obs.time);
    wd_jw_member_time(x->w, "last", row->obs.time_end);
    wd_jw_member_slice(x->w, "not_seen", wd_obs_get(&row->obs, WD_K_TEXT));
    wd_jw_object_end(x->w);
    return WD_OK;
}

static wd_status write_request(void *ctx, const wd_case_obs *row)
{
    const writer *x = ctx;
    const wd_obs *o = &row->obs;
    wd_slice url = wd_obs_get(o, WD_K_URL);
    wd_slice host = wd_obs_get(o, WD_K_NAME);
    size_t at = wd_slice_find(url, WD_S("://"));
    wd_slice rest = at == SIZE_MAX ? url : wd_slice_sub(url, at + 3, url.len);
    size_t slash = wd_slice_find_byte(rest, '/');
    if (host.len == 0) {
        host = wd_slice_sub(rest, 0, slash);
    }
    wd_jw_object(x->w);
    wd_jw_member_slice(x->w, "src", wd_obs_get(o, WD_K_SRC));
    wd_jw_member_slice(x->w, "host", host);
    wd_jw_member_slice(x->w, "method", wd_obs_get(o, WD_K_METHOD));
    wd_jw_member_slice(x->w, "uri",
                       slash == SIZE_MAX ? WD_S("/") : wd_slice_sub(rest, slash, rest.len));
    wd_jw_member_slice(x->w, "user_agent", wd_obs_get(o, WD_K_USER_AGENT));
    wd_jw_member_u64(x->w, "count", o->count);
    wd_jw_object_end(x->w);
    return WD_OK;
}

/* --- names asked for, summed over sources --------------------------------------------------------
 */

typedef struct name_row {
    wd_slice name, type, answers;
    uint64_t count;
} name_row;

typedef struct names {
    wd_arena *arena;
    name_row *list;
    size_t n, cap;
    wd_map by_key;
} names;

static wd_status count_name(void *ctx, const wd_case_obs *row)
{
    names *n = ctx;
    const wd_obs *o = &row->obs;
    wd_slice key = wd_arena_printf(n->arena, "%.*s %.*s", WD_ARG(wd_obs_get(o, WD_K_QTYPE)),
                                   WD_ARG(wd_obs_get(o, WD_K_NAME)));
    uintptr_t *slot = key.ptr == NULL ? NULL : wd_map_put(&n->by_key, key, NULL);
    if (slot == NULL) {
        return WD_E_NOMEM;
    }
    if (*slot == 0) {
        WD_TRY(WD_ROOM(n->arena, n->list, n->n, n->cap));
        n->list[n->n] = (name_row){wd_arena_copy(n->arena, wd_obs_get(o, WD_K_NAME)),
                                   wd_arena_copy(n->arena, wd_obs_get(o, WD_K_QTYPE)),
                                   {0},
                                   0};
        *slot = ++n->n;
    }
    name_row *r = &n->list[*slot - 1];
    r->count += o->count;
    if (r->answers.len == 0) {
        r->answers = wd_arena_copy(n->arena, wd_obs_get(o, WD_K_ANSWERS));
    }
    return WD_OK;
}

static int by_name(const void *x, const void *y)
{
    const name_row *a = x;
    const name_row *b = y;
    int c = wd_slice_cmp(a->name, b->name);
    return c != 0 ? c : wd_slice_cmp(a->type, b->type);
}

static void answers(wd_jw *w, wd_slice list)
{
    wd_slice one;
    wd_jw_key(w, "answers");
    wd_jw_array(w);
    while (wd_slice_split(&list, ' ', &one)) {
        if (one.len > 0) {
            wd_jw_slice(w, one);
        }
    }
    wd_jw_array_end(w);
}

static wd_status write_names(wd_case *cs, wd_arena *arena, wd_jw *w, wd_err *err)
{
    names n = {.arena = arena, .by_key.arena = arena};
    WD_TRY(wd_case_each_obs(cs, 1U << WD_OBS_LOOKUP, count_name, &n, err));
    if (n.n > 1) {
        wd_sort(n.list, n.n, sizeof *n.list, by_name);
    }
    wd_jw_key(w, "dns");
    wd_jw_array(w);
    for (size_t i = 0; i < n.n; i++) {
        wd_jw_object(w);
        wd_jw_member_slice(w, "name", n.list[i].name);
        wd_jw_member_slice(w, "type", n.list[i].type);
        wd_jw_member_u64(w, "count", n.list[i].count);
        answers(w, n.list[i].answers);
        wd_jw_object_end(w);
    }
    wd_jw_array_end(w);
    return WD_OK;
}

/* --- contacts
 * ---------------------------------------------------------------------------------------- */

static void write_tls(wd_jw *w, const wd_world *world)
{
    wd_jw_key(w, "tls");
    wd_jw_array(w);
    for (size_t i = 0; i < world->n_contacts; i++) {
        const wd_contact *c = &world->contacts[i];
        if (c->ja3.len == 0 && c->ja4.len == 0 && c->layer != WD_CONTACT_TLS &&
            c->layer != WD_CONTACT_QUIC) {
            continue;
        }
        wd_jw_object(w);
        wd_jw_member_slice(w, "sni", c->named_by_dns ? WD_EMPTY : c->name);
        wd_jw_member_slice(w, "ja3", c->ja3);
        wd_jw_member_slice(w, "ja4", c->ja4);
        wd_jw_member_u64(w, "count", c->count);
        wd_jw_object_end(w);
    }
    wd_jw_array_end(w);
}

static wd_status write_finding(void *ctx, const wd_case_finding *row)
{
    const writer *x = ctx;
    const wd_finding *f = &row->finding;
    wd_jw_object(x->w);
    wd_jw_member_slice(x->w, "rule", f->rule);
    wd_jw_member_slice(x->w, "src", f->host);
    wd_jw_member_slice(x->w, "name", f->subject);
    wd_jw_member_str(x->w, "severity", wd_severity_name(f->severity));
    wd_jw_member_slice(x->w, "title", f->title);
    wd_jw_member_slice(x->w, "sentence", f->sentence);
    wd_jw_member_slice(x->w, "benign", f->benign);
    wd_jw_member_time(x->w, "time", f->time);
    wd_jw_member_slice(x->w, "item", path_of(x->p, row->item));
    wd_jw_object_end(x->w);
    return WD_OK;
}

static wd_status list(wd_jw *w, const char *key, wd_status (*each)(wd_case *, writer *, wd_err *),
                      wd_case *cs, writer *x, wd_err *err)
{
    wd_jw_key(w, key);
    wd_jw_array(w);
    WD_TRY(each(cs, x, err));
    wd_jw_array_end(w);
    return WD_OK;
}

static wd_status captures(wd_case *cs, writer *x, wd_err *err)
{
    return wd_case_each_obs(cs, 1U << WD_OBS_COVERAGE, write_capture, x, err);
}

static wd_status requests(wd_case *cs, writer *x, wd_err *err)
{
    return wd_case_each_obs(cs, 1U << WD_OBS_REQUEST, write_request, x, err);
}

static wd_status findings(wd_case *cs, writer *x, wd_err *err)
{
    return wd_case_each_finding(cs, write_finding, x, err);
}

wd_status wd_traffic_document(wd_case *cs, const wd_knowledge *knowledge, wd_arena *arena,
                              wd_buf *out, wd_err *err)
{
    wd_jw w = wd_jw_init(out, 1);
    paths p = {.arena = arena};
    writer x = {&w, &p};
    wd_world world;
    wd_judgement j;
    WD_TRY(wd_case_each_item(cs, keep_path, &p, err));
    WD_TRY(wd_case_world(cs, knowledge, arena, &world, err));
    WD_TRY(wd_judge(&world, arena, &j, err));
    wd_jw_object(&w);
    wd_jw_member_str(&w, "schema", "whodunit.traffic/1");
    WD_TRY(list(&w, "captures", captures, cs, &x, err));
    WD_TRY(write_names(cs, arena, &w, err));
    write_tls(&w, &world);
    WD_TRY(list(&w, "http", requests, cs, &x, err));
    wd_traffic_judged(&w, &world, &j);
    WD_TRY(list(&w, "findings", findings, cs, &x, err));
    wd_jw_object_end(&w);
    wd_buf_byte(out, '\n');
    return out->failed ? wd_nomem(err, "traffic") : WD_OK;
}
