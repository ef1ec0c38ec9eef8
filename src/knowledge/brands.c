#include "core/limits.h"
#include "core/yaml.h"
#include "knowledge/pack_fields.h"

/*
 * brands.yaml: names that attackers imitate, and hosts that everybody uses.
 *
 *   schema: whodunit.brands/1
 *   as_of: 2026-01-01
 *   brands:
 *     - {word: azure, owner: Microsoft, domains: [azure.com, azureedge.net]}
 *   shared_hosts: [cdn.example.net, ...]
 */

static wd_status add_brand(wd_kb_input *in, const wd_json *v)
{
    wd_knowledge *kb = in->kb;
    const wd_json *domains = wd_json_get(v, "domains");
    wd_brand b = {.owner = wd_json_text(v, "owner")};
    b.word = wd_arena_lower(kb->arena, wd_json_scalar(wd_json_get(v, "word")));
    if (b.word.ptr == NULL) {
        return wd_nomem(in->err, "knowledge");
    }
    if (b.word.len < 3 || domains == NULL) {
        return wd_kb_refuse(in, WD_KB_LINE(v->line), b.word,
                            "a brand needs 'word' (three letters at least) and 'domains'");
    }
    WD_TRY(wd_pf_texts(in, domains, &b.domains));
    WD_TRY(WD_ROOM(kb->arena, kb->brands, kb->n_brands, kb->cap_brands));
    kb->brands[kb->n_brands++] = b;
    in->file->taken++;
    return WD_OK;
}

static wd_status add_shared(wd_kb_input *in, const wd_json *v, wd_time as_of)
{
    wd_indicator i = wd_kb_feed_indicator(in);
    i.type = WD_IND_DOMAIN;
    i.role = WD_ROLE_SHARED_HOST;
    i.safety = WD_SAFETY_NEVER;
    i.value = wd_json_scalar(v);
    i.source = WD_S("this project's list of shared services");
    i.date = as_of;
    return wd_kb_take(in, &i, WD_KB_LINE(v->line), NULL);
}

static wd_status read_root(wd_kb_input *in, const wd_json *root)
{
    wd_time as_of = WD_NO_TIME;
    wd_slice date = wd_json_scalar(wd_json_get(root, "as_of"));
    if (!wd_pf_time(date, false, &as_of)) {
        WD_TRY(wd_kb_refuse(in, WD_KB_LINE(root->line), date, "'as_of' must be a date"));
    }
    const wd_json *list = wd_json_get(root, "brands");
    for (const wd_json *v = wd_json_is(list, WD_JSON_ARRAY) ? wd_json_first(list) : NULL; v != NULL;
         v = wd_json_next(list, v)) {
        WD_TRY(add_brand(in, v));
    }
    list = wd_json_get(root, "shared_hosts");
    for (const wd_json *v = wd_json_is(list, WD_JSON_ARRAY) ? wd_json_first(list) : NULL; v != NULL;
         v = wd_json_next(list, v)) {
        WD_TRY(add_shared(in, v, as_of));
    }
    return WD_OK;
}

wd_status wd_kb_read_brands(wd_kb_input *in)
{
    wd_json_doc doc = {0};
    size_t *roots = NULL;
    size_t n_roots = 0;
    wd_status s = wd_yaml_parse(&doc, in->bytes, in->kb->arena, &roots, &n_roots, in->err);
    for (size_t i = 0; s == WD_OK && i < n_roots; i++) {
        s = read_root(in, &doc.nodes[roots[i]]);
    }
    wd_json_doc_free(&doc);
    return s == WD_E_NOMEM ? wd_nomem(in->err, "knowledge") : s;
}
