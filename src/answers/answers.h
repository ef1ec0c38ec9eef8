#ifndef WD_ANSWERS_ANSWERS_H
#define WD_ANSWERS_ANSWERS_H

#include "answers/model.h"
#include "answers/spread.h"

/*
 * The five answers, each with the evidence behind it. Sentences hold at most 25 words and no jargon
 * of the tool; likelihood (ICD-203 word and range) and confidence are two things and stand apart.
 */

/** A row of ICD-203's table; word NULL means that the question cannot be told. */
typedef struct wd_likelihood {
    const char *word;
    int low, high; /* percent */
} wd_likelihood;

/** The ICD-203 row in which a probability lies. Source: ODNI, Intelligence Community Directive 203,
 * 2015, table of D.6.e(2)(a). */
wd_likelihood wd_likelihood_of(double p);

typedef struct wd_texts {
    wd_slice *list;
    size_t n, cap;
} wd_texts;

typedef struct wd_answer {
    wd_slice sentence;
    wd_likelihood likelihood;
    const char *confidence; /* "low", "moderate", "high"; speaks of the sources */
    wd_texts limited;       /* what limits the answer, and the record that would settle it */
    wd_texts bullets;
    wd_refs refs;
} wd_answer;

/** What happened, in order: for the path by host and time. */
typedef struct wd_step {
    wd_slice lane; /* "Vendor and build", "Delivery", a host, "Attacker servers" */
    wd_slice title;
    wd_slice technique;
    wd_time time;
    wd_basis basis;
    wd_refs refs;
} wd_step;

typedef struct wd_do {
    wd_slice text, why, owner, proof, caution, when;
    wd_texts hosts;
    wd_refs refs;
} wd_do;

struct wd_judgement; /* answers/attribution_judge.h */

typedef struct wd_answers {
    const char *verdict; /* AFFECTED, EXPOSED, INCONCLUSIVE, NO EVIDENCE FOUND */
    wd_slice headline;
    wd_answer hit, path, deeds, who, now;
    wd_step *steps;
    size_t n_steps, cap_steps;
    wd_do *actions;
    size_t n_actions, cap_actions;
    wd_spread spread;
    const struct wd_judgement *judgement; /* of who; NULL when no facts about actors are there */
} wd_answers;

/** All answers over a loaded model; everything in the model's arena. */
WD_MUST_USE wd_status wd_answers_make(wd_answers *out, const wd_model *m, wd_err *err);

/* One file per question; called by wd_answers_make in this order. */
WD_MUST_USE wd_status wd_answer_hit(wd_answers *a, const wd_model *m);
WD_MUST_USE wd_status wd_answer_path(wd_answers *a, const wd_model *m);
WD_MUST_USE wd_status wd_answer_deeds(wd_answers *a, const wd_model *m);
WD_MUST_USE wd_status wd_answer_who(wd_answers *a, const wd_model *m);
WD_MUST_USE wd_status wd_answer_now(wd_answers *a, const wd_model *m);

/** Adds what keeps `question` ("hit", "deeds") from being answered for some hosts, with the record
 * that would settle it. */
WD_MUST_USE wd_status wd_answer_limits(wd_answer *answer, const wd_model *m, const char *question);

/** Adds a line unless it is empty or there already; WD_E_NOMEM also for a slice without bytes (a
 * failed print). */
WD_MUST_USE wd_status wd_texts_add(wd_arena *arena, wd_texts *texts, wd_slice line);

/** Names of at most `most` hosts of a word, "A, B and 3 more". */
WD_MUST_USE wd_slice wd_host_list(const wd_model *m, wd_host_word word, size_t most);

#endif
