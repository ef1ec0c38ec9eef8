#include "core/json.h"
#include "core/limits.h"
#include "knowledge/actors.h"
#include "knowledge/attack.h"
#include "knowledge/attack_priv.h"

/*
 * MISP galaxy, threat-actor cluster: {"version": N, "values": [{"value", "meta": {"synonyms": [],
 * "country", "origin:<synonym>": "publisher"}}]}. Synonyms are many-to-many and carry no date, so
 * each becomes a label of relation "overlap" said by the publisher who coined it where that is
 * told, else by the galaxy. A country becomes a nexus where no other file states one.
 */

#define NAME "galaxy"

typedef struct galaxy {
    const wd_actors *known;
    wd_slice version;
    wd_buf out;
    wd_compiled *stats;
} galaxy;

static void field(wd_buf *out, wd_slice s)
{
    wd_buf_byte(out, '\t');
    wd_facts_field(out, s);
}

/* The actor that an entry is about: its id among the synonyms, or exactly its name. */
static wd_fact_ref actor_of(const galaxy *g, const wd_json *value)
{
    WD_JSON_EACH (s, wd_json_path(value, "meta/synonyms")) {
        wd_fact_ref r = wd_actors_find(g->known, s->text);
        if (r.kind == WD_FACT_ACTOR) {
            return r;
        }
    }
    wd_slice name = wd_json_text(value, "value");
    for (uint32_t i = 0; i < g->known->n_actors && name.len > 0; i++) {
        if (wd_slice_eq_nocase(g->known->actors[i].name, name)) {
            return (wd_fact_ref){WD_FACT_ACTOR, i};
        }
    }
    return (wd_fact_ref){WD_FACT_NONE, 0};
}

static wd_slice publisher_of(const wd_json *meta, wd_slice synonym)
{
    WD_JSON_EACH (m, meta) {
        if (wd_slice_starts(m->key, WD_S("origin:")) &&
            wd_slice_eq(wd_slice_sub(m->key, 7, m->key.len), synonym)) {
            return m->text;
        }
    }
    return WD_S("MISP galaxy");
}

static void write_labels(galaxy *g, const wd_json *value, wd_slice actor)
{
    const wd_json *meta = wd_json_get(value, "meta");
    WD_JSON_EACH (s, wd_json_get(meta, "synonyms")) {
        if (s->text.len == 0 || wd_actors_find(g->known, s->text).kind != WD_FACT_NONE) {
            continue;
        }
        wd_buf_str(&g->out, "label");
        field(&g->out, s->text);
        field(&g->out, actor);
        field(&g->out, WD_S("overlap"));
        field(&g->out, publisher_of(meta, s->text));
        wd_buf_str(&g->out, "\t\t");
        wd_buf_str(&g->out, "\tMISP galaxy threat-actor ");
        wd_facts_field(&g->out, g->version);
        wd_buf_byte(&g->out, '\n');
        g->stats->labels++;
    }
}

static void write_entry(galaxy *g, const wd_json *value)
{
    wd_fact_ref r = actor_of(g, value);
    wd_slice country = wd_json_text(wd_json_get(value, "meta"), "country");
    if (r.kind != WD_FACT_ACTOR) {
        g->stats->left_out++;
        return;
    }
    wd_slice id = g->known->actors[r.index].id;
    g->stats->actors++;
    if (country.len > 0) {
        wd_buf_str(&g->out, "nexus");
        field(&g->out, id);
        field(&g->out, wd_slice_sub(country, 0, 8));
        wd_buf_str(&g->out, "\tMISP\n");
    }
    write_labels(g, value, id);
}

static wd_status compile(galaxy *g, const wd_json *root, wd_err *err)
{
    const wd_json *values = wd_json_get(root, "values");
    if (!wd_json_is(values, WD_JSON_ARRAY)) {
        return wd_fail(err, WD_E_MALFORMED, 0, NAME,
                       "this is no galaxy cluster: it has no list of values; nothing was imported");
    }
    g->version = wd_json_scalar(wd_json_get(root, "version"));
    wd_buf_str(&g->out, "whodunit.actors/1\tMISP galaxy threat-actor");
    field(&g->out, g->version);
    wd_buf_str(&g->out, "\t\tMISP Project, CC0-1.0 or 2-clause BSD\n");
    WD_JSON_EACH (value, values) {
        write_entry(g, value);
    }
    return WD_OK;
}

wd_status wd_galaxy_compile(wd_slice cluster, wd_slice known, wd_buf *out, wd_compiled *stats,
                            wd_err *err)
{
    wd_arena *arena = wd_arena_new(cluster.len * 2 + known.len * 16 + ((size_t) 16 << 20));
    wd_actors *actors = arena == NULL ? NULL : wd_actors_new(arena);
    wd_json_doc doc = {0};
    galaxy g = {.known = actors, .stats = stats};
    *stats = (wd_compiled){0};
    wd_status s = actors == NULL ? wd_nomem(err, NAME) : WD_OK;
    s = s == WD_OK ? wd_actors_add(actors, WD_S("known"), known, err) : s;
    s = s == WD_OK ? wd_json_parse(&doc, cluster, arena, 0, err) : s;
    s = s == WD_OK ? compile(&g, &doc.nodes[0], err) : s;
    if (s == WD_OK) {
        wd_buf_add(out, wd_buf_slice(&g.out));
        s = out->failed || g.out.failed ? wd_nomem(err, NAME) : WD_OK;
    }
    wd_buf_free(&g.out);
    wd_json_doc_free(&doc);
    wd_arena_free(arena);
    return s;
}
