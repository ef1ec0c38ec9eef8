#include "testing.h"

#include <stdio.h>

#include "detect/indicators.h"
#include "knowledge/knowledge.h"

/* Everything that a test's findings need, and the last of them. */
typedef struct seen {
    size_t n;
    wd_finding last;
    size_t n_obs;
    wd_obs last_obs;
} seen;

static wd_arena *arena;
static wd_knowledge *shipped;

static wd_status keep_finding(void *ctx, const wd_finding *f)
{
    seen *s = ctx;
    s->n++;
    s->last = *f;
    return WD_OK;
}

static wd_status keep_observation(void *ctx, const wd_obs *o)
{
    seen *s = ctx;
    s->n_obs++;
    s->last_obs = *o;
    return WD_OK;
}

static seen detect_in(const wd_knowledge *kb, const wd_obs *o)
{
    seen s = {0};
    wd_engine engine = {.knowledge = kb, .since = WD_NO_TIME, .until = WD_NO_TIME};
    wd_sink sink = {&s, keep_observation, keep_finding, NULL};
    assert_int_equal(wd_detect_indicators(&engine, o, NULL, arena, &sink, NULL), WD_OK);
    return s;
}

static seen detect(const wd_obs *o)
{
    return detect_in(shipped, o);
}

static wd_obs obs(wd_obs_kind kind, const char *time)
{
    wd_time t = WD_NO_TIME;
    if (time != NULL) {
        assert_true(wd_time_parse(wd_slice_str(time), &t));
    }
    return wd_obs_of(kind, (wd_span){7, 9, 3}, t);
}

static wd_obs lookup_of(const char *name, const char *process)
{
    wd_obs o = obs(WD_OBS_LOOKUP, "2023-03-23T04:22:56Z");
    wd_obs_set(&o, WD_K_SRC, WD_S("10.1.0.20"));
    wd_obs_set(&o, WD_K_NAME, wd_slice_str(name));
    wd_obs_set(&o, WD_K_PROCESS, wd_slice_str(process));
    return o;
}

#define PHONE "C:\\Users\\x\\AppData\\Local\\Programs\\3CXDesktopApp\\app\\3CXDesktopApp.exe"

static void a_listed_server_is_critical_and_proves_a_beacon(void **state)
{
    (void) state;
    wd_obs o = lookup_of("www.MSStorageAzure.com", "");
    seen s = detect(&o);
    assert_int_equal(s.n, 1);
    assert_slice(s.last.rule, "indicator.c2");
    assert_int_equal(s.last.severity, WD_CRITICAL);
    assert_int_equal(s.last.tier, 4);
    assert_int_equal(s.last.basis, WD_SEEN);
    assert_slice(s.last.subject, "msstorageazure.com");
    assert_slice(s.last.campaign, "3cx-2023");
    assert_slice(s.last.host, "10.1.0.20");
    assert_true(s.last.benign.len > 0);
    assert_int_equal(s.last.span.record, 3);
    /* A person reads the sentence: no live name in it. */
    assert_true(wd_slice_find(s.last.sentence, WD_S("msstorageazure[.]com")) != SIZE_MAX);
}

static void the_vendors_site_decoys_and_shared_hosts_are_no_finding(void **state)
{
    (void) state;
    static const char *const names[] = {"www.3cx.com", "3cx.com",     "downloads.3cx.com",
                                        "github.com",  "od.lk",       "raw.githubusercontent.com",
                                        "my3cx.com",   "example.org", ""};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        wd_obs o = lookup_of(names[i], "C:\\Program Files\\Git\\git.exe");
        wd_obs_set(&o, WD_K_ANSWERS, WD_S("38.108.185.79 38.108.185.115"));
        assert_int_equal(detect(&o).n, 0);
    }
}

static void the_dead_drop_is_its_path_and_never_its_host(void **state)
{
    (void) state;
    wd_obs o = obs(WD_OBS_REQUEST, "2023-03-29T13:10:48Z");
    wd_obs_set(&o, WD_K_NAME, WD_S("raw.githubusercontent.com"));
    wd_obs_set(&o, WD_K_URL,
               WD_S("https://raw.githubusercontent.com/IconStorages/images/main/icon4.ico"));
    seen s = detect(&o);
    assert_int_equal(s.n, 1);
    assert_slice(s.last.rule, "indicator.dead_drop");
    assert_int_equal(s.last.severity, WD_HIGH);
    assert_int_equal(s.last.tier, 3);
    wd_obs other = obs(WD_OBS_REQUEST, "2023-03-29T13:10:48Z");
    wd_obs_set(&other, WD_K_NAME, WD_S("raw.githubusercontent.com"));
    wd_obs_set(&other, WD_K_URL,
               WD_S("https://raw.githubusercontent.com/someone/site/main/favicon.ico"));
    assert_int_equal(detect(&other).n, 0);
}

static void
a_phone_program_asking_for_the_code_host_is_another_matter_than_a_developer(void **state)
{
    (void) state;
    wd_obs o = lookup_of("raw.githubusercontent.com", PHONE);
    seen s = detect(&o);
    assert_int_equal(s.n, 1);
    assert_slice(s.last.rule, "3cx-2023.code-hosting-lookup");
    assert_int_equal(s.last.tier, 3);
    o = lookup_of("raw.githubusercontent.com", "C:\\Program Files\\Firefox\\firefox.exe");
    assert_int_equal(detect(&o).n, 0);
}

static seen hash_of(const char *sha256, const char *name)
{
    wd_obs o = obs(WD_OBS_FILE, NULL);
    wd_obs_set(&o, WD_K_NAME, wd_slice_str(name));
    wd_obs_set(&o, WD_K_SHA256, wd_slice_str(sha256));
    return detect(&o);
}

static void an_altered_file_is_critical_and_its_genuine_companion_information(void **state)
{
    (void) state;
    seen s = hash_of("7986BBAEE8940DA11CE089383521AB420C443AB7B15ED42AED91FD31CE833896", "x.tmp");
    assert_int_equal(s.n, 1);
    assert_slice(s.last.rule, "indicator.altered_file");
    assert_int_equal(s.last.severity, WD_CRITICAL);
    s = hash_of("fad482ded2e25ce9e1dd3d3ecc3227af714bdfbbde04347dbc1b21d6a3670405", "a.exe");
    assert_int_equal(s.n, 1);
    assert_slice(s.last.rule, "indicator.genuine");
    assert_int_equal(s.last.severity, WD_INFO);
    assert_true(wd_slice_find(s.last.sentence, WD_S("not compromise")) != SIZE_MAX);
}

static void a_file_name_alone_is_nothing(void **state)
{
    (void) state;
    static const char *const names[] = {"ffmpeg.dll", "d3dcompiler_47.dll", "guard64.dll",
                                        "MsMpEng.exe", "wlbsctrl.dll"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        wd_obs o = obs(WD_OBS_FILE, "2023-03-23T00:00:00Z");
        wd_obs_set(&o, WD_K_NAME, wd_slice_str(names[i]));
        wd_obs_set(&o, WD_K_PATH, wd_slice_str(names[i]));
        assert_int_equal(detect(&o).n, 0);
    }
}

static wd_obs load_of(const char *process, const char *path, const char *is_signed)
{
    wd_obs o = obs(WD_OBS_IMAGE_LOAD, "2023-03-27T03:39:06Z");
    wd_obs_set(&o, WD_K_HOST, WD_S("WS-1"));
    wd_obs_set(&o, WD_K_PROCESS, wd_slice_str(process));
    wd_obs_set(&o, WD_K_PATH, wd_slice_str(path));
    wd_obs_set(&o, WD_K_SIGNED, wd_slice_str(is_signed));
    return o;
}

static void guard64_counts_in_the_phone_program_and_unsigned_only(void **state)
{
    (void) state;
    wd_obs o = load_of(PHONE, "C:\\Users\\x\\guard64.dll", "false");
    seen s = detect(&o);
    assert_int_equal(s.n, 1);
    assert_slice(s.last.rule, "3cx-2023.backdoor-module");
    assert_int_equal(s.last.tier, 6);
    assert_slice(s.last.host, "WS-1");
    o = load_of(PHONE, "C:\\Users\\x\\guard64.dll", "true");
    assert_int_equal(detect(&o).n, 0);
    o = load_of("C:\\Program Files\\COMODO\\cis.exe", "C:\\Windows\\System32\\guard64.dll", "true");
    assert_int_equal(detect(&o).n, 0);
}

static void a_shell_below_the_phone_program_is_a_person_at_the_keyboard(void **state)
{
    (void) state;
    wd_obs o = obs(WD_OBS_PROCESS, "2023-03-27T03:53:28Z");
    wd_obs_set(&o, WD_K_PARENT, WD_S(PHONE));
    wd_obs_set(&o, WD_K_PROCESS, WD_S("C:\\Windows\\System32\\cmd.exe"));
    seen s = detect(&o);
    assert_true(s.n >= 1);
    o = obs(WD_OBS_PROCESS, "2023-03-27T03:53:28Z");
    wd_obs_set(&o, WD_K_PARENT, WD_S("C:\\Windows\\explorer.exe"));
    wd_obs_set(&o, WD_K_PROCESS, WD_S("C:\\Windows\\System32\\cmd.exe"));
    assert_int_equal(detect(&o).n, 0);
}

static void a_genuine_transaction_log_by_the_system_is_nothing(void **state)
{
    (void) state;
    wd_obs o = obs(WD_OBS_FILE_WRITE, "2023-03-25T03:12:08Z");
    wd_obs_set(&o, WD_K_PROCESS, WD_S("C:\\Windows\\System32\\svchost.exe"));
    wd_obs_set(&o, WD_K_PATH, WD_S("C:\\Windows\\System32\\config\\TxR\\{a}.TxR.0.regtrans-ms"));
    assert_int_equal(detect(&o).n, 0);
}

static void a_start_of_the_program_alone_is_left_to_those_who_know_the_installation(void **state)
{
    (void) state;
    wd_obs o = obs(WD_OBS_PROCESS, "2023-03-20T08:00:00Z");
    wd_obs_set(&o, WD_K_PROCESS, WD_S(PHONE));
    wd_obs_set(&o, WD_K_VERSION, WD_S("18.12.416"));
    assert_int_equal(detect(&o).n, 0);
    const wd_campaign *c = wd_knowledge_find_campaign(shipped, WD_S("3cx-2023"));
    size_t late = 0;
    for (size_t i = 0; i < c->n_proofs; i++) {
        late += c->proofs[i].after_delay && wd_proof_matches(c, &c->proofs[i], &o) ? 1 : 0;
    }
    assert_int_equal(late, 1);
}

static void a_contact_years_later_is_lower_and_says_why(void **state)
{
    (void) state;
    wd_obs o = obs(WD_OBS_CONTACT, "2027-01-01T00:00:00Z");
    wd_obs_set(&o, WD_K_NAME, WD_S("officeaddons.com"));
    seen s = detect(&o);
    assert_int_equal(s.n, 1);
    assert_int_equal(s.last.severity, WD_MEDIUM);
    assert_int_equal(s.last.tier, -1);
    assert_true(wd_slice_find(s.last.benign, WD_S("year")) != SIZE_MAX);
    o = obs(WD_OBS_CONTACT, "2023-09-01T00:00:00Z");
    wd_obs_set(&o, WD_K_NAME, WD_S("officeaddons.com"));
    assert_int_equal(detect(&o).last.severity, WD_CRITICAL);
    o = obs(WD_OBS_CONTACT, NULL);
    wd_obs_set(&o, WD_K_NAME, WD_S("officeaddons.com"));
    assert_int_equal(detect(&o).last.severity, WD_CRITICAL);
}

static wd_knowledge *shipped_and(const char *feed)
{
    char pack[4200];
    const char *root = getenv("WD_SOURCE_ROOT");
    snprintf(pack, sizeof pack, "%s/knowledge/campaigns/3cx-2023.yaml", root == NULL ? "." : root);
    wd_knowledge *kb = NULL;
    FILE *f = fopen(pack, "rb");
    assert_non_null(f);
    char *bytes = wd_arena_alloc(arena, 1U << 20);
    size_t n = fread(bytes, 1, 1U << 20, f);
    fclose(f);
    kb = wd_knowledge_new(arena);
    assert_int_equal(wd_knowledge_add(kb, WD_S("pack"), wd_slice_of(bytes, n), NULL), WD_OK);
    assert_int_equal(wd_knowledge_add(kb, WD_S("feed.csv"), wd_slice_str(feed), NULL), WD_OK);
    assert_int_equal(wd_knowledge_finish(kb, NULL), WD_OK);
    return kb;
}

static void
a_feed_that_accuses_the_vendor_or_a_genuine_file_is_a_conflict_and_not_a_hit(void **state)
{
    (void) state;
    wd_knowledge *kb = shipped_and(
        "type,value,role,source\n"
        "domain,3cx.com,c2,Careless\ndomain,www.3cx.com,c2,Careless\n"
        "sha256,fad482ded2e25ce9e1dd3d3ecc3227af714bdfbbde04347dbc1b21d6a3670405,,Careless\n"
        "domain,new.example,c2,Careful\n");
    wd_obs o = lookup_of("www.3cx.com", "");
    seen s = detect_in(kb, &o);
    assert_int_equal(s.n, 1);
    assert_slice(s.last.rule, "indicator.conflict");
    assert_int_equal(s.last.severity, WD_LOW);
    assert_int_equal(s.last.tier, -1);
    assert_true(wd_slice_find(s.last.sentence, WD_S("Careless")) != SIZE_MAX);
    o = obs(WD_OBS_PROCESS, NULL);
    wd_obs_set(&o, WD_K_SHA256,
               WD_S("fad482ded2e25ce9e1dd3d3ecc3227af714bdfbbde04347dbc1b21d6a3670405"));
    assert_slice(detect_in(kb, &o).last.rule, "indicator.conflict");
    o = lookup_of("a.new.example", "");
    s = detect_in(kb, &o);
    assert_int_equal(s.n, 1);
    assert_slice(s.last.rule, "indicator.c2");
}

static void a_rented_address_convicts_nobody(void **state)
{
    (void) state;
    wd_obs o = obs(WD_OBS_CONTACT, "2023-03-20T00:00:00Z");
    wd_obs_set(&o, WD_K_DST, WD_S("172.93.201.88"));
    seen s = detect(&o);
    assert_int_equal(s.n, 1);
    assert_int_equal(s.last.severity, WD_MEDIUM);
    assert_int_equal(s.last.tier, -1);
}

static wd_status marker(const uint8_t *bytes, size_t n, const char *name, seen *s)
{
    uint8_t digest[32] = {0};
    wd_engine engine = {.knowledge = shipped, .since = WD_NO_TIME, .until = WD_NO_TIME};
    wd_sink sink = {s, keep_observation, keep_finding, NULL};
    wd_item item = {.path = wd_slice_str(name),
                    .name = wd_path_base(wd_slice_str(name)),
                    .data = wd_slice_of(bytes, n),
                    .sha256 = digest};
    *s = (seen){0};
    return wd_detect_item_indicators(&engine, &item, arena, &sink, NULL);
}

static void a_timer_file_gives_its_moment_and_other_files_of_the_name_do_not(void **state)
{
    (void) state;
    static const uint8_t april[8] = {0x8c, 0x20, 0x37, 0x64, 0, 0, 0, 0}; /* 2023-04-12T21:20:12Z */
    static const uint8_t json[8] = {'{', '"', 'n', 'a', 'm', 'e', '"', ':'};
    seen s;
    assert_int_equal(marker(april, 8, "hosts/WS-1/manifest", &s), WD_OK);
    assert_int_equal(s.n_obs, 1);
    assert_int_equal(s.n, 1);
    assert_int_equal(s.last.severity, WD_INFO);
    assert_slice(wd_obs_get(&s.last_obs, WD_K_ROLE), "marker");
    assert_slice(wd_obs_get(&s.last_obs, WD_K_VALUE), "2023-04-12T21:20:12Z");
    assert_int_equal(marker(json, 8, "extension/manifest", &s), WD_OK);
    assert_int_equal(s.n_obs, 0);
    assert_int_equal(marker(april, 8, "hosts/WS-1/manifest.json", &s), WD_OK);
    assert_int_equal(s.n_obs, 0);
    for (size_t n = 0; n < 8; n++) {
        assert_int_equal(marker(april, n, "manifest", &s), WD_OK);
        assert_int_equal(s.n_obs, 0);
    }
}

static void the_fixed_user_agent_is_told_once_and_convicts_nobody(void **state)
{
    (void) state;
    wd_slice agent = WD_S("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, "
                          "like Gecko) 3CXDesktopApp/18.11.1197 Chrome/102.0.5005.167 "
                          "Electron/19.1.9 Safari/537.36");
    wd_obs o = obs(WD_OBS_REQUEST, "2023-03-20T00:00:00Z");
    wd_obs_set(&o, WD_K_USER_AGENT, agent);
    seen s = detect(&o);
    assert_int_equal(s.n, 1);
    assert_slice(s.last.title, "User agent of loader");
    assert_int_equal(s.last.severity, WD_MEDIUM);
    assert_int_equal(s.last.tier, -1);
    o.kind = WD_OBS_CONTACT;
    assert_int_equal(detect(&o).n, 0);
}

static void without_knowledge_there_is_nothing_to_say(void **state)
{
    (void) state;
    wd_obs o = lookup_of("officeaddons.com", "");
    assert_int_equal(detect_in(NULL, &o).n, 0);
}

static void every_sentence_is_short(void **state)
{
    (void) state;
    for (size_t i = 0; i < wd_knowledge_indicators(shipped); i++) {
        const wd_indicator *ind = wd_knowledge_indicator(shipped, i);
        bool hash = ind->type == WD_IND_SHA256;
        wd_obs o = obs(hash ? WD_OBS_FILE : WD_OBS_LOOKUP, "2023-03-20T00:00:00Z");
        wd_obs_set(&o, hash ? WD_K_SHA256 : WD_K_NAME, ind->value);
        seen s = detect(&o);
        size_t words = s.n == 0 ? 0 : 1;
        for (size_t k = 0; s.n > 0 && k < s.last.sentence.len; k++) {
            words += s.last.sentence.ptr[k] == ' ' ? 1 : 0;
        }
        assert_true(words <= 25);
    }
}

int main(void)
{
    char dir[4200];
    const char *root = getenv("WD_SOURCE_ROOT");
    snprintf(dir, sizeof dir, "%s/knowledge", root == NULL ? "." : root);
    wd_knowledge_config config = {.dir = dir};
    arena = wd_arena_new(256U << 20);
    if (wd_knowledge_load(&shipped, &config, arena, NULL) != WD_OK) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listed_server_is_critical_and_proves_a_beacon),
        cmocka_unit_test(the_vendors_site_decoys_and_shared_hosts_are_no_finding),
        cmocka_unit_test(the_dead_drop_is_its_path_and_never_its_host),
        cmocka_unit_test(
            a_phone_program_asking_for_the_code_host_is_another_matter_than_a_developer),
        cmocka_unit_test(an_altered_file_is_critical_and_its_genuine_companion_information),
        cmocka_unit_test(a_file_name_alone_is_nothing),
        cmocka_unit_test(guard64_counts_in_the_phone_program_and_unsigned_only),
        cmocka_unit_test(a_shell_below_the_phone_program_is_a_person_at_the_keyboard),
        cmocka_unit_test(a_genuine_transaction_log_by_the_system_is_nothing),
        cmocka_unit_test(a_start_of_the_program_alone_is_left_to_those_who_know_the_installation),
        cmocka_unit_test(a_contact_years_later_is_lower_and_says_why),
        cmocka_unit_test(
            a_feed_that_accuses_the_vendor_or_a_genuine_file_is_a_conflict_and_not_a_hit),
        cmocka_unit_test(a_rented_address_convicts_nobody),
        cmocka_unit_test(a_timer_file_gives_its_moment_and_other_files_of_the_name_do_not),
        cmocka_unit_test(the_fixed_user_agent_is_told_once_and_convicts_nobody),
        cmocka_unit_test(without_knowledge_there_is_nothing_to_say),
        cmocka_unit_test(every_sentence_is_short),
    };
    int failed = RUN(tests);
    wd_arena_free(arena);
    return failed;
}
