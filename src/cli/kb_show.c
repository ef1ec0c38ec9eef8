#include "cli/kb_show.h"

#include "core/text.h"

static void words(wd_buf *out, wd_slice s)
{
    wd_text_terminal(out, s);
}

static void line(wd_buf *out, const char *label, wd_slice text)
{
    if (text.len > 0) {
        wd_buf_printf(out, "  %-12s", label);
        words(out, text);
        wd_buf_byte(out, '\n');
    }
}

static void age(wd_buf *out, wd_slice date, wd_time today)
{
    wd_time t = WD_NO_TIME;
    if (wd_time_parse(date, &t) && today > t) {
        wd_buf_printf(out, ", %lld days old", (long long) ((today - t) / WD_TICKS_PER_DAY));
    }
}

void wd_kb_overview(wd_buf *out, const wd_actors *actors, const wd_knowledge *kb, wd_time today)
{
    char date[WD_TIME_TEXT];
    wd_buf_printf(out,
                  "%zu actors, %zu programs, %zu techniques, %zu campaigns, %zu relations, "
                  "%zu reports, %zu labels\n",
                  actors->n_actors, actors->n_software, actors->n_techniques, actors->n_campaigns,
                  actors->n_uses, actors->n_reports, actors->n_labels);
    for (size_t i = 0; i < actors->n_files; i++) {
        const wd_actors_file *f = &actors->files[i];
        wd_buf_str(out, "  ");
        words(out, f->name);
        wd_buf_str(out, ": ");
        words(out, f->source);
        wd_buf_byte(out, ' ');
        words(out, f->version);
        wd_buf_str(out, " of ");
        words(out, f->date);
        age(out, f->date, today);
        wd_buf_printf(out, ", %zu facts\n", f->facts);
        line(out, "", f->notice);
    }
    wd_buf_printf(out, "%zu campaign packs, %zu indicators, as of %.10s\n",
                  wd_knowledge_campaigns(kb), wd_knowledge_indicators(kb),
                  wd_time_format(wd_knowledge_as_of(kb), date));
    for (size_t i = 0; i < wd_knowledge_campaigns(kb); i++) {
        const wd_campaign *c = wd_knowledge_campaign(kb, i);
        wd_buf_str(out, "  ");
        words(out, c->id);
        wd_buf_str(out, ": ");
        words(out, c->title);
        wd_buf_byte(out, '\n');
    }
}

/* --- one fact ------------------------------------------------------------------------------- */

static void sources(wd_buf *out, const wd_actors *a, const wd_use *u)
{
    for (uint32_t i = 0; i < u->n_reports && i < 3; i++) {
        const wd_fact_report *r = &a->reports[u->reports[i]];
        wd_buf_str(out, i == 0 ? "  [" : "; ");
        words(out, r->publisher);
        wd_buf_byte(out, ' ');
        words(out, r->date);
    }
    wd_buf_str(out, u->n_reports == 0 ? "" : u->n_reports > 3 ? "; ...]" : "]");
}

static bool same(wd_fact_ref a, wd_fact_ref b)
{
    return a.kind == b.kind && a.index == b.index;
}

static void relations(wd_buf *out, const wd_actors *a, wd_fact_ref fact)
{
    for (size_t i = 0; i < a->n_uses; i++) {
        const wd_use *u = &a->uses[i];
        bool uses = same(u->user, fact);
        if (!uses && !same(u->used, fact)) {
            continue;
        }
        wd_fact_ref other = uses ? u->used : u->user;
        wd_buf_str(out, uses ? "  uses        " : "  used by     ");
        words(out, wd_actors_id(a, other));
        wd_buf_byte(out, ' ');
        words(out, wd_actors_name(a, other));
        sources(out, a, u);
        wd_buf_byte(out, '\n');
    }
}

static void labels(wd_buf *out, const wd_actors *a, wd_fact_ref fact)
{
    for (size_t i = 0; i < a->n_labels; i++) {
        const wd_label *l = &a->labels[i];
        if (same(l->target, fact)) {
            wd_buf_str(out, "  label       ");
            words(out, l->name);
            wd_buf_str(out, ": ");
            words(out, l->relation);
            wd_buf_str(out, ", says ");
            words(out, l->publisher);
            wd_buf_byte(out, ' ');
            words(out, l->date);
            wd_buf_str(out, l->until.len > 0 ? ", until " : "");
            words(out, l->until);
            wd_buf_byte(out, '\n');
        }
    }
}

static void about_actor(wd_buf *out, const wd_actors *a, uint32_t index)
{
    const wd_actor *x = &a->actors[index];
    line(out, "state", wd_actors_state_name(a, x->nexus));
    line(out, "says", x->nexus_basis);
    if (x->umbrella != WD_NO_UMBRELLA) {
        line(out, "umbrella", a->umbrellas[x->umbrella].name);
        line(out, "says", x->umbrella_publisher);
    }
    for (size_t i = 0; i < a->n_campaigns; i++) {
        for (size_t k = 0; k < a->campaigns[i].n_actors; k++) {
            if (a->campaigns[i].actors[k] == index) {
                line(out, "campaign", a->campaigns[i].id);
            }
        }
    }
}

static bool show_report(wd_buf *out, const wd_actors *a, wd_slice id)
{
    size_t r = wd_actors_report(a, id);
    if (r == SIZE_MAX) {
        return false;
    }
    words(out, a->reports[r].key);
    wd_buf_byte(out, '\n');
    line(out, "publisher", a->reports[r].publisher);
    line(out, "date", a->reports[r].date);
    line(out, "cited as", a->reports[r].sources);
    return true;
}

static bool show_pack(wd_buf *out, const wd_knowledge *kb, wd_slice id)
{
    const wd_campaign *c = wd_knowledge_find_campaign(kb, id);
    if (c == NULL) {
        return false;
    }
    words(out, c->id);
    wd_buf_byte(out, ' ');
    words(out, c->title);
    wd_buf_byte(out, '\n');
    line(out, "what", c->summary);
    line(out, "complete", c->completeness);
    line(out, "gaps", c->gaps);
    for (size_t i = 0; i < c->n_claims; i++) {
        line(out, i == 0 ? "claims" : "", c->claims[i].publisher);
        line(out, "", c->claims[i].name);
    }
    return true;
}

bool wd_kb_show(wd_buf *out, const wd_actors *a, const wd_knowledge *kb, wd_slice id)
{
    wd_fact_ref fact = wd_actors_find(a, id);
    bool pack = show_pack(out, kb, id);
    if (fact.kind == WD_FACT_NONE) {
        if (wd_actors_withdrawn(a, id)) {
            words(out, id);
            wd_buf_str(out, " was withdrawn without a successor\n");
            return true;
        }
        return show_report(out, a, id) || pack;
    }
    if (!wd_slice_eq(wd_actors_id(a, fact), id)) {
        words(out, id);
        wd_buf_str(out, " is now ");
    }
    words(out, wd_actors_id(a, fact));
    wd_buf_byte(out, ' ');
    words(out, wd_actors_name(a, fact));
    wd_buf_byte(out, '\n');
    if (fact.kind == WD_FACT_SOFTWARE) {
        line(out, "kind", a->software[fact.index].kind);
        line(out, "also", a->software[fact.index].aliases);
    } else if (fact.kind == WD_FACT_ACTOR) {
        about_actor(out, a, fact.index);
    } else if (fact.kind == WD_FACT_CAMPAIGN) {
        line(out, "from", a->campaigns[fact.index].first);
        line(out, "to", a->campaigns[fact.index].last);
    }
    labels(out, a, fact);
    relations(out, a, fact);
    return true;
}

/* --- search --------------------------------------------------------------------------------- */

static bool holds(wd_slice text, wd_slice word)
{
    return word.len > 0 && wd_slice_find_nocase(text, word) != SIZE_MAX;
}

static bool listed(const wd_slices *list, wd_slice word)
{
    for (size_t i = 0; i < list->n; i++) {
        if (holds(list->list[i], word)) {
            return true;
        }
    }
    return false;
}

static size_t hit(wd_buf *out, const char *kind, wd_slice id, wd_slice name)
{
    wd_buf_printf(out, "%-10s ", kind);
    words(out, id);
    wd_buf_byte(out, ' ');
    words(out, name);
    wd_buf_byte(out, '\n');
    return 1;
}

size_t wd_kb_search(wd_buf *out, const wd_actors *a, const wd_knowledge *kb, wd_slice word)
{
    size_t n = 0;
    for (size_t i = 0; i < a->n_actors; i++) {
        bool found = holds(a->actors[i].id, word) || holds(a->actors[i].name, word);
        n += found ? hit(out, "actor", a->actors[i].id, a->actors[i].name) : 0;
    }
    for (size_t i = 0; i < a->n_labels; i++) {
        const wd_label *l = &a->labels[i];
        n += holds(l->name, word) ? hit(out, "label", wd_actors_id(a, l->target), l->name) : 0;
    }
    for (size_t i = 0; i < a->n_software; i++) {
        const wd_fact *s = &a->software[i];
        bool found = holds(s->id, word) || holds(s->name, word) || holds(s->aliases, word);
        n += found ? hit(out, "software", s->id, s->name) : 0;
    }
    for (size_t i = 0; i < a->n_techniques; i++) {
        const wd_fact *t = &a->techniques[i];
        n += holds(t->id, word) || holds(t->name, word) ? hit(out, "technique", t->id, t->name) : 0;
    }
    for (size_t i = 0; i < a->n_campaigns; i++) {
        const wd_fact_campaign *c = &a->campaigns[i];
        n += holds(c->id, word) || holds(c->name, word) ? hit(out, "campaign", c->id, c->name) : 0;
    }
    for (size_t i = 0; i < wd_knowledge_campaigns(kb); i++) {
        const wd_campaign *c = wd_knowledge_campaign(kb, i);
        bool found = holds(c->id, word) || holds(c->title, word) || listed(&c->aliases, word) ||
                     listed(&c->related, word);
        n += found ? hit(out, "pack", c->id, c->title) : 0;
    }
    for (size_t i = 0; i < wd_knowledge_indicators(kb); i++) {
        const wd_indicator *x = wd_knowledge_indicator(kb, i);
        n += holds(x->value, word) ? hit(out, wd_ind_type_name(x->type), x->campaign, x->value) : 0;
    }
    return n;
}
