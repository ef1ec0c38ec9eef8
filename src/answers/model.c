#include "answers/model.h"

#include <stdlib.h>

#include "answers/exposure.h"

const char *wd_host_word_name(wd_host_word w)
{
    static const char *const names[] = {"not examined", "nothing found", "exposed", "infected",
                                        "compromised"};
    return names[w];
}

const char *wd_cover_name(wd_cover c)
{
    static const char *const names[] = {"absent", "partial", "present"};
    return names[c];
}

const char *wd_tier_name(int tier)
{
    static const char *const names[] = {
        "not exposed", "installed", "ran past the delay", "fetched the next stage", "beaconed",
        "profiled",    "chosen"};
    return tier < 0 || tier > WD_TIER_MAX ? "" : names[tier];
}

wd_status wd_refs_add(wd_arena *arena, wd_refs *refs, wd_ref ref)
{
    for (size_t i = 0; i < refs->n; i++) {
        if (refs->list[i].letter == ref.letter && refs->list[i].number == ref.number) {
            return WD_OK;
        }
    }
    WD_TRY(WD_ROOM(arena, refs->list, refs->n, refs->cap));
    refs->list[refs->n++] = ref;
    return WD_OK;
}

const wd_case_item *wd_model_item(const wd_model *m, uint64_t number)
{
    return number == 0 || number > m->n_items ? NULL : &m->items[number - 1];
}

bool wd_finding_is_structural(const wd_case_finding *f)
{
    return f->finding.host.len == 0;
}

/* A record names its host; a file copied from a host is known by the folder it was put in. */
static wd_host *host_by_folder(const wd_model *m, uint64_t item_number)
{
    const wd_case_item *item = wd_model_item(m, item_number);
    wd_slice rest = item == NULL ? WD_EMPTY : item->path;
    wd_slice part;
    while (wd_slice_split(&rest, '/', &part)) {
        wd_host *h = part.len == 0 || rest.ptr == NULL ? NULL : wd_roster_find(&m->roster, part);
        if (h != NULL) {
            return h;
        }
    }
    return NULL;
}

wd_host_state *wd_model_host_of(const wd_model *m, const wd_case_finding *f)
{
    wd_host *h = wd_roster_find(&m->roster, f->finding.host);
    if (h == NULL) {
        h = host_by_folder(m, f->item);
    }
    return h == NULL ? NULL : &m->hosts[h - m->roster.hosts];
}

static wd_status keep_finding(void *ctx, const wd_case_finding *f)
{
    wd_model *m = ctx;
    WD_TRY(WD_ROOM(m->arena, m->findings, m->n_findings, m->cap_findings));
    wd_case_finding *kept = &m->findings[m->n_findings++];
    *kept = *f;
    return wd_finding_keep(&kept->finding, m->arena);
}

static wd_status keep_item(void *ctx, const wd_case_item *item)
{
    wd_model *m = ctx;
    WD_TRY(WD_ROOM(m->arena, m->items, m->n_items, m->cap_items));
    wd_case_item *kept = &m->items[m->n_items++];
    *kept = *item;
    kept->path = wd_arena_copy(m->arena, item->path);
    kept->kind = wd_arena_copy(m->arena, item->kind);
    kept->sha256 = wd_arena_copy(m->arena, item->sha256);
    kept->why = wd_arena_copy(m->arena, item->why);
    return kept->why.ptr == NULL ? WD_E_NOMEM : WD_OK;
}

/* Small files come with their content; a pack says which of them name a moment, and how. */
static wd_status keep_marker(void *ctx, const wd_case_obs *row)
{
    wd_model *m = ctx;
    wd_slice bytes = wd_obs_get(&row->obs, WD_K_EXCERPT);
    wd_slice name = wd_path_base(wd_obs_get(&row->obs, WD_K_NAME));
    for (size_t c = 0; c < wd_knowledge_campaigns(m->knowledge) && bytes.len > 0; c++) {
        const wd_campaign *campaign = wd_knowledge_campaign(m->knowledge, c);
        for (size_t i = 0; i < campaign->n_markers; i++) {
            wd_time target = WD_NO_TIME;
            if (!wd_slice_eq_nocase(campaign->markers[i].name, name) ||
                !wd_marker_time(&campaign->markers[i], bytes, &target)) {
                continue;
            }
            WD_TRY(WD_ROOM(m->arena, m->markers, m->n_markers, m->cap_markers));
            m->markers[m->n_markers++] =
                (wd_marker_file){campaign, wd_arena_copy(m->arena, name), target, row->item};
        }
    }
    return WD_OK;
}

/* The pack with the most findings, the highest tier first: what the rest of the report is measured
 * against. */
static wd_status choose_campaign(wd_model *m)
{
    size_t best_score = 0;
    for (size_t c = 0; c < wd_knowledge_campaigns(m->knowledge); c++) {
        const wd_campaign *campaign = wd_knowledge_campaign(m->knowledge, c);
        size_t score = 0;
        for (size_t i = 0; i < m->n_findings; i++) {
            const wd_finding *f = &m->findings[i].finding;
            bool counts = f->severity >= WD_HIGH || f->tier >= 1;
            score += counts && wd_slice_eq(f->campaign, campaign->id) ? 1 : 0;
        }
        for (size_t i = 0; i < m->roster.n; i++) {
            bool affected = m->hosts[i].version.state == WD_VERSION_AFFECTED &&
                            m->hosts[i].version.campaign == campaign;
            score += affected ? 1 : 0;
        }
        if (score > best_score) {
            best_score = score;
            m->campaign = campaign;
        }
    }
    for (size_t i = 0; m->campaign != NULL && i < m->n_findings && m->campaign_refs.n < 12; i++) {
        if (wd_slice_eq(m->findings[i].finding.campaign, m->campaign->id)) {
            WD_TRY(wd_refs_add(m->arena, &m->campaign_refs, (wd_ref){'F', m->findings[i].number}));
        }
    }
    return WD_OK;
}

static void count_hosts(wd_model *m)
{
    for (size_t i = 0; i < m->roster.n; i++) {
        m->with_word[m->hosts[i].word]++;
        for (int t = 0; t <= m->hosts[i].tier; t++) {
            m->at_tier[t]++;
        }
        const wd_host *h = m->hosts[i].host;
        for (size_t c = 0; c < h->n_coverage; c++) {
            m->last_record =
                h->coverage[c].last > m->last_record ? h->coverage[c].last : m->last_record;
        }
    }
}

static wd_status load(wd_model *m, wd_err *err)
{
    WD_TRY(wd_case_each_item(m->cs, keep_item, m, err));
    WD_TRY(wd_roster_load(&m->roster, m->cs, m->arena, err));
    m->hosts = WD_ARRAY(m->arena, m->roster.n, wd_host_state);
    if (m->hosts == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < m->roster.n; i++) {
        m->hosts[i] = (wd_host_state){.host = &m->roster.hosts[i],
                                      .window_first = WD_NO_TIME,
                                      .window_last = WD_NO_TIME,
                                      .listed_by = {'E', m->roster.hosts[i].item}};
    }
    WD_TRY(wd_case_each_finding(m->cs, keep_finding, m, err));
    WD_TRY(wd_case_each_obs(m->cs, 1U << WD_OBS_FILE, keep_marker, m, err));
    WD_TRY(wd_case_contacts(m->cs, m->arena, &m->contacts, err));
    WD_TRY(wd_exposure_versions(m, err));
    WD_TRY(choose_campaign(m));
    WD_TRY(wd_exposure_tiers(m, err));
    count_hosts(m);
    return WD_OK;
}

wd_status wd_model_load(wd_model *out, wd_case *cs, const wd_knowledge *kb, wd_arena *arena,
                        wd_err *err)
{
    *out = (wd_model){.arena = arena, .cs = cs, .knowledge = kb, .last_record = WD_NO_TIME};
    wd_status s = load(out, err);
    return s == WD_OK ? WD_OK
                      : wd_fail(err, s, WD_NO_OFFSET, "answers", "the case does not fit in memory");
}
