#include "knowledge/techniques.h"

#include <stdio.h>

#include "testing.h"

static wd_knowledge *load(const char *text, wd_arena *arena)
{
    wd_knowledge *kb = wd_knowledge_new(arena);
    assert_non_null(kb);
    wd_err err = {0};
    assert_int_equal(wd_knowledge_add(kb, WD_S("attack.tsv"), wd_slice_str(text), &err), WD_OK);
    assert_int_equal(wd_knowledge_finish(kb, &err), WD_OK);
    return kb;
}

static void names_and_tactics_are_found_by_id(void **state)
{
    (void) state;
    wd_arena *arena = wd_arena_new(64U << 20);
    const wd_knowledge *kb = load("whodunit.attack/1\tATT&CK\t18.1\t2025-11-13\tnotice\n"
                                  "tactic\timpact\tTA0040\tImpact\n"
                                  "technique\tT1001\tData Obfuscation\timpact|discovery\n"
                                  "# a remark\n\n",
                                  arena);
    assert_slice(wd_knowledge_attack_version(kb), "18.1");
    assert_int_equal(wd_knowledge_tactics(kb), 1);
    assert_slice(wd_knowledge_tactic(kb, 0)->name, "Impact");
    assert_slice(wd_knowledge_technique(kb, WD_S("T1001"))->name, "Data Obfuscation");
    assert_null(wd_knowledge_technique(kb, WD_S("T9999")));
    assert_int_equal(wd_knowledge_refused_total(kb), 0);
    wd_arena_free(arena);
}

static void lines_that_are_neither_are_refused_by_number(void **state)
{
    (void) state;
    wd_arena *arena = wd_arena_new(64U << 20);
    const wd_knowledge *kb = load("whodunit.attack/1\tATT&CK\t18.1\t2025-11-13\tnotice\n"
                                  "tactic\tx\n"
                                  "technique\tT1\tfour\tfields\tfive\n"
                                  "technique\tT1002\tKept\timpact\n"
                                  "technique\tT1002\tAgain\timpact\n",
                                  arena);
    assert_int_equal(wd_knowledge_refused_total(kb), 2);
    assert_int_equal(wd_knowledge_refusal(kb, 0)->line, 2);
    assert_int_equal(wd_knowledge_refusal(kb, 1)->line, 3);
    assert_slice(wd_knowledge_technique(kb, WD_S("T1002"))->name, "Kept");
    wd_arena_free(arena);
}

static void nothing_loaded_means_no_names(void **state)
{
    (void) state;
    wd_arena *arena = wd_arena_new(64U << 20);
    wd_knowledge *kb = wd_knowledge_new(arena);
    assert_int_equal(wd_knowledge_finish(kb, NULL), WD_OK);
    assert_int_equal(wd_knowledge_attack_version(kb).len, 0);
    assert_null(wd_knowledge_technique(kb, WD_S("T1001")));
    wd_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_tactics_are_found_by_id),
        cmocka_unit_test(lines_that_are_neither_are_refused_by_number),
        cmocka_unit_test(nothing_loaded_means_no_names),
    };
    return RUN(tests);
}
