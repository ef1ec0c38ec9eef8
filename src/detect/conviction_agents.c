#include "detect/agents.h"
#include "detect/conviction_priv.h"

/* Header values of one contact, and who else sends them. */
typedef struct agent {
    wd_slice text;
    wd_slice src;  /* first sender */
    wd_slice name; /* first place it was sent to */
    bool many_sources;
    bool many_names;
} agent;

typedef struct agents {
    wd_case_of *c;
    wd_map by_text;
    wd_map contacts; /* "source name" -> judged index + 1 */
    wd_map sources;  /* -> source index + 1 */
} agents;

static wd_slice place_of(const wd_request *r)
{
    return r->name.len > 0 ? r->name : r->dst;
}

static wd_slice pair_key(wd_arena *arena, wd_slice src, wd_slice name)
{
    return wd_arena_printf(arena, "%.*s %.*s", (int) src.len, (const char *) src.ptr,
                           (int) name.len, (const char *) name.ptr);
}

static wd_status learn(agents *a, const wd_request *r)
{
    uintptr_t *at = wd_map_put(&a->by_text, r->user_agent, NULL);
    if (at == NULL) {
        return WD_E_NOMEM;
    }
    agent *g = (agent *) *at; /* NOLINT: the map holds pointers as numbers */
    if (g == NULL) {
        g = WD_NEW(a->c->arena, agent);
        if (g == NULL) {
            return WD_E_NOMEM;
        }
        *g = (agent){.text = r->user_agent, .src = r->src, .name = place_of(r)};
        *at = (uintptr_t) g;
    }
    g->many_sources = g->many_sources || !wd_slice_eq(g->src, r->src);
    g->many_names = g->many_names || !wd_slice_eq(g->name, place_of(r));
    uintptr_t *source = wd_map_find(&a->sources, r->src);
    if (source != NULL) {
        a->c->sources[*source - 1].systems[wd_agent_system_of(r->user_agent)] += r->count;
    }
    return WD_OK;
}

/* The system that most requests of a source claim; NONE when it claims none. */
static wd_agent_system usual_system(const wd_source *s)
{
    wd_agent_system best = WD_AGENT_SYSTEM_NONE;
    size_t most = 0;
    for (wd_agent_system k = WD_AGENT_WINDOWS; k < WD_AGENT_OTHER; k++) {
        if (s->systems[k] > most) {
            most = s->systems[k];
            best = k;
        }
    }
    return best;
}

static wd_status judge_request(agents *a, const wd_request *r)
{
    wd_arena *arena = a->c->arena;
    wd_slice key = pair_key(arena, r->src, place_of(r));
    uintptr_t *at = key.ptr == NULL ? NULL : wd_map_find(&a->contacts, key);
    uintptr_t *known = wd_map_find(&a->by_text, r->user_agent);
    if (at == NULL || *at == 0 || known == NULL) {
        return key.ptr == NULL ? WD_E_NOMEM : WD_OK;
    }
    wd_judged *g = &a->c->j->list[*at - 1];
    const agent *ua = (const agent *) *known; /* NOLINT: see above */
    const wd_source *s = &a->c->sources[a->c->source_of[*at - 1]];
    wd_agent_system system = wd_agent_system_of(r->user_agent);
    wd_agent_system usual = usual_system(s);
    *at = 0; /* one judgement of the header per contact: the first request's */
    if (wd_agent_is_misspelled(r->user_agent)) {
        wd_reason_add(&g->own, 1.5, WD_S("its user agent misspells the word browsers start with"));
    }
    if (system == WD_AGENT_OTHER) {
        wd_reason_add(&g->own, 1.0, WD_S("its user agent names a system no browser runs on"));
    } else if (usual != WD_AGENT_SYSTEM_NONE && system != WD_AGENT_SYSTEM_NONE && usual != system &&
               s->systems[usual] >= 10 * s->systems[system]) {
        wd_reason_add(&g->own, 1.0,
                      wd_arena_printf(arena, "its user agent claims %s on a host of %s",
                                      wd_agent_system_name(system), wd_agent_system_name(usual)));
    }
    if (wd_agent_is_ancient(r->user_agent)) {
        wd_reason_add(&g->own, 0.5, WD_S("its user agent is of a browser long out of use"));
    }
    if (!ua->many_sources && !ua->many_names && r->user_agent.len > 0 && s->n_contacts >= 5) {
        wd_reason_add(&g->own, 0.5, WD_S("its user agent is sent nowhere else and by nobody else"));
    }
    return WD_OK;
}

wd_status wd_judge_agents(wd_case_of *c)
{
    agents a = {
        .c = c, .by_text.arena = c->arena, .contacts.arena = c->arena, .sources.arena = c->arena};
    for (size_t i = 0; i < c->n_sources; i++) {
        uintptr_t *at = wd_map_put(&a.sources, c->sources[i].name, NULL);
        if (at == NULL) {
            return WD_E_NOMEM;
        }
        *at = i + 1;
    }
    for (size_t i = 0; i < c->j->n; i++) {
        const wd_contact *o = c->j->list[i].contact;
        wd_slice key = pair_key(c->arena, o->src, o->name.len > 0 ? o->name : o->dst);
        uintptr_t *at = o->layer != WD_CONTACT_HTTP || key.ptr == NULL
                            ? NULL
                            : wd_map_put(&a.contacts, key, NULL);
        if (at != NULL) {
            *at = i + 1;
        }
    }
    for (size_t i = 0; i < c->w->n_requests; i++) {
        WD_TRY(learn(&a, &c->w->requests[i]));
    }
    for (size_t i = 0; i < c->w->n_requests; i++) {
        WD_TRY(judge_request(&a, &c->w->requests[i]));
    }
    return WD_OK;
}
