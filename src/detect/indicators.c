#include "detect/indicators.h"

#include "core/limits.h"
#include "core/text.h"
#include "knowledge/knowledge.h"

/* Activity this long after the last known use is still plausible: a host that nobody cleaned goes
 * on asking. Beyond it, names have been let go and registered by others. */
#define GRACE_DAYS 366

typedef struct context {
    const wd_knowledge *kb;
    const wd_obs *o;
    wd_arena *arena;
    const wd_sink *sink;
    wd_err *err;
} context;

/* --- time ----------------------------------------------------------------------------------- */

static wd_time days_after(wd_time t, uint64_t days)
{
    wd_time out = 0;
    return __builtin_add_overflow(t, (wd_time) days * WD_TICKS_PER_DAY, &out) ? INT64_MAX : out;
}

/* Whether a moment lies outside first - grace .. last + grace; unknown bounds and moments are
 * inside. `later` adds the longest sleep to the end. */
static bool is_outside(wd_time at, wd_time first, wd_time last, uint64_t later_days)
{
    if (at == WD_NO_TIME) {
        return false;
    }
    if (first != WD_NO_TIME && first > INT64_MIN + 1000 * WD_TICKS_PER_DAY &&
        at < first - GRACE_DAYS * WD_TICKS_PER_DAY) {
        return true;
    }
    return last != WD_NO_TIME && at > days_after(last, GRACE_DAYS + later_days);
}

/* --- findings ------------------------------------------------------------------------------- */

/* How an observation meets a value, for the title. */
static const char *way_of(wd_obs_kind k, wd_ind_type type)
{
    if (type == WD_IND_USER_AGENT) {
        return "User agent of";
    }
    if (type == WD_IND_JA3 || type == WD_IND_JA4) {
        return "TLS fingerprint of";
    }
    switch (k) {
    case WD_OBS_LOOKUP: return "Look-up of";
    case WD_OBS_CONTACT: return "Contact with";
    case WD_OBS_REQUEST: return "Request to";
    case WD_OBS_IMAGE_LOAD: return "Library loaded:";
    case WD_OBS_PROCESS: return "Program started:";
    case WD_OBS_FILE_WRITE: return "File written:";
    case WD_OBS_FILE: return "File present:";
    case WD_OBS_SIGNATURE: return "Signature by";
    case WD_OBS_UNCOVERED:
    case WD_OBS_TRAILING:
    case WD_OBS_REGISTRY:
    case WD_OBS_LOGON:
    case WD_OBS_SERVICE:
    case WD_OBS_SCRIPT:
    case WD_OBS_LOG_CLEARED:
    case WD_OBS_ASSET:
    case WD_OBS_COVERAGE:
    case WD_OBS_DAMAGE:
    case WD_OBS_LIMIT:
    case WD_OBS_RULE_PART:
    case WD_OBS_KINDS: break;
    }
    return "Record names";
}

static bool is_file_hash(wd_ind_type t)
{
    return t <= WD_IND_MD5;
}

static wd_severity severity_of(const wd_indicator *i)
{
    if (i->role == WD_ROLE_GENUINE) {
        return WD_INFO;
    }
    if (i->role == WD_ROLE_TOOL || i->role == WD_ROLE_REGISTRANT) {
        return WD_LOW;
    }
    if (i->role == WD_ROLE_RELATED) {
        return WD_MEDIUM;
    }
    if (i->role == WD_ROLE_UNKNOWN || i->role == WD_ROLE_DEAD_DROP || i->role == WD_ROLE_DELIVERY) {
        return WD_HIGH;
    }
    /* Rented addresses, pages on honest sites, fixed user agents: worth a look, no conviction. */
    if (!is_file_hash(i->type) && i->safety != WD_SAFETY_BLOCK) {
        return i->tier >= 3 ? WD_HIGH : WD_MEDIUM;
    }
    return WD_CRITICAL;
}

static wd_slice techniques_of(const wd_indicator *i)
{
    switch (i->role) {
    case WD_ROLE_ALTERED_FILE:
    case WD_ROLE_INSTALLER: return WD_S("T1195.002");
    case WD_ROLE_C2: return WD_S("T1071");
    case WD_ROLE_DEAD_DROP: return WD_S("T1102.001");
    case WD_ROLE_DOWNLOADER: return WD_S("T1105");
    case WD_ROLE_UNKNOWN:
    case WD_ROLE_LOADER:
    case WD_ROLE_STEALER:
    case WD_ROLE_BACKDOOR:
    case WD_ROLE_DELIVERY:
    case WD_ROLE_REGISTRANT:
    case WD_ROLE_RELATED:
    case WD_ROLE_TOOL:
    case WD_ROLE_GENUINE:
    case WD_ROLE_DECOY:
    case WD_ROLE_VENDOR_SITE:
    case WD_ROLE_SHARED_HOST:
    case WD_ROLE_VICTIM:
    case WD_ROLES: break;
    }
    return (wd_slice){0};
}

static const char *benign_of(const wd_indicator *i)
{
    if (is_file_hash(i->type)) {
        return i->role == WD_ROLE_GENUINE
                   ? "the file itself is genuine: it shows that the product is there, no more"
                   : "equal hash means equal bytes; a valid signature or an expected place does "
                     "not change them";
    }
    if (i->role == WD_ROLE_DEAD_DROP) {
        return "the host serves everybody, but this path was the attackers' alone";
    }
    if (i->role == WD_ROLE_UNKNOWN) {
        return "the list gives no role; check with its publisher what the value is";
    }
    if (i->role == WD_ROLE_C2 && i->safety == WD_SAFETY_BLOCK) {
        return "the name is neither the vendor's nor a shared service, and no honest use is known";
    }
    return "honest use is possible and would have to be shown";
}

/* "name[.]example", for sentences that people read. */
static wd_slice defanged(context *c, wd_slice value)
{
    wd_buf b = {0};
    wd_text_defang(&b, wd_slice_sub(value, 0, 200));
    wd_slice out = wd_arena_copy(c->arena, wd_buf_slice(&b));
    wd_buf_free(&b);
    return out;
}

/* Defanging is for addresses; a hash or the name of a file stays as it is. */
static wd_slice shown(context *c, const wd_indicator *i)
{
    bool address = i->type == WD_IND_DOMAIN || i->type == WD_IND_URL || i->type == WD_IND_IP ||
                   i->type == WD_IND_EMAIL;
    if (address) {
        return defanged(c, i->value);
    }
    return i->name.len > 0 ? i->name : wd_slice_sub(i->value, 0, 80);
}

static wd_finding base_finding(const context *c, wd_slice met)
{
    const wd_obs *o = c->o;
    wd_slice host = wd_obs_get(o, WD_K_HOST);
    return (wd_finding){.host = host.len > 0 ? host : wd_obs_get(o, WD_K_SRC),
                        .excerpt = wd_slice_sub(met, 0, WD_MAX_EXCERPT),
                        .basis = WD_SEEN,
                        .tier = -1,
                        .time = o->time,
                        .span = o->span};
}

static wd_status emit(context *c, const wd_finding *f)
{
    if (f->sentence.ptr == NULL || f->title.ptr == NULL || f->rule.ptr == NULL) {
        return wd_nomem(c->err, "indicators");
    }
    return c->sink->finding(c->sink->ctx, f);
}

static const char *date_text(wd_time t, char out[static WD_TIME_TEXT])
{
    wd_time_format_seconds(t, out);
    out[t == WD_NO_TIME ? 0 : 10] = '\0'; /* the day is enough */
    return out;
}

static const wd_indicator *first_harmless(const wd_match *m)
{
    for (size_t i = 0; i < m->n; i++) {
        if (wd_role_harmless(m->list[i].role)) {
            return &m->list[i];
        }
    }
    return NULL;
}

static wd_status report_conflict(context *c, const wd_match *m, wd_slice met)
{
    const wd_indicator *bad = wd_match_best(m);
    const wd_indicator *good = first_harmless(m);
    if (bad == NULL || good == NULL) {
        return WD_OK;
    }
    wd_slice value = shown(c, bad);
    wd_finding f = base_finding(c, met);
    f.rule = WD_S("indicator.conflict");
    f.title = WD_S("Sources disagree about an indicator");
    f.sentence =
        wd_arena_printf(c->arena, "%.*s: %.*s says %s, %.*s says %s.", WD_ARG(value),
                        WD_ARG(wd_slice_sub(bad->source, 0, 60)), wd_role_words(bad->role),
                        WD_ARG(wd_slice_sub(good->source, 0, 60)), wd_role_words(good->role));
    f.benign = WD_S("not rejected: one source holds the value to be harmless");
    f.subject = bad->value;
    f.campaign = good->campaign.len > 0 ? good->campaign : bad->campaign;
    f.severity = WD_LOW;
    return emit(c, &f);
}

static wd_status report_match(context *c, const wd_match *m, wd_slice met)
{
    const wd_indicator *i = wd_match_best(m);
    if (i == NULL || m->name_only) {
        return WD_OK;
    }
    if (m->conflict) {
        return report_conflict(c, m, met);
    }
    if (wd_role_harmless(i->role) && !(i->role == WD_ROLE_GENUINE && is_file_hash(i->type))) {
        return WD_OK;
    }
    char date[WD_TIME_TEXT];
    wd_slice value = shown(c, i);
    wd_finding f = base_finding(c, met);
    f.rule = wd_arena_printf(c->arena, "indicator.%s", wd_role_name(i->role));
    f.title =
        wd_arena_printf(c->arena, "%s %s", way_of(c->o->kind, i->type), wd_role_words(i->role));
    f.sentence =
        wd_arena_printf(c->arena, "%.*s: %s according to %.*s%s%s.%s", WD_ARG(value),
                        wd_role_words(i->role), WD_ARG(wd_slice_sub(i->source, 0, 80)),
                        i->date == WD_NO_TIME ? "" : ", ", date_text(i->date, date),
                        i->role == WD_ROLE_GENUINE ? " Proves exposure, not compromise." : "");
    f.benign = wd_slice_str(benign_of(i));
    f.techniques = techniques_of(i);
    f.subject = i->value;
    f.campaign = i->campaign;
    f.severity = severity_of(i);
    f.tier = i->tier;
    if (!is_file_hash(i->type) && is_outside(c->o->time, i->first, i->last, 0)) {
        f.severity = f.severity > WD_MEDIUM ? WD_MEDIUM : f.severity;
        f.tier = -1;
        f.benign = WD_S("not fully rejected: more than a year away from the time of use, the "
                        "value may belong to somebody else by now");
    }
    return emit(c, &f);
}

/* --- what an observation holds -------------------------------------------------------------- */

static wd_status check_hashes(context *c)
{
    static const wd_key keys[] = {WD_K_SHA256, WD_K_SHA1, WD_K_MD5};
    /* One finding per file: the strongest hash that is known speaks. */
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
        wd_slice hex = wd_obs_get(c->o, keys[k]);
        wd_match m = wd_knowledge_match_hash(c->kb, hex);
        if (m.n > 0) {
            return report_match(c, &m, hex);
        }
    }
    wd_slice imphash = wd_obs_get(c->o, WD_K_IMPHASH);
    wd_match m = wd_knowledge_match_exact(c->kb, WD_IND_IMPHASH, imphash);
    return report_match(c, &m, imphash);
}

/* Only the most specific entry speaks: a known host below the vendor's domain is that host. */
static wd_status check_name(context *c, wd_slice name)
{
    wd_match m[WD_KB_MATCHES];
    size_t n = wd_knowledge_match_name(c->kb, name, m, WD_KB_MATCHES);
    return n == 0 ? WD_OK : report_match(c, &m[0], name);
}

static wd_status check_ip(context *c, wd_slice ip)
{
    wd_match m[WD_KB_MATCHES];
    size_t n = wd_knowledge_match_ip(c->kb, ip, m, WD_KB_MATCHES);
    return n == 0 ? WD_OK : report_match(c, &m[0], ip);
}

static wd_status check_url(context *c, wd_slice url)
{
    wd_match m[WD_KB_MATCHES];
    size_t n = wd_knowledge_match_url(c->kb, url, m, WD_KB_MATCHES);
    for (size_t i = 0; i < n; i++) {
        WD_TRY(report_match(c, &m[i], url));
    }
    return WD_OK;
}

static wd_status check_answers(context *c)
{
    wd_slice rest = wd_obs_get(c->o, WD_K_ANSWERS);
    wd_slice one;
    while (wd_slice_split(&rest, ' ', &one)) {
        wd_ind_type type;
        if (!wd_indicator_guess(one, &type)) {
            continue;
        }
        if (type == WD_IND_IP) {
            WD_TRY(check_ip(c, one));
        } else if (type == WD_IND_DOMAIN) {
            WD_TRY(check_name(c, one));
        }
    }
    return WD_OK;
}

static wd_status check_exact(context *c, wd_key key, wd_ind_type type)
{
    wd_slice value = wd_obs_get(c->o, key);
    if (value.len == 0) {
        return WD_OK;
    }
    wd_match m = wd_knowledge_match_exact(c->kb, type, value);
    return report_match(c, &m, value);
}

static wd_status check_network(context *c)
{
    wd_slice name = wd_obs_get(c->o, WD_K_NAME);
    wd_slice url = wd_obs_get(c->o, WD_K_URL);
    WD_TRY(check_name(c, name.len > 0 ? name : wd_url_host(url)));
    if (url.len > 0) {
        WD_TRY(check_url(c, url));
    }
    if (c->o->kind == WD_OBS_LOOKUP) {
        return check_answers(c);
    }
    WD_TRY(check_ip(c, wd_obs_get(c->o, WD_K_DST)));
    WD_TRY(check_ip(c, wd_obs_get(c->o, WD_K_SRC)));
    WD_TRY(check_exact(c, WD_K_JA3, WD_IND_JA3));
    WD_TRY(check_exact(c, WD_K_JA4, WD_IND_JA4));
    /* A contact sums up requests that are told one by one. */
    return c->o->kind == WD_OBS_REQUEST ? check_exact(c, WD_K_USER_AGENT, WD_IND_USER_AGENT)
                                        : WD_OK;
}

static wd_status check_values(context *c)
{
    switch (c->o->kind) {
    case WD_OBS_LOOKUP:
    case WD_OBS_CONTACT:
    case WD_OBS_REQUEST: return check_network(c);
    case WD_OBS_FILE:
    case WD_OBS_PROCESS:
    case WD_OBS_IMAGE_LOAD:
    case WD_OBS_FILE_WRITE: return check_hashes(c);
    case WD_OBS_SIGNATURE: return check_exact(c, WD_K_SIGNER, WD_IND_SIGNER);
    case WD_OBS_REGISTRY: return check_exact(c, WD_K_PATH, WD_IND_REGISTRY);
    case WD_OBS_UNCOVERED:
    case WD_OBS_TRAILING:
    case WD_OBS_LOGON:
    case WD_OBS_SERVICE:
    case WD_OBS_SCRIPT:
    case WD_OBS_LOG_CLEARED:
    case WD_OBS_ASSET:
    case WD_OBS_COVERAGE:
    case WD_OBS_DAMAGE:
    case WD_OBS_LIMIT:
    case WD_OBS_RULE_PART:
    case WD_OBS_KINDS: break;
    }
    return WD_OK;
}

/* --- proofs of campaigns -------------------------------------------------------------------- */

static wd_status report_proof(context *c, const wd_campaign *cp, const wd_proof *p)
{
    wd_slice process = wd_obs_get(c->o, WD_K_PROCESS);
    wd_slice path = wd_obs_get(c->o, WD_K_PATH);
    wd_slice name = wd_obs_get(c->o, WD_K_NAME);
    wd_slice object = path.len > 0 ? path : name.len > 0 ? name : process;
    bool same = object.ptr == process.ptr;
    wd_slice told = same ? WD_EMPTY : wd_slice_sub(wd_path_base(object), 0, 80);
    wd_finding f = base_finding(c, object);
    f.rule = p->id;
    f.title = p->title;
    f.sentence = wd_arena_printf(
        c->arena, "%.*s%s%.*s: %.*s.", WD_ARG(wd_slice_sub(wd_path_base(process), 0, 80)),
        process.len > 0 && !same ? ", " : "", WD_ARG(told), WD_ARG(p->title));
    f.benign = p->benign;
    f.techniques = p->techniques;
    f.subject = object;
    f.campaign = cp->id;
    f.severity = p->severity;
    f.basis = p->basis;
    f.tier = p->tier;
    if (is_outside(c->o->time, cp->first, cp->last, cp->delay_max / 86400)) {
        f.severity = f.severity > WD_MEDIUM ? WD_MEDIUM : f.severity;
        f.tier = -1;
        f.benign = WD_S("not fully rejected: more than a year away from the time of the attack");
    }
    return emit(c, &f);
}

static wd_status check_proofs(context *c)
{
    for (size_t k = 0; k < wd_knowledge_campaigns(c->kb); k++) {
        const wd_campaign *cp = wd_knowledge_campaign(c->kb, k);
        for (size_t i = 0; i < cp->n_proofs; i++) {
            const wd_proof *p = &cp->proofs[i];
            if (p->kind == c->o->kind && !p->after_delay && wd_proof_matches(cp, p, c->o)) {
                WD_TRY(report_proof(c, cp, p));
            }
        }
    }
    return WD_OK;
}

wd_status wd_detect_indicators(const wd_engine *engine, const wd_obs *o, const wd_item *item,
                               wd_arena *arena, const wd_sink *sink, wd_err *err)
{
    (void) item;
    if (engine->knowledge == NULL || sink->finding == NULL) {
        return WD_OK;
    }
    context c = {engine->knowledge, o, arena, sink, err};
    WD_TRY(check_values(&c));
    return check_proofs(&c);
}

/* --- marker files --------------------------------------------------------------------------- */

static wd_status report_marker(context *c, const wd_campaign *cp, const wd_marker *m,
                               const wd_item *item)
{
    char when[WD_TIME_TEXT];
    wd_slice bytes = wd_slice_sub(item->data, 0, WD_MAX_EXCERPT);
    wd_finding f = base_finding(c, bytes);
    f.rule = WD_S("campaign.marker");
    f.title = WD_S("File that dates the implant");
    f.sentence = wd_arena_printf(c->arena, "%.*s names %s: %.*s.", WD_ARG(item->name),
                                 wd_time_format_seconds(c->o->time, when), WD_ARG(m->meaning));
    f.benign = WD_S("name, size and a moment that fits the campaign agree; alone it proves only "
                    "that the implant started");
    f.subject = item->name;
    f.campaign = cp->id;
    f.severity = WD_INFO;
    f.time = WD_NO_TIME; /* the moment named is not when anything happened */
    return emit(c, &f);
}

static wd_status check_marker(context *c, const wd_campaign *cp, const wd_marker *m,
                              const wd_item *item)
{
    wd_time t = WD_NO_TIME;
    if (!wd_slice_eq_nocase(item->name, m->name) || !wd_marker_time(m, item->data, &t) ||
        (m->paths.len > 0 && !wd_glob_path(m->paths, item->path)) ||
        is_outside(t, cp->first, cp->last, cp->delay_max / 86400)) {
        return WD_OK;
    }
    char *when = wd_arena_alloc(c->arena, WD_TIME_TEXT);
    if (when == NULL) {
        return wd_nomem(c->err, "indicators");
    }
    wd_obs o = wd_obs_of(WD_OBS_FILE, (wd_span){0, item->data.len, 0}, t);
    wd_obs_set(&o, WD_K_ROLE, WD_S("marker"));
    wd_obs_set(&o, WD_K_NAME, item->name);
    wd_obs_set(&o, WD_K_VALUE, wd_slice_str(wd_time_format_seconds(t, when)));
    wd_obs_set(&o, WD_K_TEXT, m->meaning);
    context mine = *c;
    mine.o = &o;
    if (c->sink->observation != NULL) {
        WD_TRY(c->sink->observation(c->sink->ctx, &o));
    }
    return c->sink->finding == NULL ? WD_OK : report_marker(&mine, cp, m, item);
}

wd_status wd_detect_item_indicators(const wd_engine *engine, const wd_item *item, wd_arena *arena,
                                    const wd_sink *sink, wd_err *err)
{
    if (engine->knowledge == NULL) {
        return WD_OK;
    }
    context c = {engine->knowledge, NULL, arena, sink, err};
    for (size_t k = 0; k < wd_knowledge_campaigns(c.kb); k++) {
        const wd_campaign *cp = wd_knowledge_campaign(c.kb, k);
        for (size_t i = 0; i < cp->n_markers; i++) {
            WD_TRY(check_marker(&c, cp, &cp->markers[i], item));
        }
    }
    return WD_OK;
}
