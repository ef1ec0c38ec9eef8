/*
 * JSON from log exports, indicator feeds and rule sets: anybody may have written it. Input is one
 * text; what parses is written again and must parse to the same number of nodes.
 */
#include <stdlib.h>

#include "core/json.h"
#include "fuzz.h"

static void write_again(wd_jw *w, const wd_json *v)
{
    if (v->key.ptr != NULL) {
        wd_jw_key_slice(w, v->key);
    }
    switch (v->type) {
    case WD_JSON_OBJECT:
    case WD_JSON_ARRAY:
        v->type == WD_JSON_OBJECT ? wd_jw_object(w) : wd_jw_array(w);
        WD_JSON_EACH (child, v) {
            write_again(w, child);
        }
        v->type == WD_JSON_OBJECT ? wd_jw_object_end(w) : wd_jw_array_end(w);
        break;
    case WD_JSON_STRING: wd_jw_slice(w, v->text); break;
    case WD_JSON_NUMBER: wd_jw_u64(w, 1); break;
    case WD_JSON_TRUE:
    case WD_JSON_FALSE: wd_jw_bool(w, v->type == WD_JSON_TRUE); break;
    case WD_JSON_NULL: wd_jw_null(w); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wd_arena *arena = wd_arena_new(16U << 20);
    wd_json_doc doc = {0};
    wd_json_doc again = {0};
    wd_buf out = {0};
    if (arena != NULL && wd_json_parse(&doc, wd_slice_of(data, size), arena, 0, NULL) == WD_OK) {
        size_t n = doc.n;
        wd_jw w = wd_jw_init(&out, 0);
        write_again(&w, doc.nodes);
        if (!out.failed &&
            (wd_json_parse(&again, wd_buf_slice(&out), arena, 0, NULL) != WD_OK || again.n != n)) {
            abort();
        }
    }
    wd_buf_free(&out);
    wd_json_doc_free(&doc);
    wd_json_doc_free(&again);
    wd_arena_free(arena);
    return 0;
}
