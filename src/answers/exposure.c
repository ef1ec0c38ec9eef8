#include "answers/exposure.h"

#include <stdlib.h>

static wd_ref finding_ref(const wd_case_finding *f)
{
    return (wd_ref){'F', f->number};
}

/* A few proofs of a tier are enough to act on; all of them stand among the findings. */
enum { PROOFS_PER_TIER = 6 };

static wd_status add_proof(wd_model *m, wd_host_state *h, const wd_tier_proof *p)
{
    size_t same = 0;
    if (p->sentence.ptr == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < h->n_proofs; i++) {
        if (h->proofs[i].tier == p->tier) {
            same++;
            if (wd_slice_eq(h->proofs[i].sentence, p->sentence)) {
                return WD_OK;
            }
        }
    }
    if (same >= PROOFS_PER_TIER) {
        return WD_OK;
    }
    WD_TRY(WD_ROOM(m->arena, h->proofs, h->n_proofs, h->cap_proofs));
    h->proofs[h->n_proofs++] = *p;
    return WD_OK;
}

static wd_status add_open(wd_model *m, wd_host_state *h, wd_open_question *q)
{
    char from[WD_TIME_TEXT];
    char to[WD_TIME_TEXT];
    q->why = wd_arena_printf(m->arena, "cannot tell about %.*s: %.*s records from %s to %s are %s",
                             WD_ARG(q->what), WD_ARG(q->sensor),
                             wd_time_format_seconds(h->window_first, from),
                             wd_time_format_seconds(h->window_last, to), wd_cover_name(q->cover));
    if (q->why.ptr == NULL) {
        return WD_E_NOMEM;
    }
    WD_TRY(WD_ROOM(m->arena, h->open, h->n_open, h->cap_open));
    h->open[h->n_open++] = *q;
    return WD_OK;
}

/* --- versions ------------------------------------------------------------------------------ */

typedef struct version_scan {
    wd_model *m;
    wd_err *err;
} version_scan;

/* The version that a process record names is better than an inventory that says nothing. */
static wd_status version_of_process(void *ctx, const wd_case_obs *row)
{
    version_scan *scan = ctx;
    const wd_obs *o = &row->obs;
    wd_slice path = wd_obs_get(o, WD_K_PROCESS);
    wd_slice version = wd_obs_get(o, WD_K_VERSION);
    wd_host *host = wd_roster_find(&scan->m->roster, wd_obs_get(o, WD_K_HOST));
    if (host == NULL || path.len == 0) {
        return WD_OK;
    }
    wd_host_state *h = &scan->m->hosts[host - scan->m->roster.hosts];
    if (h->version.state == WD_VERSION_AFFECTED || h->version.state == WD_VERSION_FIXED) {
        return WD_OK;
    }
    wd_product_query query = {.path = path, .version = version};
    wd_version_verdict v = wd_knowledge_version(scan->m->knowledge, &query);
    if (v.state <= h->version.state) {
        return WD_OK;
    }
    h->version = v;
    if (v.state != WD_VERSION_AFFECTED) {
        return WD_OK;
    }
    wd_slice sentence =
        wd_arena_printf(scan->m->arena, "%.*s ran in version %.*s, which is affected",
                        WD_ARG(wd_path_base(path)), WD_ARG(version));
    wd_tier_proof p = {1, WD_SEEN, o->time, sentence, {0}, {'E', row->item}};
    return add_proof(scan->m, h, &p);
}

wd_status wd_exposure_versions(wd_model *m, wd_err *err)
{
    for (size_t i = 0; i < m->roster.n; i++) {
        wd_host_state *h = &m->hosts[i];
        const wd_host *host = h->host;
        wd_product_query query = {.product = host->product, .version = host->version};
        if (host->product.len == 0) {
            continue;
        }
        h->version = wd_knowledge_version(m->knowledge, &query);
        if (h->version.state == WD_VERSION_AFFECTED) {
            wd_slice sentence =
                wd_arena_printf(m->arena, "inventory lists %.*s %.*s, which is affected",
                                WD_ARG(host->product), WD_ARG(host->version));
            wd_tier_proof p = {1, WD_SEEN, host->installed, sentence, {0}, h->listed_by};
            WD_TRY(add_proof(m, h, &p));
        }
    }
    version_scan scan = {m, err};
    return wd_case_each_obs(m->cs, 1U << WD_OBS_PROCESS, version_of_process, &scan, err);
}

/* --- the time in which the implant could act ------------------------------------------------ */

static wd_time earlier(wd_time a, wd_time b)
{
    if (a == WD_NO_TIME || b == WD_NO_TIME) {
        return a == WD_NO_TIME ? b : a;
    }
    return a < b ? a : b;
}

static wd_time plus_seconds(wd_time t, uint64_t seconds)
{
    wd_time out = 0;
    if (t == WD_NO_TIME || seconds > (uint64_t) INT64_MAX / (uint64_t) WD_TICKS_PER_SECOND ||
        __builtin_add_overflow(t, (wd_time) seconds * WD_TICKS_PER_SECOND, &out)) {
        return WD_NO_TIME;
    }
    return out;
}

static const wd_campaign *campaign_of(const wd_model *m, const wd_host_state *h)
{
    return h->version.campaign != NULL ? h->version.campaign : m->campaign;
}

static void set_window(const wd_model *m, wd_host_state *h)
{
    const wd_campaign *c = campaign_of(m, h);
    const wd_host *host = h->host;
    wd_time end = earlier(host->contained, host->removed);
    if (c == NULL) {
        return;
    }
    h->window_first = host->installed == WD_NO_TIME
                          ? c->first
                          : plus_seconds(host->installed, c->has_delay ? c->delay_min : 0);
    h->window_last = end != WD_NO_TIME ? end : c->last;
    if (host->installed != WD_NO_TIME && end != WD_NO_TIME && h->window_first != WD_NO_TIME &&
        end < h->window_first) {
        h->delay_cannot_have_ended = true;
    }
}

/* A file that holds the moment at which the implant would wake; later than containment it clears
 * the host. */
static wd_status apply_markers(wd_model *m, wd_host_state *h)
{
    wd_time end = earlier(h->host->contained, h->host->removed);
    for (size_t i = 0; i < m->n_markers; i++) {
        const wd_marker_file *marker = &m->markers[i];
        wd_case_finding place = {.item = marker->item};
        if (wd_model_host_of(m, &place) != h || end == WD_NO_TIME || marker->target <= end) {
            continue;
        }
        char target[WD_TIME_TEXT];
        h->delay_cannot_have_ended = true;
        wd_slice sentence = wd_arena_printf(
            m->arena, "file %.*s names %s, after containment: the implant never woke",
            WD_ARG(marker->name), wd_time_format_seconds(marker->target, target));
        wd_tier_proof p = {1, WD_SEEN, WD_NO_TIME, sentence, {0}, {'E', marker->item}};
        WD_TRY(add_proof(m, h, &p));
    }
    return WD_OK;
}

/* --- coverage ----------------------------------------------------------------------------------
 */

/* Sources need not start to the second: an hour's silence at either end of a window of days proves
 * nothing. */
#define EDGE (INT64_C(3600) * 6 * WD_TICKS_PER_SECOND)

static wd_cover covered(const wd_host_state *h, const char *sensor)
{
    wd_time first = INT64_MAX;
    wd_time last = WD_NO_TIME;
    bool overlap = false;
    for (size_t i = 0; i < h->host->n_coverage; i++) {
        const wd_coverage *c = &h->host->coverage[i];
        if (!wd_slice_eq(c->sensor, wd_slice_str(sensor)) || c->first == WD_NO_TIME) {
            continue;
        }
        first = c->first < first ? c->first : first;
        last = c->last > last ? c->last : last;
        overlap = overlap || (c->first <= h->window_last && c->last >= h->window_first);
    }
    if (!overlap) {
        return WD_COVER_ABSENT;
    }
    return first <= h->window_first + EDGE && last >= h->window_last - EDGE ? WD_COVER_PRESENT
                                                                            : WD_COVER_PARTIAL;
}

static wd_slice settling_record(const wd_campaign *c, const char *question, const char *sensor)
{
    wd_slice any = {0};
    for (size_t i = 0; c != NULL && i < c->n_settles; i++) {
        if (!wd_slice_eq(c->settles[i].question, wd_slice_str(question))) {
            continue;
        }
        if (wd_slice_eq(c->settles[i].sensor, wd_slice_str(sensor))) {
            return c->settles[i].record;
        }
        any = any.len == 0 ? c->settles[i].record : any;
    }
    return any;
}

static wd_status open_questions(wd_model *m, wd_host_state *h)
{
    const wd_campaign *c = campaign_of(m, h);
    if (h->tier < 1 || h->delay_cannot_have_ended || c == NULL) {
        return WD_OK;
    }
    if (h->tier < 4 && h->network != WD_COVER_PRESENT && h->events != WD_COVER_PRESENT) {
        wd_open_question q = {.question = WD_S("hit"),
                              .what = WD_S("contact with attacker servers"),
                              .sensor = WD_S("network"),
                              .cover = h->network,
                              .settle = settling_record(c, "hit", "network")};
        WD_TRY(add_open(m, h, &q));
    }
    if (h->tier < 6 && h->events != WD_COVER_PRESENT) {
        wd_open_question q = {.question = WD_S("deeds"),
                              .what = WD_S("profiling and hands-on activity"),
                              .sensor = WD_S("host"),
                              .cover = h->events,
                              .settle = settling_record(c, "deeds", "events")};
        WD_TRY(add_open(m, h, &q));
    }
    return WD_OK;
}

/* --- tiers ------------------------------------------------------------------------------------ */

/*
 * Whether a finding's tier counts for this host. A rule of no campaign speaks of suspect programs
 * only, so it counts where the product is; what a campaign names itself counts everywhere.
 */
static bool tier_counts(const wd_host_state *h, const wd_finding *f)
{
    /* A genuine companion is information only, and yet shows that the product is there. */
    if (f->tier < 1 || (f->severity == WD_INFO && f->tier > 1)) {
        return false;
    }
    return f->campaign.len > 0 || h->version.state == WD_VERSION_AFFECTED;
}

static wd_status tiers_from_findings(wd_model *m)
{
    for (size_t i = 0; i < m->n_findings; i++) {
        const wd_case_finding *f = &m->findings[i];
        wd_host_state *h = wd_model_host_of(m, f);
        if (h == NULL) {
            continue;
        }
        if (!tier_counts(h, &f->finding)) {
            h->worst_untiered += f->finding.severity >= WD_HIGH ? 1 : 0;
            continue;
        }
        wd_tier_proof p = {f->finding.tier,
                           f->finding.basis,
                           f->finding.time,
                           f->finding.sentence.len > 0 ? f->finding.sentence : f->finding.title,
                           f->finding.techniques,
                           finding_ref(f)};
        WD_TRY(add_proof(m, h, &p));
    }
    return WD_OK;
}

/*
 * Proofs that only count after the delay, such as a start of the program itself: any record will do
 * before it, so they are asked of the records here, where the installation is known.
 */
static wd_status late_proof(void *ctx, const wd_case_obs *row)
{
    wd_model *m = ctx;
    const wd_host *host = wd_roster_find(&m->roster, wd_obs_get(&row->obs, WD_K_HOST));
    wd_host_state *h = host == NULL ? NULL : &m->hosts[host - m->roster.hosts];
    const wd_campaign *c = h == NULL ? NULL : campaign_of(m, h);
    /* A sum over many records counts by its last one. */
    wd_time when = row->obs.time_end != WD_NO_TIME ? row->obs.time_end : row->obs.time;
    if (c == NULL || h->version.state != WD_VERSION_AFFECTED || !c->has_delay ||
        host->installed == WD_NO_TIME || when == WD_NO_TIME ||
        when < plus_seconds(host->installed, c->delay_min) || h->late_seen) {
        return WD_OK;
    }
    for (size_t i = 0; i < c->n_proofs; i++) {
        const wd_proof *proof = &c->proofs[i];
        if (!proof->after_delay || !wd_proof_matches(c, proof, &row->obs)) {
            continue;
        }
        h->late_seen = true; /* the first one is enough */
        char time[WD_TIME_TEXT];
        wd_tier_proof p = {proof->tier,
                           proof->basis,
                           when,
                           wd_arena_printf(m->arena, "%.*s, %s", WD_ARG(proof->title),
                                           wd_time_format_seconds(when, time)),
                           proof->techniques,
                           {'E', row->item}};
        return add_proof(m, h, &p);
    }
    return WD_OK;
}

static wd_status late_proofs(wd_model *m, wd_err *err)
{
    uint32_t kinds = 0;
    for (size_t c = 0; c < wd_knowledge_campaigns(m->knowledge); c++) {
        const wd_campaign *campaign = wd_knowledge_campaign(m->knowledge, c);
        for (size_t i = 0; i < campaign->n_proofs; i++) {
            kinds |= campaign->proofs[i].after_delay ? 1U << campaign->proofs[i].kind : 0;
        }
    }
    return kinds == 0 ? WD_OK : wd_case_each_obs(m->cs, kinds, late_proof, m, err);
}

static int by_tier_then_time(const void *a, const void *b)
{
    const wd_tier_proof *x = a;
    const wd_tier_proof *y = b;
    if (x->tier != y->tier) {
        return x->tier < y->tier ? -1 : 1;
    }
    if (x->time != y->time) {
        return x->time < y->time ? -1 : 1;
    }
    if (x->ref.letter != y->ref.letter) {
        return x->ref.letter < y->ref.letter ? -1 : 1;
    }
    return x->ref.number < y->ref.number ? -1 : (x->ref.number > y->ref.number ? 1 : 0);
}

static void decide(wd_host_state *h)
{
    h->tier = 0;
    h->tier_basis = WD_SEEN;
    for (size_t i = 0; i < h->n_proofs; i++) {
        const wd_tier_proof *p = &h->proofs[i];
        if (p->tier > h->tier) {
            h->tier = p->tier;
            h->tier_basis = p->basis;
        } else if (p->tier == h->tier && p->basis < h->tier_basis) {
            h->tier_basis = p->basis;
        }
    }
    if (h->tier >= 4) {
        h->word = WD_HOST_COMPROMISED;
    } else if (h->tier >= 2) {
        h->word = WD_HOST_INFECTED;
    } else if (h->tier == 1) {
        h->word = WD_HOST_EXPOSED;
    } else {
        h->word = h->host->n_coverage > 0 ? WD_HOST_NOTHING_FOUND : WD_HOST_NOT_EXAMINED;
    }
}

wd_status wd_exposure_tiers(wd_model *m, wd_err *err)
{
    WD_TRY(tiers_from_findings(m));
    WD_TRY(late_proofs(m, err));
    for (size_t i = 0; i < m->roster.n; i++) {
        wd_host_state *h = &m->hosts[i];
        set_window(m, h);
        WD_TRY(apply_markers(m, h));
        if (h->n_proofs > 1) {
            wd_sort(h->proofs, h->n_proofs, sizeof *h->proofs, by_tier_then_time);
        }
        decide(h);
        h->network = covered(h, "network");
        h->events = covered(h, "events");
        WD_TRY(open_questions(m, h));
    }
    return WD_OK;
}
