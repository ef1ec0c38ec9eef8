#include "case/store.h"
#include "testing.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static wd_case *temporary(void)
{
    wd_case *cs = NULL;
    wd_err err = {0};
    assert_int_equal(wd_case_open_temporary(&cs, &err), WD_OK);
    return cs;
}

static void put_item(wd_case *cs, uint64_t ordinal, uint32_t member, const char *name,
                     const char *kind, uint8_t hash)
{
    wd_err err = {0};
    wd_item_report r = {.member = member,
                        .name = wd_slice_str(name),
                        .size = 10,
                        .hashed = true,
                        .kind = wd_slice_str(kind)};
    memset(r.sha256, hash, sizeof r.sha256);
    assert_int_equal(wd_case_put_item(cs, ordinal, wd_slice_str(name), &r, &err), WD_OK);
}

static void put_finding(wd_case *cs, uint64_t ordinal, const char *rule, wd_severity severity)
{
    wd_err err = {0};
    wd_finding f = {
        .rule = wd_slice_str(rule), .severity = severity, .tier = -1, .time = WD_NO_TIME};
    assert_int_equal(wd_case_put_finding(cs, ordinal, 0, &f, &err), WD_OK);
}

typedef struct seen {
    char text[2000];
} seen;

static wd_status see_item(void *ctx, const wd_case_item *i)
{
    seen *s = ctx;
    size_t n = strlen(s->text);
    snprintf(s->text + n, sizeof s->text - n, "%llu:%.*s:%s;", (unsigned long long) i->number,
             WD_ARG(i->path), wd_item_status_name(i->status));
    return WD_OK;
}

static wd_status see_finding(void *ctx, const wd_case_finding *f)
{
    seen *s = ctx;
    size_t n = strlen(s->text);
    snprintf(s->text + n, sizeof s->text - n, "%llu:%.*s;", (unsigned long long) f->number,
             WD_ARG(f->finding.rule));
    return WD_OK;
}

static wd_status see_obs(void *ctx, const wd_case_obs *o)
{
    seen *s = ctx;
    size_t n = strlen(s->text);
    snprintf(s->text + n, sizeof s->text - n, "%llu:%.*s@%llu;", (unsigned long long) o->item,
             WD_ARG(wd_obs_get(&o->obs, WD_K_NAME)), (unsigned long long) o->obs.span.offset);
    return WD_OK;
}

static void numbers_follow_paths_and_severity_not_arrival(void **state)
{
    (void) state;
    wd_err err = {0};
    wd_case *cs = temporary();
    put_item(cs, 2, 0, "c", "pe", 3);
    put_item(cs, 0, 0, "a", "pe", 1);
    put_item(cs, 1, 0, "b", "pe", 2);
    put_finding(cs, 1, "low.rule", WD_LOW);
    put_finding(cs, 2, "high.rule", WD_HIGH);
    put_finding(cs, 0, "high.other", WD_HIGH);
    assert_int_equal(wd_case_settle(cs, &err), WD_OK);
    assert_int_equal(wd_case_number_findings(cs, &err), WD_OK);
    seen items = {""};
    assert_int_equal(wd_case_each_item(cs, see_item, &items, &err), WD_OK);
    assert_string_equal(items.text, "1:a:examined;2:b:examined;3:c:examined;");
    seen findings = {""};
    assert_int_equal(wd_case_each_finding(cs, see_finding, &findings, &err), WD_OK);
    assert_string_equal(findings.text, "1:high.other;2:high.rule;3:low.rule;");
    assert_int_equal(wd_case_close(cs, &err), WD_OK);
}

static void members_get_the_path_of_their_containers(void **state)
{
    (void) state;
    wd_err err = {0};
    wd_case *cs = temporary();
    wd_item_report outer = {.name = WD_S("a.zip"), .kind = WD_S("zip")};
    wd_item_report inner = {.member = 1, .parent = 0, .name = WD_S("b.zip"), .kind = WD_S("zip")};
    wd_item_report leaf = {.member = 2, .parent = 1, .name = WD_S("c.dll"), .kind = WD_S("pe")};
    assert_int_equal(wd_case_put_item(cs, 0, WD_S("x/a.zip"), &leaf, &err), WD_OK);
    assert_int_equal(wd_case_put_item(cs, 0, WD_S("x/a.zip"), &inner, &err), WD_OK);
    assert_int_equal(wd_case_put_item(cs, 0, WD_S("x/a.zip"), &outer, &err), WD_OK);
    assert_int_equal(wd_case_settle(cs, &err), WD_OK);
    seen items = {""};
    assert_int_equal(wd_case_each_item(cs, see_item, &items, &err), WD_OK);
    assert_string_equal(
        items.text,
        "1:x/a.zip:examined;2:x/a.zip > b.zip:examined;3:x/a.zip > b.zip > c.dll:examined;");
    (void) wd_case_close(cs, &err);
}

static void the_same_log_twice_counts_once_and_the_same_library_twice(void **state)
{
    (void) state;
    wd_err err = {0};
    wd_case *cs = temporary();
    put_item(cs, 0, 0, "log1", "evtx", 9);
    put_item(cs, 1, 0, "log2", "evtx", 9);
    put_item(cs, 2, 0, "lib1", "pe", 8);
    put_item(cs, 3, 0, "lib2", "pe", 8);
    for (uint64_t i = 0; i < 4; i++) {
        wd_obs o = wd_obs_of(WD_OBS_FILE, (wd_span){7, 0, 0}, WD_NO_TIME);
        wd_obs_set(&o, WD_K_NAME, WD_S("n"));
        assert_int_equal(wd_case_put_obs(cs, i, 0, &o, &err), WD_OK);
    }
    assert_int_equal(wd_case_settle(cs, &err), WD_OK);
    seen items = {""};
    assert_int_equal(wd_case_each_item(cs, see_item, &items, &err), WD_OK);
    assert_string_equal(items.text,
                        "1:log1:examined;2:log2:duplicate;3:lib1:examined;4:lib2:examined;");
    seen obs = {""};
    assert_int_equal(wd_case_each_obs(cs, 1U << WD_OBS_FILE, see_obs, &obs, &err), WD_OK);
    assert_string_equal(obs.text, "1:n@7;3:n@7;4:n@7;");
    (void) wd_case_close(cs, &err);
}

static void a_folder_that_is_not_empty_is_refused_and_left_alone(void **state)
{
    (void) state;
    char dir[] = "/tmp/wd-store-XXXXXX";
    char file[64];
    wd_err err = {0};
    wd_case *cs = NULL;
    assert_non_null(mkdtemp(dir));
    snprintf(file, sizeof file, "%s/mine", dir);
    fclose(fopen(file, "w"));
    assert_int_equal(wd_case_create(&cs, dir, &err), WD_E_USAGE);
    assert_non_null(strstr(err.text, "not empty"));
    assert_int_equal(unlink(file), 0);
    wd_err_clear(&err);
    assert_int_equal(wd_case_open(&cs, dir, &err), WD_E_IO);
    assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_follow_paths_and_severity_not_arrival),
        cmocka_unit_test(members_get_the_path_of_their_containers),
        cmocka_unit_test(the_same_log_twice_counts_once_and_the_same_library_twice),
        cmocka_unit_test(a_folder_that_is_not_empty_is_refused_and_left_alone),
    };
    return RUN(tests);
}
