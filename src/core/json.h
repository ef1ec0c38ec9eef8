#ifndef WD_CORE_JSON_H
#define WD_CORE_JSON_H

#include "core/arena.h"
#include "core/buf.h"

/*
 * JSON (RFC 8259), one reader for documents and for streams of lines.
 *
 * A parsed text is one array of nodes in document order: a container is followed by its children,
 * each child by its own. `span` is the number of nodes of a subtree with its root, so the next
 * sibling of `v` is v + v->span and nothing is ever chased through pointers.
 */

typedef enum wd_json_type {
    WD_JSON_NULL,
    WD_JSON_FALSE,
    WD_JSON_TRUE,
    WD_JSON_NUMBER, /* text is the number as written */
    WD_JSON_STRING, /* text is the unescaped content */
    WD_JSON_ARRAY,
    WD_JSON_OBJECT
} wd_json_type;

typedef struct wd_json {
    wd_json_type type;
    uint32_t n;    /* children of a container */
    uint32_t span; /* nodes of this subtree, itself included */
    uint32_t line; /* from YAML: the line it starts on, from 1; 0 from JSON */
    wd_slice key;  /* when the parent is an object */
    wd_slice text; /* numbers and strings */
} wd_json;

/** The nodes of one text; heap memory that is re-used by the next parse. Start at {0}. */
typedef struct wd_json_doc {
    wd_json *nodes; /* nodes[0] is the root */
    size_t n;
    size_t cap;
} wd_json_doc;

void wd_json_doc_free(wd_json_doc *doc);

/**
 * Parses one JSON text that fills `text` (white space around it allowed).
 * Borrowing: strings without escapes point into `text`, others into `arena`.
 * Fails: WD_E_MALFORMED or WD_E_TRUNCATED with base + position; WD_E_LIMIT past WD_MAX_JSON_DEPTH;
 * WD_E_NOMEM. Duplicate keys are kept in order; wd_json_get gives the first.
 */
WD_MUST_USE wd_status wd_json_parse(wd_json_doc *doc, wd_slice text, wd_arena *arena, uint64_t base,
                                    wd_err *err);
/** The same for the first JSON text in `text`; `*used` gets the bytes it took. For streams and huge
 * arrays. */
WD_MUST_USE wd_status wd_json_parse_prefix(wd_json_doc *doc, wd_slice text, wd_arena *arena,
                                           uint64_t base, size_t *used, wd_err *err);

/** First child, NULL when there is none; and the next sibling within `parent`, NULL after the last.
 */
const wd_json *wd_json_first(const wd_json *parent);
const wd_json *wd_json_next(const wd_json *parent, const wd_json *child);
#define WD_JSON_EACH(child, parent)                                   \
    for (const wd_json *child = wd_json_first(parent); child != NULL; \
         child = wd_json_next((parent), child))

/** Member by key; NULL when `object` is NULL, not an object, or has none. */
const wd_json *wd_json_get(const wd_json *object, const char *key);
/** Member by a path of keys separated by '/', e.g. "winlog/event_data". */
const wd_json *wd_json_path(const wd_json *object, const char *path);
/** Text of a string member, the empty slice otherwise. */
wd_slice wd_json_text(const wd_json *object, const char *key);
/** Text of a string or number node, "true"/"false" of a boolean, else the empty slice. NULL is
 * fine. */
wd_slice wd_json_scalar(const wd_json *v);
bool wd_json_is(const wd_json *v, wd_json_type type);
bool wd_json_to_u64(const wd_json *v, uint64_t *out);
bool wd_json_to_double(const wd_json *v, double *out);

/** Writes one JSON text; commas, quoting and escaping are done here. Start with wd_jw_init. */
typedef struct wd_jw {
    wd_buf *out;
    unsigned indent; /* spaces per level, 0 = one line */
    unsigned depth;
    bool need_comma;
    bool after_key;
} wd_jw;

wd_jw wd_jw_init(wd_buf *out, unsigned indent);
void wd_jw_object(wd_jw *w);
void wd_jw_object_end(wd_jw *w);
void wd_jw_array(wd_jw *w);
void wd_jw_array_end(wd_jw *w);
void wd_jw_key(wd_jw *w, const char *key);
void wd_jw_key_slice(wd_jw *w, wd_slice key);
void wd_jw_slice(wd_jw *w, wd_slice s);
void wd_jw_str(wd_jw *w, const char *s); /* NULL writes null */
void wd_jw_u64(wd_jw *w, uint64_t v);
void wd_jw_i64(wd_jw *w, int64_t v);
/** `decimals` digits behind the point, trailing zeros dropped; not-a-number writes null. Same bytes
 * in every locale. */
void wd_jw_double(wd_jw *w, double v, unsigned decimals);
/** A number as it was read (the text of a WD_JSON_NUMBER node). */
void wd_jw_number(wd_jw *w, wd_slice text);
void wd_jw_bool(wd_jw *w, bool v);
void wd_jw_null(wd_jw *w);
/** A value as it was parsed; NULL writes null. As deep as the parser went. */
void wd_jw_value(wd_jw *w, const wd_json *v);
/** Key and value in one line each. */
void wd_jw_member_slice(wd_jw *w, const char *key, wd_slice v);
void wd_jw_member_str(wd_jw *w, const char *key, const char *v);
void wd_jw_member_u64(wd_jw *w, const char *key, uint64_t v);
void wd_jw_member_bool(wd_jw *w, const char *key, bool v);
void wd_jw_member_double(wd_jw *w, const char *key, double v, unsigned decimals);
/** ISO time; null for WD_NO_TIME. */
void wd_jw_member_time(wd_jw *w, const char *key, int64_t t);

#endif
