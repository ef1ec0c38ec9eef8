#include "report/attribution_json.h"

#include <math.h>

#include "report/document.h"

#define LABELLED 0.05 /* hypotheses below are not worth their names */

static void texts(wd_jw *w, const char *key, const wd_texts *t)
{
    wd_jw_key(w, key);
    wd_jw_array(w);
    for (size_t i = 0; i < t->n; i++) {
        wd_jw_slice(w, t->list[i]);
    }
    wd_jw_array_end(w);
}

/* Labels of a hypothesis: who says so, since when, until when, and how far it reaches. */
static void labels(wd_jw *w, const wd_actors *facts, wd_fact_ref fact)
{
    wd_jw_key(w, "aliases");
    wd_jw_array(w);
    for (size_t i = 0; i < facts->n_labels && fact.kind != WD_FACT_NONE; i++) {
        const wd_label *l = &facts->labels[i];
        if (l->target.kind != fact.kind || l->target.index != fact.index) {
            continue;
        }
        wd_jw_object(w);
        wd_jw_member_slice(w, "name", l->name);
        wd_jw_member_slice(w, "who", l->publisher);
        wd_jw_member_slice(w, "date", l->date);
        wd_jw_member_slice(w, "until", l->until);
        wd_jw_member_slice(w, "relation", l->relation);
        wd_jw_object_end(w);
    }
    wd_jw_array_end(w);
}

static void hypotheses(wd_jw *w, const wd_judgement *j, const wd_hypotheses *h)
{
    wd_jw_key(w, "hypotheses");
    wd_jw_array(w);
    for (size_t i = 0; i < h->n; i++) {
        wd_jw_object(w);
        wd_jw_member_slice(w, "id", h->list[i].id);
        wd_jw_member_slice(w, "name", h->list[i].name);
        wd_jw_member_double(w, "p", h->list[i].p, 4);
        wd_jw_member_str(w, "word", wd_likelihood_of(h->list[i].p).word);
        if (h->list[i].p >= LABELLED) {
            labels(w, j->facts, h->list[i].fact);
        }
        wd_jw_object_end(w);
    }
    wd_jw_array_end(w);
    wd_jw_member_double(w, "rest", h->rest, 4);
}

static void levels(wd_jw *w, const wd_judgement *j)
{
    wd_jw_key(w, "levels");
    wd_jw_array(w);
    for (int l = WD_LEVEL_STATE; l < WD_LEVELS && j->levels[l].n > 0; l++) {
        wd_jw_object(w);
        wd_jw_member_str(w, "level", wd_level_name((wd_level) l));
        hypotheses(w, j, &j->levels[l]);
        wd_jw_object_end(w);
    }
    wd_jw_array_end(w);
}

static void rows(wd_jw *w, const wd_judgement *j)
{
    const wd_hypotheses *clusters = &j->levels[WD_LEVEL_CLUSTER];
    wd_jw_key(w, "evidence");
    wd_jw_array(w);
    for (size_t i = 0; i < j->n_rows; i++) {
        const wd_matrix_row *r = &j->rows[i];
        wd_jw_object(w);
        wd_jw_member_slice(w, "id", r->id);
        wd_jw_member_slice(w, "text", r->text);
        wd_jw_member_slice(w, "grade", r->grade);
        wd_jw_member_bool(w, "cheap", r->cheap);
        wd_jw_member_bool(w, "against", r->against);
        wd_jw_key(w, "lr");
        wd_jw_object(w);
        for (size_t k = 0; k < clusters->n && clusters->list[k].fact.kind == WD_FACT_ACTOR; k++) {
            wd_jw_key_slice(w, clusters->list[k].id);
            wd_jw_double(w, r->lr[k] / log(10), 3);
        }
        wd_jw_object_end(w);
        wd_document_refs(w, "evidence", &r->refs);
        wd_jw_object_end(w);
    }
    wd_jw_array_end(w);
}

void wd_attribution_json(wd_jw *w, const wd_judgement *j)
{
    static const char *const decisions[] = {"unattributed", "insufficient", "state", "umbrella",
                                            "cluster"};
    wd_likelihood l = wd_likelihood_of(j->named_p);
    wd_jw_member_str(w, "mode", j->recognised ? "recognised" : "inferred");
    if (j->recognised) {
        wd_jw_member_slice(w, "recognised_as", j->recognised_as);
        texts(w, "known_from", &j->sources);
        wd_jw_key(w, "held_out");
        wd_jw_object(w);
        hypotheses(w, j, &j->without);
        wd_jw_object_end(w);
    }
    wd_jw_member_slice(w, "sentence", j->sentence);
    wd_jw_member_str(w, "decision", decisions[j->decision]);
    wd_jw_key(w, "named");
    if (j->decision >= WD_WHO_UMBRELLA) {
        wd_jw_slice(w, j->named_id);
    } else {
        wd_jw_null(w);
    }
    wd_jw_key(w, "likelihood");
    if (j->decision >= WD_WHO_STATE) {
        wd_jw_object(w);
        wd_jw_member_str(w, "word", l.word);
        wd_jw_member_double(w, "low", l.low / 100.0, 2);
        wd_jw_member_double(w, "high", l.high / 100.0, 2);
        wd_jw_object_end(w);
    } else {
        wd_jw_null(w);
    }
    wd_jw_member_str(w, "confidence", j->confidence);
    wd_jw_member_slice(w, "confidence_because", j->confidence_why);
    texts(w, "aliases", &j->aliases);
    levels(w, j);
    rows(w, j);
    texts(w, "against", &j->against);
    texts(w, "would_change", &j->would_change);
    wd_jw_member_double(w, "unknown_overtakes_at", j->overtake, 3);
    wd_jw_member_double(w, "cheap_share", j->cheap_share, 3);
    wd_jw_member_u64(w, "items_that_carry_the_lead", j->deletion);
}
