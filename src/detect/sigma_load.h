#ifndef WD_DETECT_SIGMA_LOAD_H
#define WD_DETECT_SIGMA_LOAD_H

#include "detect/sigma_priv.h"

typedef enum wd_sigma_doc_kind {
    WD_SIGMA_DOC_RULE,
    WD_SIGMA_DOC_CORRELATION,
    WD_SIGMA_DOC_FILTER
} wd_sigma_doc_kind;

/** One document of a rule file. */
typedef struct wd_sigma_doc {
    wd_sigma_doc_kind kind;
    const wd_json *root; /* in the scratch arena */
    wd_sigma_rule meta;
    wd_slice name;  /* for references from correlations and filters; may be empty */
    uint32_t place; /* in its file */
} wd_sigma_doc;

typedef WD_SIGMA_LIST(wd_sigma_doc) wd_sigma_docs;

/** Puts a rule on the list of refusals; the kind follows from the code of `err`. */
WD_MUST_USE wd_status wd_sigma_refuse_rule(wd_sigma *s, const wd_sigma_rule *meta,
                                           const wd_err *err);

/** Reads all sources into documents ordered by (id, path, place), without doubles. */
WD_MUST_USE wd_status wd_sigma_read_docs(wd_sigma_build *b, wd_sigma_docs *out, wd_err *err);

/** A filter that is ready to be added to rules. */
typedef struct wd_sigma_filter {
    const wd_sigma_doc *doc;
    uint32_t node; /* what must hold as well */
    bool used;
} wd_sigma_filter;

typedef WD_SIGMA_LIST(wd_sigma_filter) wd_sigma_filters;

/** Compiles all filters among `docs`; those that cannot be used are refused. */
WD_MUST_USE wd_status wd_sigma_filters_read(wd_sigma_build *b, const wd_sigma_docs *docs,
                                            wd_sigma_filters *out);
/** `*node` with all filters that name this rule. */
WD_MUST_USE wd_status wd_sigma_filters_apply(wd_sigma_build *b, wd_sigma_filters *filters,
                                             const wd_sigma_doc *rule, uint32_t *node);
/** Filters that met no rule are told. */
WD_MUST_USE wd_status wd_sigma_filters_end(wd_sigma_build *b, const wd_sigma_filters *filters);

#endif
