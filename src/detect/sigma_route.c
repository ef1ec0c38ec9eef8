#include "detect/sigma_route.h"

#include <string.h>

#include "core/yaml.h"

/* One entry of the table. */
typedef struct entry {
    wd_slice product;
    wd_slice category;
    wd_slice service;
    wd_sigma_route *routes;
    size_t n_routes;
    const wd_json *where; /* in the scratch arena */
} entry;

struct wd_sigma_sources {
    entry *entries;
    size_t n;
    wd_slice rest; /* product that owns the channels nobody claims */
};

typedef struct loading {
    wd_sigma_build *b;
    wd_sigma_sources *t;
    wd_err *err;
} loading;

static bool agrees(wd_slice wanted, wd_slice offered)
{
    return wanted.len == 0 || offered.len == 0 || wd_slice_eq(wanted, offered);
}

static wd_status broken(const loading *l, const entry *e, const char *what)
{
    wd_slice name = e->category.len > 0 ? e->category : e->service;
    return wd_fail(l->err, WD_E_MALFORMED, WD_NO_OFFSET, "sigma.logsources", "%.*s: %s",
                   (int) name.len, (const char *) name.ptr, what);
}

static const entry *service_named(const wd_sigma_sources *t, wd_slice product, wd_slice service)
{
    for (size_t i = 0; i < t->n; i++) {
        const entry *e = &t->entries[i];
        if (e->category.len == 0 && agrees(product, e->product) &&
            wd_slice_eq(service, e->service)) {
            return e;
        }
    }
    return NULL;
}

static wd_status read_ids(loading *l, const wd_json *ids, wd_sigma_route *r)
{
    uint32_t *list = WD_ARRAY(l->b->arena, ids == NULL ? 0 : ids->n, uint32_t);
    if (list == NULL) {
        return wd_nomem(l->err, "sigma.logsources");
    }
    if (ids == NULL) {
        return WD_OK;
    }
    WD_JSON_EACH (id, ids) {
        uint64_t v = 0;
        if (!wd_slice_to_u64(id->text, &v) || v > UINT32_MAX) {
            return wd_fail(l->err, WD_E_MALFORMED, WD_NO_OFFSET, "sigma.logsources",
                           "an event id is not a number");
        }
        list[r->n_ids++] = (uint32_t) v;
    }
    r->ids = list;
    return WD_OK;
}

static wd_status read_alias(loading *l, const wd_json *fields, wd_sigma_route *r)
{
    if (fields == NULL) {
        return WD_OK;
    }
    uint32_t *pairs = WD_ARRAY(l->b->arena, (size_t) fields->n * 2, uint32_t);
    if (pairs == NULL) {
        return wd_nomem(l->err, "sigma.logsources");
    }
    WD_JSON_EACH (f, fields) {
        WD_TRY(wd_sigma_field_id(l->b->s, f->key, &pairs[2 * r->n_alias]));
        WD_TRY(wd_sigma_field_id(l->b->s, f->text, &pairs[2 * r->n_alias + 1]));
        r->n_alias++;
    }
    r->alias = pairs;
    return WD_OK;
}

/* What a record description says apart from its channels. */
static wd_status read_common(loading *l, const wd_json *record, wd_sigma_route *r)
{
    wd_slice needs = wd_json_text(record, "needs");
    r->needs = WD_SIGMA_NONE;
    WD_TRY(read_ids(l, wd_json_get(record, "ids"), r));
    WD_TRY(read_alias(l, wd_json_get(record, "fields"), r));
    return needs.len == 0 ? WD_OK : wd_sigma_field_id(l->b->s, needs, &r->needs);
}

static wd_status add_route(loading *l, entry *e, size_t *cap, wd_sigma_route r)
{
    WD_TRY(WD_ROOM(l->b->arena, e->routes, e->n_routes, *cap));
    e->routes[e->n_routes++] = r;
    return WD_OK;
}

static wd_status read_record(loading *l, const wd_json *record, entry *e, size_t *cap)
{
    wd_sigma_route common = {0};
    const wd_json *channels = wd_json_get(record, "channels");
    wd_slice service = wd_json_text(record, "service");
    wd_slice provider = wd_json_text(record, "provider");
    WD_TRY(read_common(l, record, &common));
    if (channels == NULL) {
        const entry *from = service_named(l->t, e->product, service);
        if (from == NULL) {
            return broken(l, e, "names a service that does not stand above it");
        }
        for (size_t i = 0; i < from->n_routes; i++) {
            common.channel = from->routes[i].channel;
            common.provider = from->routes[i].provider;
            WD_TRY(add_route(l, e, cap, common));
        }
        return WD_OK;
    }
    common.provider = wd_arena_copy(l->b->arena, provider);
    WD_JSON_EACH (channel, channels) {
        common.channel = wd_arena_copy(l->b->arena, channel->text);
        WD_TRY(add_route(l, e, cap, common));
    }
    return WD_OK;
}

static wd_status read_entry(loading *l, const wd_json *v)
{
    wd_arena *a = l->b->arena;
    entry *e = &l->t->entries[l->t->n];
    size_t cap = 0;
    const wd_json *records = wd_json_get(v, "records");
    *e = (entry){.product = wd_arena_copy(a, wd_json_text(v, "product")),
                 .category = wd_arena_copy(a, wd_json_text(v, "category")),
                 .service = wd_arena_copy(a, wd_json_text(v, "service")),
                 .where = wd_json_get(v, "where")};
    if (records == NULL) {
        WD_TRY(read_record(l, v, e, &cap));
    } else {
        WD_JSON_EACH (record, records) {
            WD_TRY(read_record(l, record, e, &cap));
        }
    }
    l->t->n++;
    return e->n_routes == 0 ? broken(l, e, "means no records") : WD_OK;
}

wd_status wd_sigma_sources_parse(wd_sigma_build *b, wd_slice text, wd_err *err)
{
    wd_json_doc doc = {0};
    size_t *roots = NULL;
    size_t n = 0;
    WD_TRY(wd_yaml_parse(&doc, text, b->scratch, &roots, &n, err));
    /* The nodes live as long as compiling does: `where` is compiled with the first rule. */
    wd_json *nodes = WD_ARRAY(b->scratch, doc.n, wd_json);
    if (nodes != NULL && doc.n > 0) {
        memcpy(nodes, doc.nodes, doc.n * sizeof *nodes);
    }
    wd_json_doc_free(&doc);
    wd_sigma_sources *t = WD_NEW(b->arena, wd_sigma_sources);
    const wd_json *list = n == 1 && nodes != NULL ? wd_json_get(nodes + roots[0], "sources") : NULL;
    if (nodes == NULL || t == NULL) {
        return wd_nomem(err, "sigma.logsources");
    }
    if (list == NULL || list->type != WD_JSON_ARRAY) {
        return wd_fail(err, WD_E_MALFORMED, WD_NO_OFFSET, "sigma.logsources",
                       "the table has no list of sources");
    }
    t->entries = WD_ARRAY(b->arena, list->n, entry);
    t->rest = wd_arena_copy(b->arena, wd_json_text(nodes + roots[0], "rest"));
    if (t->entries == NULL) {
        return wd_nomem(err, "sigma.logsources");
    }
    loading l = {b, t, err};
    WD_JSON_EACH (v, list) {
        WD_TRY(read_entry(&l, v));
    }
    b->s->sources = t;
    return WD_OK;
}

/* --- classes --------------------------------------------------------------------------------- */

typedef struct routes {
    wd_sigma_route *list;
    size_t n;
    size_t cap;
} routes;

static wd_status push(wd_sigma_build *b, routes *r, wd_sigma_route route)
{
    WD_TRY(WD_ROOM(b->arena, r->list, r->n, r->cap));
    r->list[r->n++] = route;
    return WD_OK;
}

/* True when `service` is not asked for, or the route's channel belongs to it. */
static bool of_service(const wd_sigma_sources *t, const wd_sigma_class *c, const wd_sigma_route *r)
{
    const entry *e = c->service.len == 0 ? NULL : service_named(t, c->product, c->service);
    for (size_t i = 0; e != NULL && i < e->n_routes; i++) {
        if (wd_slice_eq_nocase(e->routes[i].channel, r->channel)) {
            return true;
        }
    }
    return c->service.len == 0;
}

static wd_status take_entry(wd_sigma_build *b, wd_sigma_class *c, const entry *e, routes *out,
                            wd_err *err)
{
    for (size_t i = 0; i < e->n_routes; i++) {
        if (e->category.len == 0 || of_service(b->s->sources, c, &e->routes[i])) {
            WD_TRY(push(b, out, e->routes[i]));
        }
    }
    if (e->where != NULL && out->n > 0 && c->condition == WD_SIGMA_NONE) {
        WD_TRY(wd_sigma_selection_node(b, e->where, &c->condition, err));
    }
    return WD_OK;
}

static bool means(const wd_sigma_class *c, const entry *e)
{
    if (!agrees(c->product, e->product)) {
        return false;
    }
    if (c->category.len > 0) {
        return wd_slice_eq(c->category, e->category);
    }
    return e->category.len == 0 && (c->service.len == 0 || wd_slice_eq(c->service, e->service));
}

static wd_status resolve(wd_sigma_build *b, wd_sigma_class *c, wd_err *err)
{
    const wd_sigma_sources *t = b->s->sources;
    routes out = {0};
    bool product_only = c->category.len == 0 && c->service.len == 0;
    if (t != NULL && product_only && c->product.len > 0 && wd_slice_eq(c->product, t->rest)) {
        WD_TRY(push(b, &out, (wd_sigma_route){.needs = WD_SIGMA_NONE}));
    } else if (t != NULL && (!product_only || c->product.len > 0)) {
        for (size_t i = 0; i < t->n; i++) {
            WD_TRY(means(c, &t->entries[i]) ? take_entry(b, c, &t->entries[i], &out, err) : WD_OK);
        }
    }
    c->known = out.n > 0;
    if (!c->known) {
        wd_slice name =
            c->service.len > 0 ? c->service : (c->category.len > 0 ? c->category : c->product);
        WD_TRY(push(b, &out, (wd_sigma_route){.channel = name, .needs = WD_SIGMA_NONE}));
    }
    c->routes = out.list;
    c->n_routes = out.n;
    return WD_OK;
}

wd_status wd_sigma_class_of(wd_sigma_build *b, const wd_json *logsource, uint32_t *cls, wd_err *err)
{
    wd_sigma *s = b->s;
    wd_sigma_class c = {.product = wd_json_text(logsource, "product"),
                        .category = wd_json_text(logsource, "category"),
                        .service = wd_json_text(logsource, "service"),
                        .condition = WD_SIGMA_NONE};
    if (c.product.len + c.category.len + c.service.len == 0) {
        return wd_fail(err, WD_E_MALFORMED, WD_NO_OFFSET, "sigma", "there is no log source");
    }
    for (size_t i = 0; i < s->classes.n; i++) {
        const wd_sigma_class *old = &s->classes.list[i];
        if (wd_slice_eq_nocase(c.product, old->product) &&
            wd_slice_eq_nocase(c.category, old->category) &&
            wd_slice_eq_nocase(c.service, old->service)) {
            *cls = (uint32_t) i;
            return WD_OK;
        }
    }
    c.product = wd_arena_lower(b->arena, c.product);
    c.category = wd_arena_lower(b->arena, c.category);
    c.service = wd_arena_lower(b->arena, c.service);
    WD_TRY(resolve(b, &c, err));
    WD_TRY(WD_ROOM(s->arena, s->classes.list, s->classes.n, s->classes.cap));
    *cls = (uint32_t) s->classes.n;
    s->classes.list[s->classes.n++] = c;
    return WD_OK;
}

/* --- records --------------------------------------------------------------------------------- */

/* True when some product other than the one that owns the rest has this channel. */
static bool claimed(const wd_sigma_sources *t, wd_slice channel)
{
    for (size_t i = 0; i < t->n; i++) {
        const entry *e = &t->entries[i];
        for (size_t k = 0; k < e->n_routes && !wd_slice_eq(e->product, t->rest); k++) {
            if (e->product.len > 0 && wd_slice_eq_nocase(e->routes[k].channel, channel)) {
                return true;
            }
        }
    }
    return false;
}

static bool at_channel(const wd_sigma *s, const wd_sigma_route *r, const wd_sigma_origin *o)
{
    if (r->channel.len == 0) {
        return o->event_id != 0 && !claimed(s->sources, o->channel);
    }
    if (o->channel.len == 0) {
        return r->provider.len > 0 && wd_slice_eq_nocase(r->provider, o->provider);
    }
    return wd_slice_eq_nocase(r->channel, o->channel);
}

static bool has_id(const wd_sigma_route *r, uint32_t id)
{
    for (size_t i = 0; i < r->n_ids; i++) {
        if (r->ids[i] == id) {
            return true;
        }
    }
    return r->n_ids == 0;
}

const wd_sigma_route *wd_sigma_class_route(const wd_sigma *s, const wd_sigma_class *cls,
                                           const wd_sigma_origin *origin)
{
    for (size_t i = 0; i < cls->n_routes; i++) {
        const wd_sigma_route *r = &cls->routes[i];
        if (has_id(r, origin->event_id) && at_channel(s, r, origin) &&
            (r->needs == WD_SIGMA_NONE || origin->has(origin->ctx, r->needs))) {
            return r;
        }
    }
    return NULL;
}
