/* What every shipped pack must hold to: the lint of knowledge/. */
#include "kb_helpers.h"

#include <stdio.h>

/* "3cx-2023 domain value", for messages. */
static const char *text_of(const wd_indicator *i)
{
    static char text[400];
    snprintf(text, sizeof text, "%.*s %s %.*s", WD_ARG(i->origin), wd_ind_type_name(i->type),
             WD_ARG(i->value));
    return text;
}

static void every_shipped_file_loads_without_a_refusal(void **state)
{
    (void) state;
    kb_fixture f = kb_shipped();
    for (size_t i = 0; i < wd_knowledge_refused(f.kb); i++) {
        const wd_refused *r = wd_knowledge_refusal(f.kb, i);
        print_error("%.*s:%u %.*s: %.*s\n", WD_ARG(r->file), r->line, WD_ARG(r->what),
                    WD_ARG(r->why));
    }
    assert_int_equal(wd_knowledge_refused_total(f.kb), 0);
    assert_true(wd_knowledge_campaigns(f.kb) >= 4);
    kb_free(&f);
}

static void every_indicator_of_a_pack_says_role_safety_source_and_date(void **state)
{
    (void) state;
    kb_fixture f = kb_shipped();
    for (size_t k = 0; k < wd_knowledge_indicators(f.kb); k++) {
        const wd_indicator *i = wd_knowledge_indicator(f.kb, k);
        if (i->source.len == 0 || i->date == WD_NO_TIME || i->role == WD_ROLE_UNKNOWN) {
            fail_msg("%s: needs role, source and date", text_of(i));
        }
        if (wd_role_harmless(i->role) && i->safety != WD_SAFETY_NEVER) {
            fail_msg("%s: harmless values are 'never'", text_of(i));
        }
        if ((i->type == WD_IND_FILE || i->role == WD_ROLE_DEAD_DROP) &&
            i->safety == WD_SAFETY_BLOCK) {
            fail_msg("%s: a name or a place on a shared host is not for a block list", text_of(i));
        }
        if (i->campaign.len > 0 && wd_knowledge_find_campaign(f.kb, i->campaign) == NULL) {
            fail_msg("%s: no such campaign", text_of(i));
        }
    }
    kb_free(&f);
}

static void shipped_packs_do_not_contradict_each_other(void **state)
{
    (void) state;
    kb_fixture f = kb_shipped();
    for (size_t k = 1; k < wd_knowledge_indicators(f.kb); k++) {
        const wd_indicator *a = wd_knowledge_indicator(f.kb, k - 1);
        const wd_indicator *b = wd_knowledge_indicator(f.kb, k);
        bool same = a->type == b->type && wd_slice_eq(a->value, b->value);
        if (same && wd_slice_eq(a->campaign, b->campaign)) {
            fail_msg("%s: twice in one pack", text_of(b));
        }
        if (same && wd_role_harmless(a->role) != wd_role_harmless(b->role)) {
            fail_msg("%s: roles contradict each other", text_of(b));
        }
    }
    kb_free(&f);
}

static void check_versions(const wd_campaign *c, const wd_slices *list)
{
    for (size_t i = 0; i < list->n; i++) {
        wd_slice spec = list->list[i];
        size_t dots = wd_slice_find(spec, WD_S(".."));
        wd_slice from = dots == SIZE_MAX ? spec : wd_slice_sub(spec, 0, dots);
        wd_slice to = dots == SIZE_MAX ? spec : wd_slice_sub(spec, dots + 2, spec.len);
        if (!wd_version_in(spec, from) || !wd_version_in(spec, to) ||
            wd_version_cmp(from, to) > 0) {
            fail_msg("%.*s: version '%.*s' cannot be read", WD_ARG(c->id), WD_ARG(spec));
        }
    }
}

static void versions_parse_and_no_fixed_version_is_affected(void **state)
{
    (void) state;
    kb_fixture f = kb_shipped();
    for (size_t k = 0; k < wd_knowledge_campaigns(f.kb); k++) {
        const wd_campaign *c = wd_knowledge_campaign(f.kb, k);
        for (size_t i = 0; i < c->n_products; i++) {
            const wd_product *p = &c->products[i];
            check_versions(c, &p->affected);
            check_versions(c, &p->fixed);
            for (size_t n = 0; n < p->fixed.n; n++) {
                wd_product_query q = {.product = p->name,
                                      .platform = p->platform,
                                      .version = p->fixed.list[n],
                                      .campaign = c};
                assert_int_equal(wd_knowledge_version(f.kb, &q).state, WD_VERSION_FIXED);
            }
        }
    }
    kb_free(&f);
}

static bool is_question(wd_slice s)
{
    return wd_slice_eq(s, WD_S("hit")) || wd_slice_eq(s, WD_S("path")) ||
           wd_slice_eq(s, WD_S("deeds")) || wd_slice_eq(s, WD_S("who")) ||
           wd_slice_eq(s, WD_S("now"));
}

static void packs_name_parents_proofs_and_questions_that_exist(void **state)
{
    (void) state;
    kb_fixture f = kb_shipped();
    for (size_t k = 0; k < wd_knowledge_campaigns(f.kb); k++) {
        const wd_campaign *c = wd_knowledge_campaign(f.kb, k);
        if (c->parent.len > 0 && wd_knowledge_find_campaign(f.kb, c->parent) == NULL) {
            fail_msg("%.*s: no pack '%.*s'", WD_ARG(c->id), WD_ARG(c->parent));
        }
        for (size_t i = 0; i < c->n_proofs; i++) {
            assert_true(wd_slice_starts(c->proofs[i].id, c->id));
        }
        for (size_t i = 0; i < c->n_settles; i++) {
            if (!is_question(c->settles[i].question)) {
                fail_msg("%.*s: question '%.*s'", WD_ARG(c->id), WD_ARG(c->settles[i].question));
            }
        }
        for (size_t i = 1; i < c->n_actions; i++) {
            assert_true(c->actions[i].order > c->actions[i - 1].order);
        }
        bool full = wd_slice_eq(c->completeness, WD_S("full"));
        assert_true(full || c->gaps.len > 0);
    }
    kb_free(&f);
}

static wd_match match_name(const kb_fixture *f, const char *name)
{
    wd_match m[WD_KB_MATCHES];
    return kb_names(f, name, m) == 0 ? (wd_match){0} : m[0];
}

/* The facts that the re-enactment and its decoys rest on. */
static void the_decoys_of_the_reference_case_are_harmless_and_its_servers_are_not(void **state)
{
    (void) state;
    static const char *const decoys[] = {"www.3cx.com", "3cx.com", "updates.3cx.com",
                                         "raw.githubusercontent.com"};
    static const char *const servers[] = {
        "akamaicontainer.com", "x.officestoragebox.com", "msedgeupdate.net",   "msboxonline.com",
        "sbmsa.wiki",          "journalide.org",         "pbxphonenetwork.com"};
    kb_fixture f = kb_shipped();
    for (size_t i = 0; i < sizeof decoys / sizeof decoys[0]; i++) {
        wd_match m = match_name(&f, decoys[i]);
        assert_true(m.n > 0 && !m.conflict);
        assert_int_equal(m.safety, WD_SAFETY_NEVER);
        assert_true(wd_role_harmless(wd_match_best(&m)->role));
    }
    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
        wd_match m = match_name(&f, servers[i]);
        assert_true(m.n > 0);
        assert_int_equal(wd_match_best(&m)->role, WD_ROLE_C2);
        assert_int_equal(wd_match_best(&m)->tier, 4);
        assert_int_equal(m.safety, WD_SAFETY_BLOCK);
    }
    assert_int_equal(match_name(&f, "my3cx.com").n, 0);
    kb_free(&f);
}

static wd_version_state version_of(const kb_fixture *f, const char *version, const char *platform)
{
    wd_product_query q = {.product = WD_S("3CXDesktopApp"),
                          .version = wd_slice_str(version),
                          .platform = wd_slice_str(platform)};
    return wd_knowledge_version(f->kb, &q).state;
}

static void the_versions_of_the_reference_case_are_told_apart(void **state)
{
    (void) state;
    kb_fixture f = kb_shipped();
    assert_int_equal(version_of(&f, "18.12.407", ""), WD_VERSION_AFFECTED);
    assert_int_equal(version_of(&f, "18.12.416.0", "windows"), WD_VERSION_AFFECTED);
    assert_int_equal(version_of(&f, "18.11.1213", "windows"), WD_VERSION_OTHER);
    assert_int_equal(version_of(&f, "18.11.1213", "macos"), WD_VERSION_AFFECTED);
    assert_int_equal(version_of(&f, "18.12.402", "macos"), WD_VERSION_AFFECTED);
    assert_int_equal(version_of(&f, "18.12.422", "windows"), WD_VERSION_FIXED);
    assert_int_equal(version_of(&f, "18.12.425", ""), WD_VERSION_FIXED);
    assert_int_equal(version_of(&f, "18.11.1197", ""), WD_VERSION_OTHER);
    const wd_campaign *c = wd_knowledge_find_campaign(f.kb, WD_S("smooth operator"));
    assert_non_null(c);
    assert_true(c->has_delay && c->delay_min == 604800 && c->delay_max == 2404800);
    kb_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shipped_file_loads_without_a_refusal),
        cmocka_unit_test(every_indicator_of_a_pack_says_role_safety_source_and_date),
        cmocka_unit_test(shipped_packs_do_not_contradict_each_other),
        cmocka_unit_test(versions_parse_and_no_fixed_version_is_affected),
        cmocka_unit_test(packs_name_parents_proofs_and_questions_that_exist),
        cmocka_unit_test(the_decoys_of_the_reference_case_are_harmless_and_its_servers_are_not),
        cmocka_unit_test(the_versions_of_the_reference_case_are_told_apart),
    };
    return RUN(tests);
}
