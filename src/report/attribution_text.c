#include <math.h>

#include "core/text.h"
#include "report/attribution_json.h"

/* `who` for people: the answer first, then levels, the matrix in decibans, what would change it. */

#define NAME_COLUMNS 34U
#define ROWS 12U

static void words(wd_buf *out, wd_slice s, size_t columns)
{
    size_t before = out->len;
    wd_text_terminal(out, wd_slice_sub(s, 0, columns));
    size_t used = out->len - before;
    if (columns != SIZE_MAX && used < columns) {
        wd_buf_fill(out, ' ', columns - used);
    }
}

static void list(wd_buf *out, const char *title, const wd_texts *t, size_t most)
{
    if (t->n == 0) {
        return;
    }
    wd_buf_printf(out, "\n%s\n", title);
    for (size_t i = 0; i < t->n && i < most; i++) {
        wd_buf_str(out, "  ");
        words(out, t->list[i], SIZE_MAX);
        wd_buf_byte(out, '\n');
    }
    if (t->n > most) {
        wd_buf_printf(out, "  and %zu more (--json)\n", t->n - most);
    }
}

static void hypotheses(wd_buf *out, const char *level, const wd_hypotheses *h)
{
    for (size_t i = 0; i < h->n; i++) {
        wd_buf_printf(out, "  %-9s ", i == 0 ? level : "");
        words(out, h->list[i].name, NAME_COLUMNS);
        wd_buf_printf(out, " %5.1f %%  %s\n", h->list[i].p * 100,
                      wd_likelihood_of(h->list[i].p).word);
    }
}

static void matrix(wd_buf *out, const wd_judgement *j)
{
    const wd_hypotheses *c = &j->levels[WD_LEVEL_CLUSTER];
    size_t n = 0;
    while (n < c->n && c->list[n].fact.kind == WD_FACT_ACTOR) {
        n++;
    }
    if (j->n_rows == 0 || n == 0) {
        return;
    }
    wd_buf_str(out, "\nEvidence in decibans, contradictions first, most telling next\n  ");
    words(out, WD_S("item"), NAME_COLUMNS);
    for (size_t k = 0; k < n; k++) {
        wd_buf_str(out, " ");
        words(out, c->list[k].id, 6);
    }
    wd_buf_byte(out, '\n');
    for (size_t i = 0; i < j->n_rows && i < ROWS; i++) {
        wd_buf_str(out, j->rows[i].against ? "- " : "  ");
        words(out, j->rows[i].text, NAME_COLUMNS);
        for (size_t k = 0; k < n; k++) {
            wd_buf_printf(out, " %+6.1f", j->rows[i].lr[k] * 10 / log(10));
        }
        wd_buf_byte(out, '\n');
    }
    if (j->n_rows > ROWS) {
        wd_buf_printf(out, "  and %zu less telling (--json)\n", j->n_rows - ROWS);
    }
}

void wd_attribution_line(wd_buf *out, const wd_judgement *j)
{
    words(out, j->sentence, SIZE_MAX);
    wd_buf_byte(out, '\n');
}

void wd_attribution_text(wd_buf *out, const wd_judgement *j)
{
    if (j->recognised) {
        wd_buf_str(out, "Mode: recognised, this is memory and not inference: ");
        words(out, j->recognised_as, SIZE_MAX);
        wd_buf_byte(out, '\n');
    } else {
        wd_buf_str(out, "Mode: inferred, this incident is not in the knowledge base\n");
    }
    wd_attribution_line(out, j);
    wd_buf_printf(out, "Confidence: %s, ", j->confidence);
    words(out, j->confidence_why, SIZE_MAX);
    wd_buf_str(out, "\n\nHypotheses\n");
    for (int l = WD_LEVEL_STATE; l < WD_LEVELS; l++) {
        hypotheses(out, wd_level_name((wd_level) l), &j->levels[l]);
    }
    if (j->recognised) {
        wd_buf_str(out, "\nWithout the incident's own reports\n");
        hypotheses(out, "cluster", &j->without);
    }
    list(out, "Known from", &j->sources, 10);
    matrix(out, j);
    list(out, "Against", &j->against, 5);
    list(out, "What would change this", &j->would_change, 10);
    list(out, "Names that publishers use, as dated claims", &j->aliases, 12);
}
