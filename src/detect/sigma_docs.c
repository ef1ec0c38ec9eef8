#include <stdlib.h>
#include <string.h>

#include "core/yaml.h"
#include "detect/sigma_files.h"
#include "detect/sigma_load.h"
#include "detect/sigma_meta.h"

typedef struct reading {
    wd_sigma_build *b;
    wd_sigma_docs *out;
    wd_json_doc nodes; /* re-used for every file */
} reading;

wd_status wd_sigma_refuse_rule(wd_sigma *s, const wd_sigma_rule *meta, const wd_err *err)
{
    if (err->code == WD_E_NOMEM) {
        return WD_E_NOMEM;
    }
    WD_TRY(WD_ROOM(s->arena, s->refusals.list, s->refusals.n, s->refusals.cap));
    wd_sigma_refusal *r = &s->refusals.list[s->refusals.n++];
    *r = (wd_sigma_refusal){
        .kind = err->code == WD_E_NOT_FOUND ? WD_SIGMA_INACTIVE : WD_SIGMA_REFUSED,
        .path = meta->path,
        .rule = meta->rule,
        .id = meta->id,
        .title = meta->title,
        .reason = wd_arena_copy(s->arena, wd_slice_str(err->text)),
    };
    return r->reason.ptr == NULL ? WD_E_NOMEM : WD_OK;
}

static wd_status refuse_text(reading *rd, const wd_sigma_rule *meta, const char *reason)
{
    wd_err err = {0};
    (void) wd_fail(&err, WD_E_UNSUPPORTED, WD_NO_OFFSET, "sigma", "%s", reason);
    return wd_sigma_refuse_rule(rd->b->s, meta, &err);
}

static wd_status add_doc(reading *rd, const wd_json *root, wd_slice path, uint32_t place,
                         bool builtin)
{
    wd_sigma_doc d = {.root = root, .place = place};
    wd_err err = {0};
    bool map = root->type == WD_JSON_OBJECT;
    if (root->type == WD_JSON_NULL) { /* nothing behind the last "---" */
        return WD_OK;
    }
    d.meta = (wd_sigma_rule){.path = path};
    if (map && wd_sigma_meta_read(root, path, rd->b->arena, &d.meta, &err) != WD_OK) {
        return wd_sigma_refuse_rule(rd->b->s, &d.meta, &err);
    }
    d.meta.builtin = builtin;
    d.name = wd_arena_copy(rd->b->arena, wd_json_text(root, "name"));
    if (wd_json_get(root, "action") != NULL) {
        return refuse_text(rd, &d.meta, "'action' collections belong to Sigma 1");
    }
    if (wd_json_get(root, "correlation") != NULL) {
        d.kind = WD_SIGMA_DOC_CORRELATION;
        d.meta.correlation = true;
    } else if (wd_json_get(root, "filter") != NULL) {
        d.kind = WD_SIGMA_DOC_FILTER;
    } else if (!wd_json_is(wd_json_get(root, "detection"), WD_JSON_OBJECT)) {
        return refuse_text(rd, &d.meta, "no detection, correlation or filter in it");
    }
    WD_TRY(WD_ROOM(rd->b->scratch, rd->out->list, rd->out->n, rd->out->cap));
    rd->out->list[rd->out->n++] = d;
    return WD_OK;
}

static wd_status refuse_file(reading *rd, const wd_sigma_file *f, const wd_err *err)
{
    wd_sigma_rule meta = {0};
    meta.path = wd_arena_copy(rd->b->arena, f->path);
    return wd_sigma_refuse_rule(rd->b->s, &meta, err);
}

static wd_status read_file(reading *rd, const wd_sigma_file *f)
{
    wd_arena *scratch = rd->b->scratch;
    wd_err err = {0};
    wd_slice text = {0};
    size_t *roots = NULL;
    size_t n = 0;
    wd_status st = f->text.len > 0 ? WD_OK : wd_sigma_file_read(f->path, scratch, &text, &err);
    text = f->text.len > 0 ? f->text : text;
    if (st != WD_OK || wd_yaml_parse(&rd->nodes, text, scratch, &roots, &n, &err) != WD_OK) {
        return refuse_file(rd, f, &err);
    }
    wd_json *nodes = WD_ARRAY(scratch, rd->nodes.n, wd_json);
    wd_slice path = wd_arena_copy(rd->b->arena, f->path);
    if (nodes == NULL || path.ptr == NULL) {
        return WD_E_NOMEM;
    }
    if (rd->nodes.n > 0) {
        memcpy(nodes, rd->nodes.nodes, rd->nodes.n * sizeof *nodes);
    }
    for (uint32_t i = 0; i < n; i++) {
        WD_TRY(add_doc(rd, nodes + roots[i], path, i, f->builtin));
    }
    return WD_OK;
}

static int by_id(const void *a, const void *b)
{
    const wd_sigma_doc *x = a;
    const wd_sigma_doc *y = b;
    int c = wd_slice_cmp(x->meta.id, y->meta.id);
    c = c != 0 ? c : wd_slice_cmp(x->meta.path, y->meta.path);
    return c != 0 ? c : (x->place < y->place ? -1 : (x->place > y->place ? 1 : 0));
}

static wd_status drop_doubles(reading *rd)
{
    wd_sigma_docs *docs = rd->out;
    size_t kept = 0;
    for (size_t i = 0; i < docs->n; i++) {
        const wd_sigma_doc *last = kept == 0 ? NULL : &docs->list[kept - 1];
        if (last != NULL && docs->list[i].meta.id.len > 0 &&
            wd_slice_eq(last->meta.id, docs->list[i].meta.id)) {
            WD_TRY(refuse_text(rd, &docs->list[i].meta, "another rule has the same id"));
        } else {
            docs->list[kept++] = docs->list[i];
        }
    }
    docs->n = kept;
    return WD_OK;
}

wd_status wd_sigma_read_docs(wd_sigma_build *b, wd_sigma_docs *out, wd_err *err)
{
    wd_sigma_file_list files = {0};
    reading rd = {.b = b, .out = out};
    for (size_t i = 0; i < b->options->n_sources; i++) {
        WD_TRY(wd_sigma_files_list(&b->options->sources[i], b->scratch, &files, err));
    }
    wd_status s = WD_OK;
    for (size_t i = 0; i < files.n && s == WD_OK; i++) {
        s = read_file(&rd, &files.list[i]);
    }
    wd_json_doc_free(&rd.nodes);
    if (s != WD_OK) {
        return wd_nomem(err, "sigma");
    }
    if (out->n > 0) {
        wd_sort(out->list, out->n, sizeof *out->list, by_id);
    }
    return drop_doubles(&rd) == WD_OK ? WD_OK : wd_nomem(err, "sigma");
}
