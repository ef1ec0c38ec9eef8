#include "archive_fixture.h"

#include <stdio.h>

#include "formats/archive.h"

/* What a container gave, as text: "name=content;" whole, "name~content;" cut, "name#why;" closed,
 * "name@what;" mentioned; limits and damage apart. */
typedef struct seen {
    char text[8192];
    char limits[1024];
    char damage[1024];
    const char *unwanted;
    unsigned files;
    uint64_t bytes;
} seen;

static void say(char *to, size_t size, wd_slice a, const char *between, wd_slice b)
{
    size_t at = strlen(to);
    snprintf(to + at, size - at, "%.*s%s%.*s;", (int) a.len, (const char *) a.ptr, between,
             (int) (b.len > 40 ? 40 : b.len), b.len == 0 ? "" : (const char *) b.ptr);
}

static wd_status on_begin(void *ctx, wd_slice name, bool *wanted)
{
    const seen *s = ctx;
    *wanted = s->unwanted == NULL || !wd_slice_eq(name, wd_slice_str(s->unwanted));
    return WD_OK;
}

static wd_status on_end(void *ctx, const wd_member *m)
{
    static const char *const between[] = {"=", "~", "#"};
    seen *s = ctx;
    s->files++;
    s->bytes += m->data.len;
    say(s->text, sizeof s->text, m->name, between[m->state],
        m->state == WD_MEMBER_CLOSED ? m->why : m->data);
    return WD_OK;
}

static wd_status on_mention(void *ctx, wd_slice name, wd_slice what)
{
    seen *s = ctx;
    say(s->text, sizeof s->text, name, "@", what);
    return WD_OK;
}

static wd_status on_limit(void *ctx, wd_slice text)
{
    seen *s = ctx;
    say(s->limits, sizeof s->limits, text, "", (wd_slice){0});
    return WD_OK;
}

static wd_status on_damage(void *ctx, uint64_t offset, wd_slice text)
{
    seen *s = ctx;
    (void) offset;
    say(s->damage, sizeof s->damage, text, "", (wd_slice){0});
    return WD_OK;
}

static bool read_with(wd_archive_budget *budget, wd_slice name, wd_slice data, seen *s)
{
    bool whole = false;
    const wd_archive_sink sink = {.ctx = s,
                                  .begin = on_begin,
                                  .end = on_end,
                                  .mention = on_mention,
                                  .limit = on_limit,
                                  .damage = on_damage};
    const wd_archive_input in = {.kind = wd_sniff(name, data), .name = name, .data = data};
    assert_true(wd_kind_is_archive(in.kind));
    assert_int_equal(wd_archive_read(&in, budget, &sink, &whole, NULL), WD_OK);
    return whole;
}

static bool read_all(const char *name, const wd_buf *b, seen *s)
{
    wd_archive_budget budget = wd_archive_budget_full();
    *s = (seen){.unwanted = s->unwanted};
    return read_with(&budget, wd_slice_str(name), wd_buf_slice(b), s);
}

static const made_entry two[] = {{.name = "a/one.txt", .data = {(const uint8_t *) "first", 5}},
                                 {.name = "b", .data = {(const uint8_t *) "second", 6}}};

static int gz(struct archive *a)
{
    return archive_write_add_filter_gzip(a);
}
static int xz(struct archive *a)
{
    return archive_write_add_filter_xz(a);
}
static int zst(struct archive *a)
{
    return archive_write_add_filter_zstd(a);
}
static int bz(struct archive *a)
{
    return archive_write_add_filter_bzip2(a);
}

static void every_container_gives_its_members_in_order(void **state)
{
    (void) state;
    const made_archive hows[] = {
        {.format = archive_write_set_format_zip},
        {.format = archive_write_set_format_pax},
        {.format = archive_write_set_format_gnutar},
        {.format = archive_write_set_format_ustar},
        {.format = archive_write_set_format_v7tar},
        {.format = archive_write_set_format_7zip},
        {.format = archive_write_set_format_pax, .filter = gz},
        {.format = archive_write_set_format_pax, .filter = xz},
        {.format = archive_write_set_format_gnutar, .filter = zst},
        {.format = archive_write_set_format_gnutar, .filter = bz},
    };
    for (size_t i = 0; i < sizeof hows / sizeof hows[0]; i++) {
        wd_buf b = {0};
        seen s = {0};
        made_build(&hows[i], two, 2, &b);
        assert_true(read_all("x", &b, &s));
        assert_string_equal(s.text, "a/one.txt=first;b=second;");
        assert_string_equal(s.damage, "");
        wd_buf_free(&b);
    }
}

static void a_debian_package_gives_its_parts(void **state)
{
    (void) state;
    const made_archive how = {.format = archive_write_set_format_ar_svr4};
    const made_entry parts[] = {{.name = "debian-binary", .data = {(const uint8_t *) "2.0\n", 4}},
                                {.name = "data.tar", .data = {(const uint8_t *) "x", 1}}};
    wd_buf b = {0};
    seen s = {0};
    made_build(&how, parts, 2, &b);
    assert_int_equal(wd_sniff(WD_S(""), wd_buf_slice(&b)), WD_KIND_DEB);
    assert_true(read_all("x.deb", &b, &s));
    assert_string_equal(s.text, "debian-binary=2.0\n;data.tar=x;");
    wd_buf_free(&b);
}

static void a_cabinet_gives_its_file(void **state)
{
    (void) state;
    wd_buf b = {0};
    seen s = {0};
    made_cab("dir\\file.dll", WD_S("cabinet"), &b);
    assert_true(read_all("x.cab", &b, &s));
    assert_int_equal(s.files, 1);
    assert_non_null(strstr(s.text, "file.dll=cabinet;"));
    wd_buf_free(&b);
}

static void an_rpm_gives_its_payload_behind_any_filter(void **state)
{
    (void) state;
    int (*const filters[])(struct archive *) = {NULL, gz, xz, zst, bz};
    const made_entry e = {.name = "./usr/bin/x", .data = {(const uint8_t *) "payload", 7}};
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        wd_buf b = {0};
        seen s = {0};
        made_rpm(filters[i], &e, &b);
        assert_true(read_all("x.rpm", &b, &s));
        assert_string_equal(s.text, "./usr/bin/x=payload;");
        wd_buf_free(&b);
    }
}

static void an_rpm_whose_headers_do_not_hold_is_damaged(void **state)
{
    (void) state;
    wd_buf b = {0};
    seen s = {0};
    made_rpm(NULL, &two[0], &b);
    b.ptr[96 + 8] = 0xff; /* entries of the first header */
    assert_false(read_all("x.rpm", &b, &s));
    assert_non_null(strstr(s.damage, "headers of the package"));
    wd_buf_free(&b);
}

static void a_compressed_file_is_named_by_its_header_or_container(void **state)
{
    (void) state;
    wd_buf b = {0};
    seen s = {0};
    made_compress(gz, WD_S("log line\n"), &b);
    assert_true(read_all("logs/conn.log.gz", &b, &s));
    assert_string_equal(s.text, "conn.log=log line\n;");
    /* The same with a name in the header: flag 8, and the name behind the ten fixed bytes. */
    wd_buf named = {0};
    wd_buf_add(&named, wd_slice_sub(wd_buf_slice(&b), 0, 10));
    named.ptr[3] = 8;
    wd_buf_add(&named, WD_S("../evil\x1b.log\0"));
    wd_buf_add(&named, wd_slice_sub(wd_buf_slice(&b), 10, b.len));
    assert_true(read_all("conn.log.gz", &named, &s));
    assert_string_equal(s.text, "../evil\x1b.log=log line\n;");
    wd_buf_free(&b);
    wd_buf_free(&named);
    made_compress(xz, WD_S("x"), &b);
    assert_true(read_all("plain", &b, &s));
    assert_string_equal(s.text, "plain=x;");
    wd_buf_free(&b);
}

static void zeros_behind_a_filter_are_a_file_and_not_an_empty_tar(void **state)
{
    (void) state;
    static const uint8_t zeros[4096];
    wd_buf b = {0};
    seen s = {0};
    made_compress(gz, wd_slice_of(zeros, sizeof zeros), &b);
    assert_true(read_all("z.gz", &b, &s));
    assert_int_equal(s.files, 1);
    assert_int_equal(s.bytes, 4096);
    wd_buf_free(&b);
}

static void one_filter_is_taken_off_at_a_time(void **state)
{
    (void) state;
    wd_buf inner = {0};
    wd_buf b = {0};
    seen s = {0};
    made_compress(gz, WD_S("text"), &inner);
    made_compress(gz, wd_buf_slice(&inner), &b);
    assert_true(read_all("x.gz.gz", &b, &s));
    assert_true(wd_slice_starts(wd_slice_str(s.text), WD_S("x.gz=\x1f\x8b")));
    wd_buf_free(&inner);
    wd_buf_free(&b);
}

static void names_come_out_as_they_are(void **state)
{
    (void) state;
    char long_name[601];
    memset(long_name, 'n', 600);
    long_name[600] = '\0';
    const made_entry odd[] = {
        {.name = "../../etc/passwd", .data = {(const uint8_t *) "1", 1}},
        {.name = "/absolute", .data = {(const uint8_t *) "2", 1}},
        {.name = "twice", .data = {(const uint8_t *) "3", 1}},
        {.name = "twice", .data = {(const uint8_t *) "4", 1}},
        {.name = "inv\xe2\x80\xaegpj.exe", .data = {(const uint8_t *) "5", 1}},
        {.name = "\xff\xfe latin \xe9", .data = {(const uint8_t *) "6", 1}},
        {.name = "C:\\temp\\x", .data = {(const uint8_t *) "7", 1}},
        {.name = long_name, .data = {(const uint8_t *) "8", 1}}};
    const made_archive hows[] = {{.format = archive_write_set_format_zip},
                                 {.format = archive_write_set_format_gnutar}};
    for (size_t i = 0; i < 2; i++) {
        wd_buf b = {0};
        seen s = {0};
        made_build(&hows[i], odd, 8, &b);
        assert_true(read_all("x", &b, &s));
        assert_true(wd_slice_starts(
            wd_slice_str(s.text),
            WD_S("../../etc/passwd=1;/absolute=2;twice=3;twice=4;inv\xe2\x80\xaegpj.exe=5;"
                 "\xff\xfe latin \xe9=6;C:\\temp\\x=7;nnnn")));
        assert_int_equal(s.files, 8);
        wd_buf_free(&b);
    }
}

static void a_name_with_a_nul_is_kept_whole_and_reported(void **state)
{
    (void) state;
    const made_archive how = {.format = archive_write_set_format_zip};
    const made_entry e[] = {{.name = "report.txt#.exe", .data = {(const uint8_t *) "x", 1}},
                            {.name = "back\\slash", .data = {(const uint8_t *) "y", 1}}};
    wd_buf b = {0};
    seen s = {0};
    made_build(&how, e, 2, &b);
    for (size_t i = 0; i < b.len; i++) {
        b.ptr[i] = b.ptr[i] == '#' ? 0 : b.ptr[i];
    }
    assert_false(read_all("x.zip", &b, &s));
    assert_int_equal(s.files, 2);
    assert_memory_equal(s.text, "report.txt", 10);
    assert_non_null(strstr(s.damage, "NUL byte"));
    wd_buf_free(&b);
}

static void names_in_other_character_sets_come_out_as_utf8(void **state)
{
    (void) state;
    const made_entry e = {.name = "\xd0\xb6\xe6\xbc\xa2.txt", .data = {(const uint8_t *) "x", 1}};
    const made_archive hows[] = {{.format = archive_write_set_format_7zip}, /* UTF-16 inside */
                                 {.format = archive_write_set_format_pax},
                                 {.format = archive_write_set_format_zip}};
    for (size_t i = 0; i < 3; i++) {
        wd_buf b = {0};
        seen s = {0};
        made_build(&hows[i], &e, 1, &b);
        assert_true(read_all("x", &b, &s));
        assert_string_equal(s.text, "\xd0\xb6\xe6\xbc\xa2.txt=x;");
        wd_buf_free(&b);
    }
}

static void links_and_devices_are_mentioned_and_nothing_more(void **state)
{
    (void) state;
    const made_entry odd[] = {{.name = "f", .data = {(const uint8_t *) "x", 1}},
                              {.name = "sym", .type = AE_IFLNK, .target = "/etc/passwd"},
                              {.name = "hard", .target = "f"},
                              {.name = "dev", .type = AE_IFCHR},
                              {.name = "pipe", .type = AE_IFIFO},
                              {.name = "folder", .type = AE_IFDIR}};
    const made_archive how = {.format = archive_write_set_format_pax};
    wd_buf b = {0};
    seen s = {0};
    made_build(&how, odd, 6, &b);
    assert_true(read_all("x.tar", &b, &s));
    assert_string_equal(s.text, "f=x;sym@symbolic link, not followed;hard@hard link, not followed;"
                                "dev@device, not made;pipe@named pipe, not made;");
    wd_buf_free(&b);
}

static void the_password_infected_opens_both_kinds_of_encryption(void **state)
{
    (void) state;
    const char *const kinds[] = {"zip:encryption=traditional", "zip:encryption=aes128",
                                 "zip:encryption=aes256"};
    for (size_t i = 0; i < 3; i++) {
        const made_archive how = {
            .format = archive_write_set_format_zip, .options = kinds[i], .password = "infected"};
        wd_buf b = {0};
        seen s = {0};
        made_build(&how, two, 2, &b);
        assert_true(read_all("x.zip", &b, &s));
        assert_string_equal(s.text, "a/one.txt=first;b=second;");
        wd_buf_free(&b);
    }
}

static void members_under_another_password_are_listed_as_closed(void **state)
{
    (void) state;
    const made_archive how = {.format = archive_write_set_format_zip,
                              .options = "zip:encryption=aes256",
                              .password = "something else"};
    wd_buf b = {0};
    seen s = {0};
    made_build(&how, two, 2, &b);
    (void) read_all("x.zip", &b, &s);
    assert_string_equal(s.text, "a/one.txt#encrypted, and not with a password that ;"
                                "b#encrypted, and not with a password that ;");
    wd_buf_free(&b);
}

static void an_unwanted_member_is_left_out_and_the_next_is_read(void **state)
{
    (void) state;
    const made_archive hows[] = {{.format = archive_write_set_format_zip},
                                 {.format = archive_write_set_format_pax},
                                 {.format = archive_write_set_format_7zip}};
    for (size_t i = 0; i < 3; i++) {
        wd_buf b = {0};
        seen s = {.unwanted = "a/one.txt"};
        made_build(&hows[i], two, 2, &b);
        assert_true(read_all("x", &b, &s));
        assert_string_equal(s.text, "b=second;");
        wd_buf_free(&b);
    }
}

static void a_bomb_is_stopped_by_its_ratio(void **state)
{
    (void) state;
    wd_buf zeros = {0};
    wd_buf b = {0};
    seen s = {0};
    wd_buf_fill(&zeros, 0, (size_t) 8 << 20);
    made_compress(gz, wd_buf_slice(&zeros), &b);
    wd_archive_budget budget = wd_archive_budget_full();
    budget.ratio_free = 1U << 20;
    assert_false(read_with(&budget, WD_S("zeros.gz"), wd_buf_slice(&b), &s));
    assert_non_null(strstr(s.limits, "200 times"));
    assert_non_null(strstr(s.text, "zeros#expands more than"));
    assert_true(budget.expanded < 2U << 20);
    wd_buf_free(&zeros);
    wd_buf_free(&b);
}

static void each_bound_is_kept_and_said(void **state)
{
    (void) state;
    made_entry many[50];
    wd_buf kilobyte = {0};
    wd_buf b = {0};
    for (size_t i = 0; i < 1000; i++) {
        wd_buf_byte(&kilobyte, (uint8_t) (i * 7919 >> 3));
    }
    for (size_t i = 0; i < 50; i++) {
        many[i] = (made_entry){.name = "m", .data = wd_buf_slice(&kilobyte)};
    }
    const made_archive how = {.format = archive_write_set_format_pax};
    made_build(&how, many, 50, &b);

    wd_archive_budget budget = wd_archive_budget_full();
    seen s = {0};
    budget.max_members = 10;
    assert_false(read_with(&budget, WD_S("x"), wd_buf_slice(&b), &s));
    assert_int_equal(s.files, 10);
    assert_non_null(strstr(s.limits, "more members than the bound"));

    budget = wd_archive_budget_full();
    s = (seen){0};
    budget.max_expanded = 5500;
    assert_false(read_with(&budget, WD_S("x"), wd_buf_slice(&b), &s));
    assert_int_equal(s.files, 6);
    assert_int_equal(s.bytes, 5000);
    assert_non_null(strstr(s.limits, "the rest was not opened"));

    budget = wd_archive_budget_full();
    s = (seen){0};
    budget.max_member = 999;
    assert_false(read_with(&budget, WD_S("x"), wd_buf_slice(&b), &s));
    assert_int_equal(s.files, 50);
    assert_int_equal(s.bytes, 0);
    assert_non_null(strstr(s.limits, "unpack it and give the file itself"));
    wd_buf_free(&b);
    wd_buf_free(&kilobyte);
}

/* No truncation may be read past, and none may look whole while a member is missing. */
static void cut_everywhere(const wd_buf *b, const char *name, unsigned members)
{
    for (size_t len = 1; len < b->len; len++) {
        uint8_t *exact = malloc(len);
        assert_non_null(exact);
        memcpy(exact, b->ptr, len);
        wd_slice data = wd_slice_of(exact, len);
        if (wd_kind_is_archive(wd_sniff(WD_S(""), data))) {
            wd_archive_budget budget = wd_archive_budget_full();
            seen s = {0};
            bool whole = read_with(&budget, wd_slice_str(name), data, &s);
            assert_true(!whole || s.files == members);
        }
        free(exact);
    }
}

static void every_truncation_is_reported_not_read(void **state)
{
    (void) state;
    const made_archive hows[] = {{.format = archive_write_set_format_zip},
                                 {.format = archive_write_set_format_ustar},
                                 {.format = archive_write_set_format_7zip},
                                 {.format = archive_write_set_format_ustar, .filter = gz},
                                 {.format = archive_write_set_format_ustar, .filter = xz}};
    for (size_t i = 0; i < sizeof hows / sizeof hows[0]; i++) {
        wd_buf b = {0};
        made_build(&hows[i], two, 2, &b);
        cut_everywhere(&b, "x", 2);
        wd_buf_free(&b);
    }
    wd_buf b = {0};
    made_cab("f", WD_S("cabinet"), &b);
    cut_everywhere(&b, "x", 1);
    wd_buf_clear(&b);
    made_rpm(gz, &two[0], &b);
    cut_everywhere(&b, "x", 1);
    wd_buf_clear(&b);
    made_compress(zst, WD_S("text and more text"), &b);
    cut_everywhere(&b, "x", 1);
    wd_buf_free(&b);
}

static void a_cut_file_gives_all_that_can_be_had(void **state)
{
    (void) state;
    int (*const filters[])(struct archive *) = {gz, xz};
    wd_buf text = {0};
    for (unsigned i = 0; i < 1500; i++) {
        wd_buf_printf(&text, "line %u\n", i * 2654435761U);
    }
    for (size_t i = 0; i < 2; i++) {
        wd_buf b = {0};
        seen s = {0};
        made_compress(filters[i], wd_buf_slice(&text), &b);
        b.len -= 6; /* the check at the end is gone, the data is there */
        assert_false(read_all("x.log", &b, &s));
        assert_int_equal(s.bytes, text.len);
        assert_non_null(strstr(s.damage, "ends too early"));
        wd_buf_free(&b);
    }
    wd_buf_free(&text);
}

static void streams_behind_each_other_are_one_file(void **state)
{
    (void) state;
    int (*const filters[])(struct archive *) = {gz, xz, zst, bz};
    for (size_t i = 0; i < 4; i++) {
        wd_buf b = {0};
        seen s = {0};
        made_compress(filters[i], WD_S("one "), &b);
        made_compress(filters[i], WD_S("two"), &b);
        assert_true(read_all("x", &b, &s));
        assert_string_equal(s.text, "x=one two;");
        wd_buf_fill(&b, 0, 512);
        assert_true(read_all("x", &b, &s));
        wd_buf_str(&b, "hidden");
        assert_false(read_all("x", &b, &s));
        assert_non_null(strstr(s.damage, "behind the end"));
        wd_buf_free(&b);
    }
}

static void nothing_compressed_is_an_empty_file(void **state)
{
    (void) state;
    wd_buf b = {0};
    seen s = {0};
    made_compress(gz, (wd_slice){0}, &b);
    assert_true(read_all("x.gz", &b, &s));
    assert_string_equal(s.text, "x=;");
    wd_buf_free(&b);
}

static void a_cut_file_gives_what_came_before(void **state)
{
    (void) state;
    wd_buf text = {0};
    wd_buf b = {0};
    seen s = {0};
    for (unsigned i = 0; i < 20000; i++) {
        wd_buf_printf(&text, "line %u\n", i * 2654435761U);
    }
    made_compress(gz, wd_buf_slice(&text), &b);
    b.len /= 2;
    assert_false(read_all("x.log.gz", &b, &s));
    assert_true(wd_slice_starts(wd_slice_str(s.text), WD_S("x.log~line 0\n")));
    assert_true(s.bytes > text.len / 4);
    assert_true(s.damage[0] != '\0');
    wd_buf_free(&text);
    wd_buf_free(&b);
}

int main(void)
{
    wd_archive_prepare();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_container_gives_its_members_in_order),
        cmocka_unit_test(a_debian_package_gives_its_parts),
        cmocka_unit_test(a_cabinet_gives_its_file),
        cmocka_unit_test(an_rpm_gives_its_payload_behind_any_filter),
        cmocka_unit_test(an_rpm_whose_headers_do_not_hold_is_damaged),
        cmocka_unit_test(a_compressed_file_is_named_by_its_header_or_container),
        cmocka_unit_test(zeros_behind_a_filter_are_a_file_and_not_an_empty_tar),
        cmocka_unit_test(one_filter_is_taken_off_at_a_time),
        cmocka_unit_test(names_come_out_as_they_are),
        cmocka_unit_test(a_name_with_a_nul_is_kept_whole_and_reported),
        cmocka_unit_test(names_in_other_character_sets_come_out_as_utf8),
        cmocka_unit_test(links_and_devices_are_mentioned_and_nothing_more),
        cmocka_unit_test(the_password_infected_opens_both_kinds_of_encryption),
        cmocka_unit_test(members_under_another_password_are_listed_as_closed),
        cmocka_unit_test(an_unwanted_member_is_left_out_and_the_next_is_read),
        cmocka_unit_test(a_bomb_is_stopped_by_its_ratio),
        cmocka_unit_test(each_bound_is_kept_and_said),
        cmocka_unit_test(every_truncation_is_reported_not_read),
        cmocka_unit_test(a_cut_file_gives_what_came_before),
        cmocka_unit_test(a_cut_file_gives_all_that_can_be_had),
        cmocka_unit_test(streams_behind_each_other_are_one_file),
        cmocka_unit_test(nothing_compressed_is_an_empty_file),
    };
    return RUN(tests);
}
