#include "report/document.h"

#include <math.h>
#include <stdio.h>

#include "case/intake.h"
#include "core/hash.h"
#include "knowledge/techniques.h"
#include "report/attribution_json.h"

void wd_document_ref(wd_jw *w, wd_ref ref)
{
    char id[32];
    snprintf(id, sizeof id, "%c-%03llu", ref.letter, (unsigned long long) ref.number);
    wd_jw_str(w, id);
}

void wd_document_refs(wd_jw *w, const char *key, const wd_refs *refs)
{
    wd_jw_key(w, key);
    wd_jw_array(w);
    for (size_t i = 0; i < refs->n; i++) {
        wd_document_ref(w, refs->list[i]);
    }
    wd_jw_array_end(w);
}

static void one_ref(wd_jw *w, const char *key, wd_ref ref)
{
    wd_refs refs = {&ref, ref.number == 0 ? 0U : 1U, 1};
    wd_document_refs(w, key, &refs);
}

static void texts(wd_jw *w, const char *key, const wd_texts *t)
{
    wd_jw_key(w, key);
    wd_jw_array(w);
    for (size_t i = 0; i < t->n; i++) {
        wd_jw_slice(w, t->list[i]);
    }
    wd_jw_array_end(w);
}

static void words(wd_jw *w, const char *key, wd_slice blank_separated)
{
    wd_slice one;
    wd_jw_key(w, key);
    wd_jw_array(w);
    while (wd_slice_split(&blank_separated, ' ', &one)) {
        if (one.len > 0) {
            wd_jw_slice(w, one);
        }
    }
    wd_jw_array_end(w);
}

static void likelihood(wd_jw *w, const wd_likelihood *l)
{
    wd_jw_key(w, "likelihood");
    wd_jw_object(w);
    wd_jw_member_str(w, "word", l->word);
    wd_jw_key(w, "low");
    l->word == NULL ? wd_jw_null(w) : wd_jw_i64(w, l->low);
    wd_jw_key(w, "high");
    l->word == NULL ? wd_jw_null(w) : wd_jw_i64(w, l->high);
    wd_jw_object_end(w);
}

static void answer(wd_jw *w, const char *key, const wd_answer *a)
{
    wd_jw_key(w, key);
    wd_jw_object(w);
    wd_jw_member_slice(w, "sentence", a->sentence);
    likelihood(w, &a->likelihood);
    wd_jw_member_str(w, "confidence", a->confidence);
    texts(w, "limited_because", &a->limited);
    wd_document_refs(w, "evidence", &a->refs);
    texts(w, "bullets", &a->bullets);
    wd_jw_object_end(w);
}

static void sources(wd_jw *w, const wd_host *h)
{
    static const char *const kinds[] = {"events", "network"};
    wd_jw_key(w, "sources");
    wd_jw_array(w);
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < h->n_coverage; i++) {
            if (wd_slice_eq(h->coverage[i].sensor, wd_slice_str(kinds[k]))) {
                wd_jw_str(w, kinds[k]);
                break;
            }
        }
    }
    if (h->listed) {
        wd_jw_str(w, "inventory");
    }
    wd_jw_array_end(w);
}

static void proofs(wd_jw *w, const wd_host_state *h)
{
    wd_jw_key(w, "proof");
    wd_jw_array(w);
    for (size_t i = 0; i < h->n_proofs && i < 40; i++) {
        const wd_tier_proof *p = &h->proofs[i];
        wd_jw_object(w);
        wd_jw_member_u64(w, "tier", (uint64_t) p->tier);
        wd_jw_member_slice(w, "sentence", p->sentence);
        wd_jw_member_str(w, "basis", wd_basis_name(p->basis));
        wd_jw_member_time(w, "time", p->time);
        one_ref(w, "evidence", p->ref);
        wd_jw_object_end(w);
    }
    wd_jw_array_end(w);
}

static void open_questions(wd_jw *w, const wd_host_state *h)
{
    wd_jw_key(w, "cannot_tell");
    wd_jw_array(w);
    for (size_t i = 0; i < h->n_open; i++) {
        wd_jw_object(w);
        wd_jw_member_slice(w, "question", h->open[i].question);
        wd_jw_member_slice(w, "why", h->open[i].why);
        wd_jw_member_slice(w, "settle", h->open[i].settle);
        wd_jw_object_end(w);
    }
    wd_jw_array_end(w);
}

static void host(wd_jw *w, const wd_host_state *s)
{
    const wd_host *h = s->host;
    wd_jw_object(w);
    wd_jw_member_slice(w, "name", h->name);
    wd_jw_member_str(w, "word", wd_host_word_name(s->word));
    wd_jw_member_u64(w, "tier", (uint64_t) s->tier);
    wd_jw_member_str(w, "tier_basis", wd_basis_name(s->tier_basis));
    wd_jw_member_str(w, "tier_name", wd_tier_name(s->tier));
    sources(w, h);
    wd_jw_member_slice(w, "country", h->country);
    wd_jw_member_slice(w, "sector", h->sector);
    wd_jw_member_slice(w, "site", h->site);
    wd_jw_member_slice(w, "role", h->role);
    words(w, "addresses", h->addresses);
    wd_jw_member_slice(w, "product", h->product);
    wd_jw_member_slice(w, "version", h->version);
    wd_jw_member_str(w, "version_state", wd_version_state_name(s->version.state));
    wd_jw_member_time(w, "installed", h->installed);
    wd_jw_member_time(w, "contained", h->contained);
    wd_jw_member_time(w, "removed", h->removed);
    wd_jw_member_time(w, "could_act_from",
                      s->delay_cannot_have_ended ? WD_NO_TIME : s->window_first);
    wd_jw_member_time(w, "could_act_until",
                      s->delay_cannot_have_ended ? WD_NO_TIME : s->window_last);
    proofs(w, s);
    open_questions(w, s);
    wd_jw_object_end(w);
}

static void hosts(wd_jw *w, const wd_model *m)
{
    wd_jw_key(w, "hosts");
    wd_jw_array(w);
    for (size_t i = 0; i < m->roster.n; i++) {
        host(w, &m->hosts[i]);
    }
    wd_jw_array_end(w);
}

static void place(wd_jw *w, const wd_model *m, const wd_case_finding *f)
{
    const wd_case_item *item = wd_model_item(m, f->item);
    wd_jw_key(w, "evidence");
    wd_jw_array(w);
    wd_jw_object(w);
    wd_jw_key(w, "id");
    wd_document_ref(w, (wd_ref){'E', f->item});
    wd_jw_member_slice(w, "item", item == NULL ? WD_EMPTY : item->path);
    if (f->finding.span.offset != WD_NO_OFFSET) {
        wd_jw_member_u64(w, "offset", f->finding.span.offset);
    }
    if (f->finding.span.len > 0) {
        wd_jw_member_u64(w, "length", f->finding.span.len);
    }
    if (f->finding.span.record > 0) {
        wd_jw_member_u64(w, "record", f->finding.span.record);
    }
    wd_jw_member_slice(w, "sha256", item == NULL ? WD_EMPTY : item->sha256);
    wd_jw_object_end(w);
    wd_jw_array_end(w);
}

static void findings(wd_jw *w, const wd_model *m)
{
    wd_jw_key(w, "findings");
    wd_jw_array(w);
    for (size_t i = 0; i < m->n_findings; i++) {
        const wd_case_finding *c = &m->findings[i];
        const wd_finding *f = &c->finding;
        const wd_host_state *h = wd_model_host_of(m, c);
        wd_jw_object(w);
        wd_jw_key(w, "id");
        wd_document_ref(w, (wd_ref){'F', c->number});
        wd_jw_member_slice(w, "rule", f->rule);
        wd_jw_member_slice(w, "title", f->title);
        wd_jw_member_str(w, "severity", wd_severity_name(f->severity));
        wd_jw_member_str(w, "basis", wd_basis_name(f->basis));
        words(w, "techniques", f->techniques);
        wd_jw_member_slice(w, "host", h != NULL ? h->host->name : f->host);
        wd_jw_member_time(w, "time", f->time);
        wd_jw_key(w, "rule_id");
        f->rule_id.len > 0 ? wd_jw_slice(w, f->rule_id) : wd_jw_null(w);
        wd_jw_member_slice(w, "sentence", f->sentence);
        wd_jw_member_slice(w, "benign", f->benign);
        wd_jw_member_slice(w, "subject", f->subject);
        wd_jw_member_slice(w, "campaign", f->campaign);
        place(w, m, c);
        wd_jw_object_end(w);
    }
    wd_jw_array_end(w);
}

static void path(wd_jw *w, const wd_answers *a)
{
    wd_jw_key(w, "path");
    wd_jw_object(w);
    wd_jw_key(w, "steps");
    wd_jw_array(w);
    for (size_t i = 0; i < a->n_steps; i++) {
        const wd_step *s = &a->steps[i];
        wd_jw_object(w);
        wd_jw_member_u64(w, "n", i + 1);
        wd_jw_member_slice(w, "lane", s->lane);
        wd_jw_member_slice(w, "title", s->title);
        wd_jw_member_time(w, "time", s->time);
        wd_jw_member_str(w, "basis", wd_basis_name(s->basis));
        wd_jw_member_slice(w, "technique",
                           wd_slice_sub(s->technique, 0, wd_slice_find_byte(s->technique, ' ')));
        wd_document_refs(w, "evidence", &s->refs);
        wd_jw_object_end(w);
    }
    wd_jw_array_end(w);
    wd_jw_object_end(w);
}

static void coverage(wd_jw *w, const wd_model *m)
{
    wd_jw_key(w, "coverage");
    wd_jw_array(w);
    for (size_t i = 0; i < m->roster.n; i++) {
        const wd_host_state *h = &m->hosts[i];
        for (size_t c = 0; c < h->host->n_coverage; c++) {
            const wd_coverage *v = &h->host->coverage[c];
            bool network = wd_slice_eq(v->sensor, WD_S("network"));
            wd_jw_object(w);
            wd_jw_member_slice(w, "host", h->host->name);
            wd_jw_member_str(w, "question", network ? "hit" : "deeds");
            wd_jw_member_slice(w, "source", v->source);
            wd_jw_member_slice(w, "sensor", v->sensor);
            wd_jw_member_time(w, "first", v->first);
            wd_jw_member_time(w, "last", v->last);
            wd_jw_member_u64(w, "records", v->records);
            wd_jw_member_str(w, "state", wd_cover_name(network ? h->network : h->events));
            wd_jw_member_str(w, "why", "");
            one_ref(w, "evidence", (wd_ref){'E', v->item});
            wd_jw_object_end(w);
        }
        if (h->host->n_coverage == 0) {
            wd_jw_object(w);
            wd_jw_member_slice(w, "host", h->host->name);
            wd_jw_member_str(w, "question", "hit");
            wd_jw_member_str(w, "source", "none");
            wd_jw_member_str(w, "sensor", "");
            wd_jw_member_time(w, "first", WD_NO_TIME);
            wd_jw_member_time(w, "last", WD_NO_TIME);
            wd_jw_member_u64(w, "records", 0);
            wd_jw_member_str(w, "state", "absent");
            wd_jw_member_str(w, "why", "no record of any kind names this host");
            wd_jw_object_end(w);
        }
    }
    wd_jw_array_end(w);
}

static void spread_rows(wd_jw *w, const char *key, const char *name, const wd_spread_row *rows,
                        size_t n)
{
    wd_jw_key(w, key);
    wd_jw_array(w);
    for (size_t i = 0; i < n; i++) {
        wd_jw_object(w);
        wd_jw_member_slice(w, name, rows[i].name);
        wd_jw_member_u64(w, "hosts", rows[i].hosts);
        wd_jw_member_u64(w, "installed", rows[i].installed);
        wd_jw_member_u64(w, "beaconed", rows[i].beaconed);
        wd_jw_member_u64(w, "chosen", rows[i].chosen);
        wd_jw_object_end(w);
    }
    wd_jw_array_end(w);
}

static void aimed(wd_jw *w, const wd_aimed *t)
{
    char text[400];
    if (!t->tested) {
        snprintf(text, sizeof text, "not tested: %s", t->why == NULL ? "no asset list" : t->why);
    } else {
        snprintf(text, sizeof text,
                 "Fisher exact, one-sided, times %zu sectors: %zu of %zu chosen hosts against %zu "
                 "of %zu exposed hosts are %.*s",
                 t->sectors, t->k, t->n, t->K, t->N, WD_ARG(t->sector));
    }
    wd_jw_key(w, "aimed");
    wd_jw_object(w);
    wd_jw_member_str(w, "test", text);
    wd_jw_member_slice(w, "sector", t->sector);
    wd_jw_key(w, "p");
    t->tested ? wd_jw_double(w, t->p, 6) : wd_jw_null(w);
    wd_jw_key(w, "ratio");
    t->tested &&isfinite(t->ratio) ? wd_jw_double(w, t->ratio, 3) : wd_jw_null(w);
    wd_jw_key(w, "low");
    t->tested ? wd_jw_double(w, t->low, 3) : wd_jw_null(w);
    wd_jw_key(w, "high");
    t->tested &&isfinite(t->high) ? wd_jw_double(w, t->high, 3) : wd_jw_null(w);
    wd_jw_object_end(w);
}

static void spread(wd_jw *w, const wd_model *m, const wd_spread *s)
{
    char base[160];
    snprintf(base, sizeof base,
             "%zu hosts of the asset lists; %zu other hosts appear in records only", s->base,
             m->roster.n - s->base);
    wd_jw_key(w, "spread");
    wd_jw_object(w);
    wd_jw_member_str(w, "base", base);
    spread_rows(w, "by_country", "country", s->countries, s->n_countries);
    spread_rows(w, "by_sector", "sector", s->sectors, s->n_sectors);
    wd_jw_member_u64(w, "unmapped", s->unmapped);
    wd_jw_key(w, "funnel");
    wd_jw_array(w);
    for (int t = 0; t <= WD_TIER_MAX; t++) {
        wd_jw_object(w);
        wd_jw_member_u64(w, "tier", (uint64_t) t);
        wd_jw_member_str(w, "stage", t == 0 ? "listed" : wd_tier_name(t));
        wd_jw_member_u64(w, "hosts", s->funnel[t]);
        wd_jw_object_end(w);
    }
    wd_jw_array_end(w);
    aimed(w, &s->aimed);
    wd_jw_object_end(w);
}

static void actions(wd_jw *w, const wd_answers *a)
{
    wd_jw_key(w, "actions");
    wd_jw_array(w);
    for (size_t i = 0; i < a->n_actions; i++) {
        const wd_do *d = &a->actions[i];
        wd_jw_object(w);
        wd_jw_member_u64(w, "order", i + 1);
        wd_jw_member_slice(w, "text", d->text);
        wd_jw_member_slice(w, "why", d->why);
        wd_jw_member_slice(w, "when", d->when);
        wd_jw_member_slice(w, "owner", d->owner);
        wd_jw_member_slice(w, "proof", d->proof);
        wd_jw_member_slice(w, "caution", d->caution);
        texts(w, "hosts", &d->hosts);
        wd_document_refs(w, "evidence", &d->refs);
        wd_jw_object_end(w);
    }
    wd_jw_array_end(w);
}

static void evidence(wd_jw *w, const wd_model *m, const wd_document_options *o)
{
    wd_jw_key(w, "evidence");
    wd_jw_array(w);
    for (size_t i = 0; i < m->n_items; i++) {
        const wd_case_item *it = &m->items[i];
        wd_jw_object(w);
        wd_jw_key(w, "id");
        wd_document_ref(w, (wd_ref){'E', it->number});
        wd_jw_member_slice(w, "path", it->path);
        wd_jw_key(w, "member_of");
        /* Items are numbered depth first, so the container of member k is k - parent places before
         * it. */
        it->member == 0 ? wd_jw_null(w)
                        : wd_document_ref(w, (wd_ref){'E', it->number - (it->member - it->parent)});
        wd_jw_member_slice(w, "kind", it->kind);
        wd_jw_member_u64(w, "size", it->size);
        wd_jw_member_slice(w, "sha256", it->sha256);
        wd_jw_member_str(w, "status", wd_item_status_name(it->status));
        wd_jw_member_slice(w, "why", it->why);
        wd_jw_object_end(w);
    }
    wd_jw_array_end(w);
    wd_jw_key(w, "not_read");
    wd_jw_array(w);
    for (size_t i = 0; i < o->n_not_read; i++) {
        wd_jw_object(w);
        wd_jw_member_slice(w, "path", o->not_read[i].path);
        wd_jw_member_slice(w, "why", o->not_read[i].why);
        wd_jw_object_end(w);
    }
    wd_jw_array_end(w);
}

static void knowledge(wd_jw *w, const wd_model *m)
{
    char as_of[WD_TIME_TEXT];
    wd_time_format_seconds(wd_knowledge_as_of(m->knowledge), as_of);
    wd_jw_key(w, "knowledge");
    wd_jw_object(w);
    wd_jw_member_slice(w, "version", wd_slice_sub(wd_slice_str(as_of), 0, 10));
    if (wd_knowledge_attack_version(m->knowledge).len > 0) {
        wd_jw_member_slice(w, "attack", wd_knowledge_attack_version(m->knowledge));
    }
    wd_jw_key(w, "packs");
    wd_jw_array(w);
    for (size_t i = 0; i < wd_knowledge_campaigns(m->knowledge); i++) {
        const wd_campaign *c = wd_knowledge_campaign(m->knowledge, i);
        char date[WD_TIME_TEXT];
        wd_time_format_seconds(c->as_of, date);
        wd_jw_object(w);
        wd_jw_member_slice(w, "id", c->id);
        wd_jw_member_slice(w, "title", c->title);
        wd_jw_member_slice(w, "date", wd_slice_sub(wd_slice_str(date), 0, 10));
        wd_jw_object_end(w);
    }
    wd_jw_array_end(w);
    wd_jw_key(w, "files");
    wd_jw_array(w);
    for (size_t i = 0; i < wd_knowledge_files(m->knowledge); i++) {
        const wd_kb_file *f = wd_knowledge_file(m->knowledge, i);
        wd_jw_object(w);
        wd_jw_member_slice(w, "name", wd_path_base(f->name));
        wd_jw_member_slice(w, "sha256", f->sha256);
        wd_jw_member_u64(w, "refused", f->refused);
        wd_jw_object_end(w);
    }
    wd_jw_array_end(w);
    wd_jw_object_end(w);
}

static void sandbox(wd_jw *w, const wd_sandbox_state *s)
{
    wd_buf line = {0};
    wd_sandbox_describe(s, &line);
    wd_jw_key(w, "sandbox");
    wd_jw_object(w);
    wd_jw_member_bool(w, "landlock", s->landlock);
    wd_jw_member_bool(w, "seccomp", s->seccomp);
    wd_jw_member_bool(w, "rlimits", s->rlimits);
    wd_jw_member_bool(w, "complete", wd_sandbox_complete(s));
    wd_jw_member_slice(w, "sentence", wd_buf_slice(&line));
    wd_jw_object_end(w);
    wd_buf_free(&line);
}

/* One hash over the hashes of all items: what a second run must start from to give the same report.
 */
static void reproduce(wd_jw *w, const wd_model *m, const wd_document_options *o)
{
    uint8_t digest[WD_SHA256_LEN] = {0};
    char hex[WD_HEX_MAX];
    wd_hasher *h = wd_hasher_new(WD_SHA256);
    for (size_t i = 0; h != NULL && i < m->n_items; i++) {
        (void) wd_hasher_add(h, m->items[i].sha256);
        (void) wd_hasher_add(h, WD_S("\n"));
    }
    if (h != NULL) {
        (void) wd_hasher_end(h, digest);
    }
    wd_hasher_free(h);
    wd_slice line = wd_arena_printf(
        m->arena,
        "whodunit %s investigate%s%.*s EVIDENCE (evidence sha256 %.16s..., knowledge of %.10s)",
        o->tool_version, o->options.len > 0 ? " " : "", WD_ARG(o->options),
        wd_hex(digest, sizeof digest, hex),
        wd_time_format_seconds(wd_knowledge_as_of(m->knowledge), (char[WD_TIME_TEXT]){0}));
    wd_jw_member_slice(w, "reproduce", line);
}

static void summary(wd_jw *w, const wd_model *m, const wd_document_options *o)
{
    uint64_t bytes = 0;
    size_t files = 0;
    for (size_t i = 0; i < m->n_items; i++) {
        if (m->items[i].member == 0) {
            bytes += m->items[i].size;
            files++;
        }
    }
    wd_jw_key(w, "summary");
    wd_jw_object(w);
    wd_jw_member_u64(w, "hosts", m->roster.n);
    wd_jw_member_u64(w, "compromised", m->with_word[WD_HOST_COMPROMISED]);
    wd_jw_member_u64(w, "infected", m->with_word[WD_HOST_INFECTED]);
    wd_jw_member_u64(w, "exposed", m->with_word[WD_HOST_EXPOSED]);
    wd_jw_member_u64(w, "nothing_found", m->with_word[WD_HOST_NOTHING_FOUND]);
    wd_jw_member_u64(w, "not_examined", m->with_word[WD_HOST_NOT_EXAMINED]);
    wd_jw_member_u64(w, "files", files);
    wd_jw_member_u64(w, "items", m->n_items);
    wd_jw_member_u64(w, "bytes", bytes);
    wd_jw_member_u64(w, "not_read", o->n_not_read);
    wd_jw_member_u64(w, "addresses_left_out", m->roster.addresses_left_out);
    wd_jw_object_end(w);
}

static void claims(wd_jw *w, const wd_model *m)
{
    wd_jw_key(w, "claims");
    wd_jw_array(w);
    for (size_t i = 0; m->campaign != NULL && i < m->campaign->n_claims; i++) {
        const wd_claim *c = &m->campaign->claims[i];
        wd_jw_object(w);
        wd_jw_member_slice(w, "who", c->publisher);
        wd_jw_member_slice(w, "says",
                           wd_arena_printf(m->arena, "%.*s%s%.*s", WD_ARG(c->name),
                                           c->name.len > 0 && c->wording.len > 0 ? ": " : "",
                                           WD_ARG(c->wording)));
        wd_jw_member_time(w, "date", c->date);
        wd_jw_object_end(w);
    }
    wd_jw_array_end(w);
}

static void attribution(wd_jw *w, const wd_model *m, const wd_answers *a)
{
    static const char *const empty[] = {"levels", "evidence", "against", "would_change"};
    wd_jw_key(w, "attribution");
    wd_jw_object(w);
    for (size_t i = 0; a->judgement == NULL && i < sizeof empty / sizeof empty[0]; i++) {
        wd_jw_key(w, empty[i]);
        wd_jw_array(w);
        wd_jw_array_end(w);
    }
    if (a->judgement != NULL) {
        wd_attribution_json(w, a->judgement);
    }
    claims(w, m);
    wd_jw_object_end(w);
}

wd_status wd_report_document(const wd_model *m, const wd_answers *a, const wd_document_options *o,
                             wd_buf *out, wd_err *err)
{
    wd_jw writer = wd_jw_init(out, 1);
    wd_jw *w = &writer;
    wd_jw_object(w);
    wd_jw_member_str(w, "schema", "whodunit.report/1");
    wd_jw_key(w, "tool");
    wd_jw_object(w);
    wd_jw_member_str(w, "name", "whodunit");
    wd_jw_member_str(w, "version", o->tool_version);
    wd_jw_object_end(w);
    knowledge(w, m);
    wd_jw_member_slice(w, "case_name", o->case_name);
    wd_jw_member_str(w, "tlp", o->tlp);
    wd_jw_member_str(w, "verdict", a->verdict);
    wd_jw_member_slice(w, "verdict_sentence", a->headline);
    wd_jw_member_slice(w, "headline", m->campaign != NULL ? m->campaign->title : (wd_slice){0});
    /* How it came to the vendor is published, not shown by this evidence: apart from the answers.
     */
    wd_jw_member_slice(w, "published_story",
                       m->campaign != NULL ? m->campaign->story : (wd_slice){0});
    reproduce(w, m, o);
    sandbox(w, o->sandbox);
    summary(w, m, o);
    wd_jw_key(w, "answers");
    wd_jw_object(w);
    answer(w, "hit", &a->hit);
    answer(w, "path", &a->path);
    answer(w, "deeds", &a->deeds);
    answer(w, "who", &a->who);
    answer(w, "now", &a->now);
    wd_jw_object_end(w);
    hosts(w, m);
    findings(w, m);
    WD_TRY(wd_document_techniques(w, m, err));
    WD_TRY(wd_document_indicators(w, m, err));
    WD_TRY(wd_document_contacts(w, m, err));
    WD_TRY(wd_document_timeline(w, m, err));
    path(w, a);
    coverage(w, m);
    attribution(w, m, a);
    spread(w, m, &a->spread);
    actions(w, a);
    evidence(w, m, o);
    wd_jw_object_end(w);
    wd_buf_byte(out, '\n');
    return out->failed ? wd_nomem(err, "report") : WD_OK;
}
