#ifndef WD_CORE_YAML_H
#define WD_CORE_YAML_H

#include "core/json.h"

/**
 * YAML 1.1 (libyaml) as the nodes of core/json.h, for rules and knowledge: mappings are objects,
 * sequences arrays; plain scalars that read as null, true, false or a number get that type, quoted
 * ones are strings
 * (`text` always holds the scalar as written). Aliases are expanded within WD_MAX_YAML_NODES.
 *
 * Appends one root per document of the stream to `roots` (indexes into doc->nodes, in `arena`).
 * Borrowing: all strings are in `arena`.
 * Fails: WD_E_MALFORMED with the byte offset; WD_E_LIMIT past the depth or node bound; WD_E_NOMEM.
 */
WD_MUST_USE wd_status wd_yaml_parse(wd_json_doc *doc, wd_slice text, wd_arena *arena,
                                    size_t **roots, size_t *n_roots, wd_err *err);

#endif
