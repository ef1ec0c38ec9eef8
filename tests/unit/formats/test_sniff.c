#include "archive_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/limits.h"
#include "formats/sniff.h"
#include "formats/sniff_text.h"

static void assert_kind(wd_slice name, wd_slice data, const char *want)
{
    assert_string_equal(wd_kind_name(wd_sniff(name, data)), want);
}

#define KIND(text, want) assert_kind(WD_S(""), WD_S(text), want)

static void every_kind_has_a_name_that_leads_back(void **state)
{
    (void) state;
    for (int k = 0; k < WD_KIND_COUNT; k++) {
        wd_kind back = WD_KIND_COUNT;
        assert_non_null(wd_kind_name((wd_kind) k));
        assert_true(wd_kind_parse(wd_slice_str(wd_kind_name((wd_kind) k)), &back));
        assert_int_equal(back, k);
    }
    wd_kind none;
    assert_false(wd_kind_parse(WD_S("no such kind"), &none));
}

static void magic_numbers_decide(void **state)
{
    (void) state;
    KIND("", "empty");
    KIND("\x7f"
         "ELF\2\1\1",
         "elf");
    KIND("\xcf\xfa\xed\xfe\7\0\0\1", "macho");
    KIND("\xca\xfe\xba\xbe\0\0\0\2", "macho");
    KIND("\xca\xfe\xba\xbe\0\0\0\x3d", "other"); /* a Java class */
    KIND("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "msi");
    KIND("\x89PNG\r\n\x1a\n", "png");
    KIND("PK\3\4\x14\0", "zip");
    KIND("PK\5\6\0\0", "zip");
    KIND("\x1f\x8b\x08\0", "gzip");
    KIND("\xfd"
         "7zXZ\0\0",
         "xz");
    KIND("\x28\xb5\x2f\xfd\4", "zstd");
    KIND("BZh91AY&SY\1", "bzip2");
    KIND("BZh is how a text may begin", "text");
    KIND("7z\xbc\xaf\x27\x1c\0\4", "7z");
    KIND("MSCF\0\0\0\0\1", "cab");
    KIND("!<arch>\ndebian-binary   ", "deb");
    KIND("!<arch>\nx.o/", "ar");
    KIND("\xed\xab\xee\xdb\3\0", "rpm");
    KIND("Rar!\x1a\x07\1\0", "rar");
    KIND("xar!\0\x1c", "xar");
    KIND("ElfFile\0\0", "evtx");
    KIND("ElfChnk\0\1", "evtx");
    KIND("\xd4\xc3\xb2\xa1\2\0\4\0", "pcap");
    KIND("\xa1\xb2\x3c\x4d\0\2", "pcap");
    KIND("\x0a\x0d\x0d\x0a\x1c\0", "pcapng");
    KIND("\x01\x02\x03\x04\x05\x06\x07\x08", "other");
}

static void a_pe_needs_its_second_signature_or_its_name(void **state)
{
    (void) state;
    uint8_t pe[128] = {'M', 'Z'};
    pe[60] = 64;
    assert_kind(WD_S("a.exe"), wd_slice_of(pe, sizeof pe), "other"); /* a DOS program */
    memcpy(pe + 64, "PE\0\0", 4);
    assert_kind(WD_S("photo.jpg"), wd_slice_of(pe, sizeof pe), "pe");
    assert_kind(WD_S("a.dll"), wd_slice_of(pe, 62), "pe"); /* cut off */
    assert_kind(WD_S("a.txt"), WD_S("MZ is a text"), "text");
}

static void an_icon_needs_a_sane_directory(void **state)
{
    (void) state;
    KIND("\0\0\1\0\1\0\x20\x20\0\0\1\0\x20\0\x10\0\0\0\x16\0\0\0", "ico");
    KIND("\0\0\1\0\1\0\x20\x20\0\0\1\0\x20\0\x10\0\0\0\x05\0\0\0", "other");
}

static void tar_is_known_with_and_without_its_magic(void **state)
{
    (void) state;
    const made_entry e = {.name = "f", .data = {(const uint8_t *) "x", 1}};
    const made_archive hows[] = {{.format = archive_write_set_format_pax},
                                 {.format = archive_write_set_format_v7tar}};
    for (size_t i = 0; i < 2; i++) {
        wd_buf b = {0};
        made_build(&hows[i], &e, 1, &b);
        assert_kind(WD_S(""), wd_buf_slice(&b), "tar");
        b.ptr[0] = 'g'; /* the checksum no longer fits */
        assert_kind(WD_S(""), wd_buf_slice(&b), i == 0 ? "tar" : "other");
        wd_buf_free(&b);
    }
}

static void text_kinds_are_known_by_their_first_lines(void **state)
{
    (void) state;
    KIND("#separator \\x09\n#fields\tts\tuid\n", "zeek");
    KIND("{\"ts\":1.5,\"uid\":\"C1\",\"id.orig_h\":\"10.0.0.1\"}\n", "zeek");
    KIND("{\"timestamp\":\"2023-03-29T00:00:00\",\"event_type\":\"dns\"}\n", "eve");
    KIND("type=SYSCALL msg=audit(1604996384.965:93777): arch=c000003e\n", "auditd");
    KIND("node=web1 type=EXECVE msg=audit(1604996384.965:9): argc=1\n", "auditd");
    KIND("{\"EventID\":1,\"Channel\":\"Security\"}\n", "eventjson");
    KIND("{\n \"Event\": {\"System\": {\"Provider\": {}, \"EventID\": 11}}}", "eventjson");
    KIND("<?xml version=\"1.0\"?><Events><Event "
         "xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"/></Events>",
         "eventxml");
    KIND("{\"type\":\"bundle\",\"id\":\"bundle--1\",\"objects\":[]}", "stix");
    KIND("{\"Event\":{\"info\":\"x\",\"Attribute\":[]}}", "misp");
    KIND("{\"fields\":[[\"EventID\",\"1\"],[\"Channel\",\"x\"]]}", "json"); /* no keys */
    KIND("[{\"a\":1}]", "json");
    KIND("<html><body>x</body></html>", "xml");
    KIND("<3 is not XML", "text");
    KIND("plain words\n", "text");
    KIND("\xef\xbb\xbf{\"a\":1}", "json");
    KIND("   \n\t\n", "text");
}

static void an_asset_list_is_known_by_its_header(void **state)
{
    (void) state;
    KIND("host,addresses,country\nWS-1,10.0.0.1,DE\n", "assets");
    KIND("# made by hand\n\n\"Product\";\"Host\"\n", "assets");
    KIND("HOST\tVERSION\n", "assets");
    KIND("host,country\n", "text"); /* neither addresses, product nor version */
    KIND("hostname,addresses\n", "text");
    KIND("type,value,comment\ndomain,example.org,\n", "indicators");
}

static void a_name_helps_only_where_content_says_nothing(void **state)
{
    (void) state;
    wd_slice junk = WD_S("\1\2\3\4\5\6\7\x10");
    assert_kind(WD_S("Security.evtx"), junk, "evtx");
    assert_kind(WD_S("x.PCAP"), junk, "pcap");
    assert_kind(WD_S("x.pcapng"), junk, "pcapng");
    assert_kind(WD_S("x.zip"), junk, "other");
    assert_kind(WD_S("x.evtx"), WD_S("PK\3\4"), "zip");
    assert_kind(WD_S("x.evtx"), WD_S(""), "empty");
}

/* The wanted kind of a file of the shared test data; NULL: any. */
static const char *wanted_kind(const char *path)
{
    size_t len = strlen(path);
    if (len > 5 && strcmp(path + len - 5, ".evtx") == 0) {
        return "evtx";
    }
    if (strstr(path, "/net/pcap/") != NULL) {
        return strcmp(path + len - 2, "ng") == 0 ? "pcapng" : "pcap";
    }
    if (strstr(path, "/eve/") != NULL) {
        return "eve";
    }
    return strstr(path, "/json_all_fields/") != NULL ? "zeek" : NULL;
}

static void check_file(const char *path, unsigned *checked)
{
    const char *want = wanted_kind(path);
    FILE *f = want == NULL ? NULL : fopen(path, "rb");
    if (f == NULL) {
        return;
    }
    static uint8_t head[WD_MAX_SNIFF];
    size_t n = fread(head, 1, sizeof head, f);
    fclose(f);
    const char *got = wd_kind_name(wd_sniff(WD_S(""), wd_slice_of(head, n)));
    /* pcap and pcapng are told apart by content, whatever the name; damaged files may be bare. */
    bool capture = strncmp(want, "pcap", 4) == 0 && strncmp(got, "pcap", 4) == 0;
    if (n > 0 && !capture && strcmp(got, want) != 0 && strstr(path, "/damaged/") == NULL) {
        fail_msg("%s is %s, not %s", path, got, want);
    }
    (*checked)++;
}

static void check_folder(const char *folder, unsigned *checked)
{
    DIR *d = opendir(folder);
    for (const struct dirent *e = d == NULL ? NULL : readdir(d); e != NULL; e = readdir(d)) {
        char path[4096];
        struct stat st;
        if (e->d_name[0] == '.' ||
            snprintf(path, sizeof path, "%s/%s", folder, e->d_name) >= (int) sizeof path ||
            lstat(path, &st) != 0) {
            continue;
        }
        if (S_ISDIR(st.st_mode)) {
            check_folder(path, checked);
        } else if (S_ISREG(st.st_mode)) {
            check_file(path, checked);
        }
    }
    if (d != NULL) {
        closedir(d);
    }
}

static void real_files_are_what_their_collection_says(void **state)
{
    (void) state;
    char folder[4096];
    unsigned checked = 0;
    check_folder(shared_data(folder, sizeof folder), &checked);
    if (checked == 0) {
        SKIP_CASE("no shared test data");
    }
    assert_true(checked > 600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_a_name_that_leads_back),
        cmocka_unit_test(magic_numbers_decide),
        cmocka_unit_test(a_pe_needs_its_second_signature_or_its_name),
        cmocka_unit_test(an_icon_needs_a_sane_directory),
        cmocka_unit_test(tar_is_known_with_and_without_its_magic),
        cmocka_unit_test(text_kinds_are_known_by_their_first_lines),
        cmocka_unit_test(an_asset_list_is_known_by_its_header),
        cmocka_unit_test(a_name_helps_only_where_content_says_nothing),
        cmocka_unit_test(real_files_are_what_their_collection_says),
    };
    return RUN(tests);
}
