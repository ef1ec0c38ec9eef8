#include "testing.h"

#include <stdio.h>
#include <time.h>

#include "knowledge/actors.h"
#include "knowledge/attack.h"

#define HEAD "whodunit.actors/1\ttest\t1\t2026-01-01\tnotice\n"
#define SMALL                                                                                      \
    HEAD                                                                                           \
        "technique\tT0001\tOne\ntechnique\tT0002\tTwo\nsoftware\tS0001\tmalware\tRust\tOxide|Fe\n" \
        "actor\tG0001\tFirst\nactor\tG0002\tSecond\ncampaign\tC0001\tOld\t2020\t2021\tG0001|"      \
        "G0002\n"                                                                                  \
        "moved\tT0009\tT0002\nmoved\tT0008\t\nreport\tR1\t2020-05\texample.org\tA 2020|A again\n"  \
        "uses\tu-1\tG0001\tT0001\tR1\nuses\tu-2\tC0001\tS0001\t\nnexus\tG0001\tKP\tMITRE\n"        \
        "umbrella\tU-1\tBoth\tKP\nmember\tG0001\tU-"                                               \
        "1\tX\t2020\nlabel\tFST\tG0001\tequal\tX\t2020\n"                                          \
        "publisher\texample.org\tExample\nstate\tKP\tNorth Korea\n"

static wd_status add(wd_actors **a, wd_arena *arena, wd_slice text, wd_err *err)
{
    *a = wd_actors_new(arena);
    assert_non_null(*a);
    return wd_actors_add(*a, WD_S("small.facts"), text, err);
}

static void facts_are_found_by_id_and_renumbered_ids_are_followed(void **state)
{
    (void) state;
    wd_arena *arena = wd_arena_new(1U << 22);
    wd_actors *a = NULL;
    wd_err err = {0};
    assert_int_equal(add(&a, arena, WD_S(SMALL), &err), WD_OK);
    assert_int_equal(wd_actors_find(a, WD_S("G0002")).kind, WD_FACT_ACTOR);
    assert_int_equal(wd_actors_find(a, WD_S("T0009")).index,
                     wd_actors_find(a, WD_S("T0002")).index);
    assert_true(wd_actors_withdrawn(a, WD_S("T0008")));
    assert_int_equal(wd_actors_find(a, WD_S("T0008")).kind, WD_FACT_NONE);
    assert_int_equal(wd_actors_find(a, WD_S("T7777")).kind, WD_FACT_NONE);
    assert_int_equal(wd_actors_software_named(a, WD_S("oxide")).kind, WD_FACT_SOFTWARE);
    assert_int_equal(wd_actors_report(a, WD_S("A again")), 0);
    assert_int_equal(a->campaigns[0].n_actors, 2);
    assert_slice(wd_actors_state_name(a, WD_S("KP")), "North Korea");
    assert_slice(wd_actors_state_name(a, WD_S("XX")), "XX");
    wd_arena_free(arena);
}

static void cyclic_renumbering_ends(void **state)
{
    (void) state;
    wd_arena *arena = wd_arena_new(1U << 22);
    wd_actors *a = NULL;
    wd_err err = {0};
    assert_int_equal(add(&a, arena, WD_S(HEAD "moved\tT1\tT2\nmoved\tT2\tT1\n"), &err), WD_OK);
    assert_int_equal(wd_actors_find(a, WD_S("T1")).kind, WD_FACT_NONE);
    wd_arena_free(arena);
}

static void a_bad_line_is_refused_with_its_number(void **state)
{
    (void) state;
    static const struct {
        const char *text, *line;
    } cases[] = {{"", "empty"},
                 {"technique\tT1\tOne\n", "line 1"},
                 {HEAD "nonsense\tx\n", "line 2"},
                 {HEAD "actor\tG1\tA\nsoftware\tG1\ttool\tB\n", "line 3"},
                 {HEAD "actor\tG1\tA\nuses\tu\tG1\tT1\t\n", "line 3"},
                 {HEAD "technique\tT1\tA\nactor\tG1\tA\nuses\tu\tG1\tT1\tR9\n", "line 4"},
                 {HEAD "campaign\tC1\tA\t\t\tG9\n", "line 2"},
                 {HEAD "member\tG1\tU-9\n", "line 2"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        wd_arena *arena = wd_arena_new(1U << 22);
        wd_actors *a = NULL;
        wd_err err = {0};
        assert_int_equal(add(&a, arena, wd_slice_str(cases[i].text), &err), WD_E_MALFORMED);
        assert_non_null(strstr(err.text, cases[i].line));
        wd_arena_free(arena);
    }
}

static void every_truncation_loads_or_is_refused(void **state)
{
    (void) state;
    wd_slice whole = WD_S(SMALL);
    for (size_t n = 0; n < whole.len; n++) {
        wd_arena *arena = wd_arena_new(1U << 22);
        wd_actors *a = NULL;
        wd_err err = {0};
        wd_status s = add(&a, arena, wd_arena_copy(arena, wd_slice_sub(whole, 0, n)), &err);
        assert_true(s == WD_OK || s == WD_E_MALFORMED);
        wd_arena_free(arena);
    }
}

static void the_shipped_facts_are_whole_and_load_fast(void **state)
{
    (void) state;
    char dir[4096];
    const char *root = getenv("WD_SOURCE_ROOT");
    (void) snprintf(dir, sizeof dir, "%s/knowledge/actors", root == NULL ? "." : root);
    wd_arena *arena = wd_arena_new(1U << 28);
    wd_actors *a = NULL;
    wd_err err = {0};
    struct timespec from, to;
    (void) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    assert_int_equal(wd_actors_load(&a, dir, arena, &err), WD_OK);
    (void) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    double ms =
        (double) (to.tv_sec - from.tv_sec) * 1e3 + (double) (to.tv_nsec - from.tv_nsec) / 1e6;
    print_message("# loaded in %.1f ms of processor time\n", ms);
    assert_int_equal(a->n_actors, 172);
    assert_int_equal(a->n_software, 784);
    assert_int_equal(a->n_techniques, 691);
    assert_int_equal(a->n_uses, 17270);
    size_t states = 0;
    for (size_t i = 0; i < a->n_actors; i++) {
        states += a->actors[i].nexus.len > 0;
    }
    assert_true(states > 140);
    for (size_t i = 0; i < a->n_labels; i++) {
        assert_true(a->labels[i].publisher.len > 0 && a->labels[i].relation.len > 0);
    }
    wd_arena_free(arena);
}

/* --- the compiler of ATT&CK bundles --------------------------------------------------------- */

#define REF(id) \
    "\"external_references\":[{\"source_name\":\"mitre-attack\",\"external_id\":\"" id "\"}]"
#define CITE                                                                                     \
    "\"external_references\":[{\"source_name\":\"B 2021\",\"description\":\"B. (2021, May 26). " \
    "T.\","                                                                                      \
    "\"url\":\"https://www.Example.org:443/a/?utm_source=x#y\"}]"
#define BUNDLE                                                                                     \
    "{\"type\":\"bundle\",\"objects\":["                                                           \
    "{\"type\":\"attack-pattern\",\"id\":\"a--1\",\"name\":\"New\"," REF(                          \
        "T1685") "},"                                                                              \
                 "{\"type\":\"attack-pattern\",\"id\":\"a--2\",\"name\":\"Old\",\"revoked\":"      \
                 "true," REF(                                                                      \
                     "T1562") "},"                                                                 \
                              "{\"type\":\"attack-pattern\",\"id\":\"a--3\",\"x_mitre_"            \
                              "deprecated\":true," REF(                                            \
                                  "T1001") "},"                                                    \
                                           "{\"type\":\"attack-pattern\",\"id\":\"a--4\","         \
                                           "\"revoked\":true," REF(                                \
                                               "T1004") "},"                                       \
                                                        "{\"type\":\"attack-pattern\",\"id\":\"a-" \
                                                        "-5\",\"revoked\":true," REF(              \
                                                            "T1005") "},"                          \
                                                                     "{\"type\":\"intrusion-"      \
                                                                     "set\",\"id\":\"i--1\","      \
                                                                     "\"name\":"                   \
                                                                     "\"Tab\\there\"," REF(        \
                                                                         "G0001") "},"             \
                                                                                  "{\"type\":"     \
                                                                                  "\"relationship" \
                                                                                  "\",\"id\":"     \
                                                                                  "\"relationship" \
                                                                                  "--r1\","        \
                                                                                  "\"relationship" \
                                                                                  "_type\":"       \
                                                                                  "\"revoked-"     \
                                                                                  "by\","          \
                                                                                  "\"source_"      \
                                                                                  "ref\":\"a--"    \
                                                                                  "2\",\"target_"  \
                                                                                  "ref\":\"a--"    \
                                                                                  "1\"},"          \
                                                                                  "{\"type\":"     \
                                                                                  "\"relationship" \
                                                                                  "\",\"id\":"     \
                                                                                  "\"relationship" \
                                                                                  "--r2\","        \
                                                                                  "\"relationship" \
                                                                                  "_type\":"       \
                                                                                  "\"revoked-"     \
                                                                                  "by\","          \
                                                                                  "\"source_"      \
                                                                                  "ref\":\"a--"    \
                                                                                  "4\",\"target_"  \
                                                                                  "ref\":\"a--"    \
                                                                                  "5\"},"          \
                                                                                  "{\"type\":"     \
                                                                                  "\"relationship" \
                                                                                  "\",\"id\":"     \
                                                                                  "\"relationship" \
                                                                                  "--r3\","        \
                                                                                  "\"relationship" \
                                                                                  "_type\":"       \
                                                                                  "\"revoked-"     \
                                                                                  "by\","          \
                                                                                  "\"source_"      \
                                                                                  "ref\":\"a--"    \
                                                                                  "5\",\"target_"  \
                                                                                  "ref\":\"a--"    \
                                                                                  "4\"},"          \
                                                                                  "{\"type\":"     \
                                                                                  "\"relationship" \
                                                                                  "\",\"id\":"     \
                                                                                  "\"relationship" \
                                                                                  "--u1\","        \
                                                                                  "\"relationship" \
                                                                                  "_type\":"       \
                                                                                  "\"uses\","      \
                                                                                  "\"source_"      \
                                                                                  "ref\":\"i--"    \
                                                                                  "1\",\"target_"  \
                                                                                  "ref\":\"a--"    \
                                                                                  "2\"," CITE "}," \
                                                                                  "{\"type\":"     \
                                                                                  "\"relationship" \
                                                                                  "\",\"id\":"     \
                                                                                  "\"relationship" \
                                                                                  "--u2\","        \
                                                                                  "\"relationship" \
                                                                                  "_type\":"       \
                                                                                  "\"uses\","      \
                                                                                  "\"source_"      \
                                                                                  "ref\":\"i--"    \
                                                                                  "1\",\"target_"  \
                                                                                  "ref\":\"a--"    \
                                                                                  "4\"}]}"

static void a_bundle_becomes_facts_with_revoked_ids_followed(void **state)
{
    (void) state;
    wd_buf out = {0};
    wd_compiled n;
    wd_err err = {0};
    assert_int_equal(wd_attack_compile(WD_S(BUNDLE), WD_S("19"), &out, &n, &err), WD_OK);
    assert_int_equal(n.techniques, 1);
    assert_int_equal(n.uses, 1);
    assert_int_equal(n.left_out, 1);
    wd_slice text = wd_buf_slice(&out);
    assert_true(wd_slice_find(text, WD_S("uses\tu1\tG0001\tT1685\tR")) != SIZE_MAX);
    assert_true(wd_slice_find(text, WD_S("moved\tT1562\tT1685\n")) != SIZE_MAX);
    assert_true(wd_slice_find(text, WD_S("moved\tT1004\t\n")) != SIZE_MAX);
    assert_true(wd_slice_find(text, WD_S("\t2021-05-26\texample.org\tB 2021\n")) != SIZE_MAX);
    assert_true(wd_slice_find(text, WD_S("actor\tG0001\tTab here\n")) != SIZE_MAX);
    wd_arena *arena = wd_arena_new(1U << 22);
    wd_actors *a = NULL;
    assert_int_equal(add(&a, arena, text, &err), WD_OK);
    wd_arena_free(arena);
    wd_buf_free(&out);
}

static void every_truncation_of_a_bundle_leaves_nothing_behind(void **state)
{
    (void) state;
    wd_slice whole = WD_S(BUNDLE);
    for (size_t n = 0; n < whole.len; n++) {
        wd_buf out = {0};
        wd_compiled stats;
        wd_err err = {0};
        uint8_t *exact = malloc(n + 1);
        assert_non_null(exact);
        memcpy(exact, whole.ptr, n);
        assert_int_not_equal(wd_attack_compile(wd_slice_of(exact, n), WD_S(""), &out, &stats, &err),
                             WD_OK);
        assert_int_equal(out.len, 0);
        assert_true(err.text[0] != 0);
        free(exact);
        wd_buf_free(&out);
    }
}

static void one_report_has_one_key_however_it_is_addressed(void **state)
{
    (void) state;
    static const char *const same[] = {
        "https://www.example.org/a/b", "http://example.org:80/a/b/", "example.org/A/b?utm_x=1",
        "https://web.archive.org/web/20200101000000/https://www.example.org/a/b#top",
        "https://web.archive.org/web/2020/https:/example.org/a/b"};
    char first[12], key[12];
    assert_true(wd_report_key(wd_slice_str(same[0]), first));
    for (size_t i = 1; i < sizeof same / sizeof *same; i++) {
        assert_true(wd_report_key(wd_slice_str(same[i]), key));
        assert_string_equal(key, first);
    }
    assert_true(wd_report_key(WD_S("https://example.org/a/c"), key));
    assert_string_not_equal(key, first);
    assert_false(wd_report_key(WD_S("https://"), key));
}

static void the_first_date_of_a_citation_is_its_date(void **state)
{
    (void) state;
    char date[11];
    assert_string_equal(
        wd_citation_date(WD_S("A. (2021, May 26). T. Retrieved June 2, 2022."), date),
        "2021-05-26");
    assert_string_equal(wd_citation_date(WD_S("A (Team). (2020, December). T."), date), "2020-12");
    assert_string_equal(wd_citation_date(WD_S("A. (2019). T."), date), "2019");
    assert_string_equal(wd_citation_date(WD_S("A. (n.d.). T. Retrieved 2019."), date), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_are_found_by_id_and_renumbered_ids_are_followed),
        cmocka_unit_test(cyclic_renumbering_ends),
        cmocka_unit_test(a_bad_line_is_refused_with_its_number),
        cmocka_unit_test(every_truncation_loads_or_is_refused),
        cmocka_unit_test(the_shipped_facts_are_whole_and_load_fast),
        cmocka_unit_test(a_bundle_becomes_facts_with_revoked_ids_followed),
        cmocka_unit_test(every_truncation_of_a_bundle_leaves_nothing_behind),
        cmocka_unit_test(one_report_has_one_key_however_it_is_addressed),
        cmocka_unit_test(the_first_date_of_a_citation_is_its_date),
    };
    return RUN(tests);
}
