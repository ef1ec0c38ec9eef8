#include <stddef.h>

#include "core/limits.h"
#include "knowledge/pack_fields.h"

/* The keys of a campaign pack; their meaning stands in knowledge/README.md and campaign.h. */

#define AT(type, member) offsetof(type, member)
#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define TEXT(type, member)                                       \
    {                                                            \
#member, WD_PF_TEXT, AT(type, member), false, NULL, NULL \
    }
#define NEED(type, member)                                      \
    {                                                           \
#member, WD_PF_TEXT, AT(type, member), true, NULL, NULL \
    }
#define TEXTS(type, member)                                       \
    {                                                             \
#member, WD_PF_TEXTS, AT(type, member), false, NULL, NULL \
    }
#define FIELD(type, member, kind)                          \
    {                                                      \
#member, kind, AT(type, member), false, NULL, NULL \
    }

/* --- products, markers, drops --------------------------------------------------------------- */

static const char *check_product(const void *base)
{
    const wd_product *p = base;
    if (p->programs.n == 0 && p->install_paths.n == 0 && p->modules.n == 0) {
        return "a product needs programs, modules or install_paths, so that it can be recognised";
    }
    return NULL;
}

static const wd_pf_field product_fields[] = {
    NEED(wd_product, name),           TEXTS(wd_product, aliases),
    TEXT(wd_product, vendor),         NEED(wd_product, platform),
    TEXTS(wd_product, affected),      TEXTS(wd_product, fixed),
    TEXTS(wd_product, programs),      TEXTS(wd_product, modules),
    TEXTS(wd_product, install_paths), TEXTS(wd_product, signers),
    TEXT(wd_product, note),           FIELD(wd_product, affected_complete, WD_PF_BOOL),
};
static const wd_pf_table products = {
    "product", sizeof(wd_product), product_fields, COUNT(product_fields), NULL, check_product};

static const char *check_marker(const void *base)
{
    static const char *const known[] = {"unix32le", "unix64le",  "unix64be",
                                        "filetime", "unix_text", "iso_text"};
    const wd_marker *m = base;
    for (size_t i = 0; i < COUNT(known); i++) {
        if (wd_slice_eq(m->encoding, wd_slice_str(known[i]))) {
            return NULL;
        }
    }
    return "the encoding of a marker is one of unix32le, unix64le, unix64be, filetime, unix_text, "
           "iso_text";
}

static const wd_pf_field marker_fields[] = {
    NEED(wd_marker, name),
    TEXT(wd_marker, paths),
    NEED(wd_marker, encoding),
    NEED(wd_marker, meaning),
    FIELD(wd_marker, size, WD_PF_U64),
};
static const wd_pf_table markers = {
    "marker", sizeof(wd_marker), marker_fields, COUNT(marker_fields), NULL, check_marker};

static void init_drop(void *base)
{
    wd_dead_drop *d = base;
    d->first = WD_NO_TIME;
    d->last = WD_NO_TIME;
    d->date = WD_NO_TIME;
}

static const wd_pf_field drop_fields[] = {
    NEED(wd_dead_drop, host),
    NEED(wd_dead_drop, path),
    NEED(wd_dead_drop, source),
    {"date", WD_PF_TIME, AT(wd_dead_drop, date), true, NULL, NULL},
    FIELD(wd_dead_drop, first, WD_PF_TIME),
    FIELD(wd_dead_drop, last, WD_PF_TIME_END),
    TEXT(wd_dead_drop, note),
};
static const wd_pf_table drops = {
    "dead drop", sizeof(wd_dead_drop), drop_fields, COUNT(drop_fields), init_drop, NULL};

/* --- tiers, proofs, settling records -------------------------------------------------------- */

static const wd_pf_field tier_fields[] = {
    NEED(wd_tier, means),    TEXT(wd_tier, proof), TEXT(wd_tier, absence),
    TEXT(wd_tier, in_reach), TEXT(wd_tier, taken), TEXT(wd_tier, not_taken),
};
static const wd_pf_table tier_table = {
    "tier", sizeof(wd_tier), tier_fields, COUNT(tier_fields), NULL, NULL};

/* tiers: { 0: {means: ...}, 1: ... } */
static wd_status read_tiers(wd_kb_input *in, const wd_json *v, void *base)
{
    wd_campaign *c = base;
    WD_JSON_EACH (member, v) {
        uint64_t n = 0;
        if (!wd_slice_to_u64(member->key, &n) || n >= WD_TIERS) {
            WD_TRY(wd_kb_refuse(in, WD_KB_LINE(member->line), member->key,
                                "tiers are numbered 0 to 6"));
            continue;
        }
        WD_TRY(wd_pf_read(in, &tier_table, member, &c->tiers[n], &c->tiers[n].present));
    }
    return WD_OK;
}

static bool find_key(wd_slice s, wd_key *out)
{
    for (int k = 0; k < WD_KEYS; k++) {
        if (wd_slice_eq(s, wd_slice_str(wd_key_name((wd_key) k)))) {
            *out = (wd_key) k;
            return true;
        }
    }
    return false;
}

static bool is_known_list(const wd_slices *l)
{
    for (size_t i = 0; i < l->n; i++) {
        wd_slice s = l->list[i];
        if (s.ptr[0] == '@' && !wd_slice_eq(s, WD_S("@program")) &&
            !wd_slice_eq(s, WD_S("@module")) && !wd_slice_eq(s, WD_S("@genuine"))) {
            return false;
        }
    }
    return l->n > 0;
}

/* where: {process: "@program", not path: [...]}: a key of an observation, "not " in front negates.
 */
static wd_status read_where(wd_kb_input *in, const wd_json *v, void *base)
{
    wd_proof *p = base;
    if (!wd_json_is(v, WD_JSON_OBJECT) || v->n > WD_MAX_PACK_LIST) {
        return wd_kb_refuse(in, WD_KB_LINE(v->line), v->key, "'where' of a proof is a mapping");
    }
    p->where = WD_ARRAY(in->kb->arena, v->n, wd_condition);
    if (p->where == NULL) {
        return wd_nomem(in->err, "knowledge");
    }
    WD_JSON_EACH (member, v) {
        wd_condition *w = &p->where[p->n_where];
        w->negate = wd_slice_starts(member->key, WD_S("not "));
        wd_slice key = wd_slice_sub(member->key, w->negate ? 4 : 0, member->key.len);
        WD_TRY(wd_pf_texts(in, member, &w->any));
        if (!find_key(key, &w->key) || !is_known_list(&w->any)) {
            return wd_kb_refuse(in, WD_KB_LINE(member->line), member->key,
                                "a condition names a key of an observation and at least one glob, "
                                "@program, @module or @genuine");
        }
        p->n_where++;
    }
    return WD_OK;
}

static void init_proof(void *base)
{
    wd_proof *p = base;
    p->severity = WD_HIGH;
    p->basis = WD_SEEN;
}

static const char *check_proof(const void *base)
{
    const wd_proof *p = base;
    return p->n_where == 0 ? "a proof without conditions would match everything" : NULL;
}

static const wd_pf_field proof_fields[] = {
    NEED(wd_proof, id),
    {"tier", WD_PF_TIER, AT(wd_proof, tier), true, NULL, NULL},
    {"kind", WD_PF_OBS_KIND, AT(wd_proof, kind), true, NULL, NULL},
    FIELD(wd_proof, after_delay, WD_PF_BOOL),
    {"where", WD_PF_SPECIAL, 0, true, NULL, read_where},
    NEED(wd_proof, title),
    NEED(wd_proof, benign),
    TEXT(wd_proof, techniques),
    FIELD(wd_proof, severity, WD_PF_SEVERITY),
    FIELD(wd_proof, basis, WD_PF_BASIS),
};
static const wd_pf_table proofs = {"proof",    sizeof(wd_proof), proof_fields, COUNT(proof_fields),
                                   init_proof, check_proof};

static const wd_pf_field settle_fields[] = {
    NEED(wd_settle, question),
    {"tiers", WD_PF_TIER_RANGE, AT(wd_settle, tier_from), true, NULL, NULL},
    TEXT(wd_settle, sensor),
    TEXTS(wd_settle, kinds),
    NEED(wd_settle, record),
};
static const wd_pf_table settles = {
    "settling record", sizeof(wd_settle), settle_fields, COUNT(settle_fields), NULL, NULL};

/* --- claims, actions, small things ---------------------------------------------------------- */

static const char *check_claim(const void *base)
{
    const wd_claim *c = base;
    bool known = wd_slice_eq(c->level, WD_S("state")) || wd_slice_eq(c->level, WD_S("umbrella")) ||
                 wd_slice_eq(c->level, WD_S("cluster")) || wd_slice_eq(c->level, WD_S("none"));
    return known ? NULL : "the level of a claim is state, umbrella, cluster or none";
}

static const wd_pf_field claim_fields[] = {
    NEED(wd_claim, publisher), {"date", WD_PF_TIME, AT(wd_claim, date), true, NULL, NULL},
    TEXT(wd_claim, name),      NEED(wd_claim, level),
    NEED(wd_claim, wording),   TEXT(wd_claim, basis),
    TEXT(wd_claim, quality),
};
static const wd_pf_table claims = {"claim", sizeof(wd_claim), claim_fields, COUNT(claim_fields),
                                   NULL,    check_claim};

static const wd_pf_field action_fields[] = {
    NEED(wd_action, id),
    FIELD(wd_action, order, WD_PF_UINT),
    {"tiers", WD_PF_TIER_RANGE, AT(wd_action, tier_from), true, NULL, NULL},
    NEED(wd_action, when),
    NEED(wd_action, text),
    NEED(wd_action, owner),
    NEED(wd_action, done),
    TEXT(wd_action, caution),
};
static const wd_pf_table actions = {
    "action", sizeof(wd_action), action_fields, COUNT(action_fields), NULL, NULL};

static const wd_pf_field user_agent_fields[] = {
    NEED(wd_user_agent, value), TEXT(wd_user_agent, platform), TEXT(wd_user_agent, note)};
static const wd_pf_table user_agents = {
    "user agent", sizeof(wd_user_agent), user_agent_fields, COUNT(user_agent_fields), NULL, NULL};

static const wd_pf_field technique_fields[] = {NEED(wd_technique, id), NEED(wd_technique, name),
                                               TEXT(wd_technique, note)};
static const wd_pf_table techniques = {
    "technique", sizeof(wd_technique), technique_fields, COUNT(technique_fields), NULL, NULL};

/* --- the campaign --------------------------------------------------------------------------- */

static void init_campaign(void *base)
{
    wd_campaign *c = base;
    c->as_of = WD_NO_TIME;
    c->first = WD_NO_TIME;
    c->last = WD_NO_TIME;
    c->delay_min = UINT64_MAX;
}

static const char *check_campaign(const void *base)
{
    const wd_campaign *c = base;
    if (c->first > c->last) {
        return "the campaign's window ends before it begins";
    }
    if (c->delay_min != UINT64_MAX && c->delay_min > c->delay_max) {
        return "delay_min is above delay_max";
    }
    return NULL;
}

#define LIST(member, table)                                                 \
    {                                                                       \
#member, WD_PF_LIST, AT(wd_campaign, member), false, &(table), NULL \
    }

static const wd_pf_field campaign_fields[] = {
    {"schema", WD_PF_SPECIAL, 0, true, NULL, NULL},
    NEED(wd_campaign, id),
    NEED(wd_campaign, title),
    NEED(wd_campaign, summary),
    TEXTS(wd_campaign, aliases),
    TEXT(wd_campaign, parent),
    NEED(wd_campaign, completeness),
    TEXT(wd_campaign, gaps),
    {"as_of", WD_PF_TIME, AT(wd_campaign, as_of), true, NULL, NULL},
    {"first", WD_PF_TIME, AT(wd_campaign, first), true, NULL, NULL},
    {"last", WD_PF_TIME_END, AT(wd_campaign, last), true, NULL, NULL},
    FIELD(wd_campaign, delay_min, WD_PF_U64),
    FIELD(wd_campaign, delay_max, WD_PF_U64),
    TEXT(wd_campaign, delay_source),
    TEXT(wd_campaign, attack_version),
    TEXT(wd_campaign, story),
    LIST(products, products),
    LIST(markers, markers),
    {"dead_drops", WD_PF_LIST, AT(wd_campaign, drops), false, &drops, NULL},
    {"tiers", WD_PF_SPECIAL, 0, false, NULL, read_tiers},
    LIST(proofs, proofs),
    LIST(settles, settles),
    LIST(claims, claims),
    LIST(actions, actions),
    LIST(user_agents, user_agents),
    LIST(techniques, techniques),
    TEXTS(wd_campaign, look_alikes),
    TEXTS(wd_campaign, related),
    TEXTS(wd_campaign, references),
    {"indicators", WD_PF_SPECIAL, 0, false, NULL, NULL},
};
const wd_pf_table wd_pf_campaign = {"campaign",      sizeof(wd_campaign),
                                    campaign_fields, COUNT(campaign_fields),
                                    init_campaign,   check_campaign};
