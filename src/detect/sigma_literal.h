#ifndef WD_DETECT_SIGMA_LITERAL_H
#define WD_DETECT_SIGMA_LITERAL_H

#include "core/arena.h"
#include "detect/sigma_priv.h"

/** Text that a pattern cannot match without: in every value that it matches one of these occurs. */
enum { WD_SIGMA_MAX_LITERALS = 8 };
typedef struct wd_sigma_literals {
    wd_slice list[WD_SIGMA_MAX_LITERALS]; /* folded */
    size_t n;                             /* 0: none is known */
    uint32_t times;                       /* and this byte occurs at least so often */
    uint8_t byte;
} wd_sigma_literals;

/** Of any pattern, with the marks of sigma_scan.h where it touches an end; in `a`. */
void wd_sigma_literals_of(wd_arena *a, const wd_sigma_pattern *p, wd_sigma_literals *out);

/** Of a regular expression: its longest run of plain characters and small classes outside of groups
 * and alternatives. */
void wd_sigma_regex_literals(wd_arena *a, wd_slice expression, wd_sigma_literals *out);

/** Of a glob, its longest run of plain bytes; `*first` and `*last` tell whether it touches the
 * ends. */
wd_slice wd_sigma_glob_literal(wd_arena *a, const wd_sigma_tokens *t, bool *first, bool *last);

#endif
