#include "detect/lookalike.h"

#include "core/arena.h"
#include "testing.h"

static const char brands[] =
    "schema: whodunit.brands/1\nas_of: 2026-01-01\nbrands:\n"
    "  - {word: contoso, owner: Contoso, domains: [contoso.com, contoso-cdn.net]}\n"
    "  - {word: skyblue, owner: Sky, domains: [skyblue.com]}\n"
    "  - {word: edge, owner: Edge, domains: [edge.net]}\n";

static wd_lookalike_kind kind_of(const wd_knowledge *kb, const char *name)
{
    return wd_lookalike_of(kb, wd_slice_str(name)).kind;
}

static void names_that_pose_as_a_brand_are_told_from_its_own(void **state)
{
    (void) state;
    wd_arena *arena = wd_arena_new(16U << 20);
    wd_knowledge *kb = wd_knowledge_new(arena);
    assert_int_equal(wd_knowledge_add(kb, WD_S("brands.yaml"), wd_slice_str(brands), NULL), WD_OK);
    assert_int_equal(wd_knowledge_finish(kb, NULL), WD_OK);
    static const struct {
        const char *name;
        wd_lookalike_kind kind;
    } cases[] = {
        {"www.contoso.com", WD_LOOKALIKE_OWN},
        {"x.contoso-cdn.net", WD_LOOKALIKE_OWN},
        {"contoso1-storage.example", WD_LOOKALIKE_COMBINED},
        {"contosotechcloudservices.example", WD_LOOKALIKE_COMBINED},
        {"msstoragecontoso.co.uk", WD_LOOKALIKE_COMBINED},
        {"contosohagenweg.example", WD_LOOKALIKE_INSIDE},
        {"cont0so.example", WD_LOOKALIKE_HOMOGLYPH},
        {"c0ntoso-login.example", WD_LOOKALIKE_HOMOGLYPH},
        {"contozo.example", WD_LOOKALIKE_TYPO},
        {"conotso.example", WD_LOOKALIKE_TYPO},
        {"contosos.example", WD_LOOKALIKE_COMBINED},
        {"login.contoso.com.other.example", WD_LOOKALIKE_SUBDOMAIN},
        {"knowledge.example", WD_LOOKALIKE_NONE}, /* "edge" inside a word */
        {"edgecloud.example", WD_LOOKALIKE_COMBINED},
        {"contoso.other.example", WD_LOOKALIKE_NONE}, /* a label in front of somebody's own */
        {"plain.example", WD_LOOKALIKE_NONE},
        {"192.0.2.1", WD_LOOKALIKE_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (kind_of(kb, cases[i].name) != cases[i].kind) {
            print_message("%s: %d\n", cases[i].name, kind_of(kb, cases[i].name));
        }
        assert_int_equal(kind_of(kb, cases[i].name), cases[i].kind);
    }
    assert_int_equal(kind_of(NULL, "contoso1-storage.example"), WD_LOOKALIKE_NONE);
    wd_arena_free(arena);
}

static void the_registered_part_knows_countries(void **state)
{
    (void) state;
    assert_slice(wd_name_registered(WD_S("a.b.example.co.uk")), "example.co.uk");
    assert_slice(wd_name_registered(WD_S("a.b.example.com")), "example.com");
    assert_slice(wd_name_registered(WD_S("co.uk")), "co.uk");
    assert_slice(wd_name_registered(WD_S("host")), "host");
    assert_slice(wd_name_registered(WD_S("192.0.2.1")), "192.0.2.1");
}

static void one_edit_is_insert_drop_change_or_swap(void **state)
{
    (void) state;
    assert_true(wd_one_edit_apart(WD_S("abcd"), WD_S("abd")));
    assert_true(wd_one_edit_apart(WD_S("abcd"), WD_S("abxd")));
    assert_true(wd_one_edit_apart(WD_S("abcd"), WD_S("abdc")));
    assert_false(wd_one_edit_apart(WD_S("abcd"), WD_S("abcd")));
    assert_false(wd_one_edit_apart(WD_S("abcd"), WD_S("badc")));
    assert_false(wd_one_edit_apart(WD_S("abcd"), WD_S("ab")));
    assert_true(wd_one_edit_apart(WD_S(""), WD_S("a")));
}

static void names_nobody_could_speak_are_called_generated(void **state)
{
    (void) state;
    static const char *const made[] = {"xkqzvbnmtrpl", "a1b2c3d4e5f6", "qwrtpsdfghjk"};
    static const char *const real[] = {"googleusercontent",  "windowsupdate",
                                       "stackoverflow",      "short",
                                       "telecommunications", "my-long-name"};
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        assert_true(wd_name_looks_generated(wd_slice_str(made[i])));
    }
    for (size_t i = 0; i < sizeof real / sizeof real[0]; i++) {
        assert_false(wd_name_looks_generated(wd_slice_str(real[i])));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_pose_as_a_brand_are_told_from_its_own),
        cmocka_unit_test(the_registered_part_knows_countries),
        cmocka_unit_test(one_edit_is_insert_drop_change_or_swap),
        cmocka_unit_test(names_nobody_could_speak_are_called_generated),
    };
    return RUN(tests);
}
