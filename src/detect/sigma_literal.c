#include "detect/sigma_literal.h"

#include "core/fold.h"
#include "detect/sigma_scan.h"

static void add_marked(wd_arena *a, wd_slice text, bool start, bool end, wd_sigma_literals *out)
{
    uint8_t *p = wd_arena_alloc(a, text.len + 2);
    size_t n = 0;
    if (p == NULL) {
        return;
    }
    if (start) {
        p[n++] = WD_SCAN_START;
    }
    wd_fold(p + n, text);
    n += text.len;
    if (end) {
        p[n++] = WD_SCAN_END;
    }
    out->list[out->n++] = wd_slice_of(p, n);
}

wd_slice wd_sigma_glob_literal(wd_arena *a, const wd_sigma_tokens *t, bool *first, bool *last)
{
    size_t best = 0;
    size_t best_len = 0;
    for (size_t i = 0; i < t->n;) {
        size_t n = 0;
        while (i + n < t->n && t->list[i + n] <= 0xff) {
            n++;
        }
        if (n > best_len) {
            best = i;
            best_len = n;
        }
        i += n + 1;
    }
    wd_sigma_tokens run = {t->list + best, best_len, best_len};
    wd_slice plain = {0};
    *first = best == 0;
    *last = best + best_len == t->n;
    return wd_sigma_tokens_plain(a, &run, &plain) ? plain : (wd_slice){0};
}

static void of_glob(wd_arena *a, const wd_sigma_tokens *t, wd_sigma_literals *out)
{
    bool first = false;
    bool last = false;
    wd_slice text = wd_sigma_glob_literal(a, t, &first, &last);
    if (text.len > 0) {
        add_marked(a, text, first, last, out);
    }
}

void wd_sigma_literals_of(wd_arena *a, const wd_sigma_pattern *p, wd_sigma_literals *out)
{
    *out = (wd_sigma_literals){.n = 0};
    switch (p->test) {
    case WD_TEST_EQUALS: add_marked(a, p->text, true, true, out); break;
    case WD_TEST_STARTS: add_marked(a, p->text, true, false, out); break;
    case WD_TEST_ENDS: add_marked(a, p->text, false, true, out); break;
    case WD_TEST_CONTAINS: add_marked(a, p->text, false, false, out); break;
    case WD_TEST_GLOB: of_glob(a, &p->glob, out); break;
    case WD_TEST_REGEX: wd_sigma_regex_literals(a, p->text, out); break;
    case WD_TEST_CIDR:
    case WD_TEST_NUMBER:
    case WD_TEST_TIME: break;
    }
}
