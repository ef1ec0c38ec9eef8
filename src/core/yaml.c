#include "core/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "core/limits.h"

typedef struct builder {
    wd_json_doc *doc;
    wd_arena *arena;
    yaml_document_t *in;
    wd_err *err;
} builder;

static wd_status new_node(builder *b, size_t *index)
{
    wd_json_doc *d = b->doc;
    if (d->n >= WD_MAX_YAML_NODES) {
        return wd_fail(b->err, WD_E_LIMIT, WD_NO_OFFSET, "yaml", "more than %u nodes",
                       WD_MAX_YAML_NODES);
    }
    if (d->n == d->cap) {
        size_t cap = d->cap == 0 ? 64 : d->cap * 2;
        wd_json *nodes = reallocarray(d->nodes, cap, sizeof *nodes);
        if (nodes == NULL) {
            return wd_nomem(b->err, "yaml");
        }
        d->nodes = nodes;
        d->cap = cap;
    }
    *index = d->n++;
    d->nodes[*index] = (wd_json){.span = 1};
    return WD_OK;
}

static wd_json_type plain_type(wd_slice s)
{
    double number = 0;
    if (s.len == 0 || wd_slice_eq(s, WD_S("~")) || wd_slice_eq_nocase(s, WD_S("null"))) {
        return WD_JSON_NULL;
    }
    if (wd_slice_eq_nocase(s, WD_S("true"))) {
        return WD_JSON_TRUE;
    }
    if (wd_slice_eq_nocase(s, WD_S("false"))) {
        return WD_JSON_FALSE;
    }
    return wd_slice_to_double(s, &number) ? WD_JSON_NUMBER : WD_JSON_STRING;
}

static wd_status add_node(builder *b, int id, unsigned depth, size_t *index);

static wd_status add_child(builder *b, int id, unsigned depth, wd_slice key)
{
    size_t child = 0;
    WD_TRY(add_node(b, id, depth + 1, &child));
    b->doc->nodes[child].key = key;
    return WD_OK;
}

static wd_status scalar_text(builder *b, const yaml_node_t *node, wd_slice *out)
{
    *out = wd_arena_copy(b->arena, wd_slice_of(node->data.scalar.value, node->data.scalar.length));
    return out->ptr == NULL ? wd_nomem(b->err, "yaml") : WD_OK;
}

static wd_status add_mapping(builder *b, const yaml_node_t *node, unsigned depth, uint32_t *n)
{
    for (yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top;
         p++) {
        const yaml_node_t *key_node = yaml_document_get_node(b->in, p->key);
        wd_slice key = {0};
        if (key_node == NULL || key_node->type != YAML_SCALAR_NODE) {
            return wd_fail(b->err, WD_E_UNSUPPORTED, node->start_mark.index, "yaml",
                           "a mapping key is not a scalar (line %zu)", node->start_mark.line + 1);
        }
        WD_TRY(scalar_text(b, key_node, &key));
        WD_TRY(add_child(b, p->value, depth, key));
        (*n)++;
    }
    return WD_OK;
}

static wd_status add_node(builder *b, int id, unsigned depth, size_t *index)
{
    const yaml_node_t *node = yaml_document_get_node(b->in, id);
    if (node == NULL || depth > WD_MAX_JSON_DEPTH) {
        return wd_fail(b->err, WD_E_LIMIT, node == NULL ? WD_NO_OFFSET : node->start_mark.index,
                       "yaml", "nested deeper than %u levels", WD_MAX_JSON_DEPTH);
    }
    WD_TRY(new_node(b, index));
    uint32_t n = 0;
    wd_json_type type = WD_JSON_NULL;
    if (node->type == YAML_SCALAR_NODE) {
        wd_slice text = {0};
        WD_TRY(scalar_text(b, node, &text));
        type =
            node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? plain_type(text) : WD_JSON_STRING;
        b->doc->nodes[*index].text = text;
    } else if (node->type == YAML_SEQUENCE_NODE) {
        type = WD_JSON_ARRAY;
        for (yaml_node_item_t *i = node->data.sequence.items.start;
             i < node->data.sequence.items.top; i++) {
            WD_TRY(add_child(b, *i, depth, (wd_slice){0}));
            n++;
        }
    } else if (node->type == YAML_MAPPING_NODE) {
        type = WD_JSON_OBJECT;
        WD_TRY(add_mapping(b, node, depth, &n));
    }
    wd_json *self = &b->doc->nodes[*index];
    self->type = type;
    self->n = n;
    self->span = (uint32_t) (b->doc->n - *index);
    self->line = (uint32_t) node->start_mark.line + 1;
    return WD_OK;
}

static wd_status add_documents(builder *b, yaml_parser_t *parser, size_t **roots, size_t *n_roots)
{
    size_t cap = 0;
    for (;;) {
        yaml_document_t in;
        if (!yaml_parser_load(parser, &in)) {
            return wd_fail(b->err, WD_E_MALFORMED, parser->problem_offset, "yaml", "%s (line %zu)",
                           parser->problem == NULL ? "not YAML" : parser->problem,
                           parser->problem_mark.line + 1);
        }
        const yaml_node_t *root = yaml_document_get_root_node(&in);
        if (root == NULL) {
            yaml_document_delete(&in);
            return WD_OK;
        }
        // cppcheck-suppress autoVariables ; taken back below, before `in` ends
        b->in = &in;
        size_t index = 0;
        wd_status s = add_node(b, 1, 0, &index);
        if (s == WD_OK && WD_ROOM(b->arena, *roots, *n_roots, cap) != WD_OK) {
            s = wd_nomem(b->err, "yaml");
        }
        yaml_document_delete(&in);
        b->in = NULL;
        WD_TRY(s);
        (*roots)[(*n_roots)++] = index;
    }
}

wd_status wd_yaml_parse(wd_json_doc *doc, wd_slice text, wd_arena *arena, size_t **roots,
                        size_t *n_roots, wd_err *err)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        return wd_nomem(err, "yaml");
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, text.ptr, text.len);
    builder b = {doc, arena, NULL, err};
    doc->n = 0;
    *roots = NULL;
    *n_roots = 0;
    wd_status s = add_documents(&b, &parser, roots, n_roots);
    yaml_parser_delete(&parser);
    return s;
}
