/*
 * Facts of real captures against tshark's (facts.tsv of the shared data): every value with its
 * count, except the differences listed here with the packet that decides each.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/json.h"
#include "core/map.h"
#include "detect/network.h"
#include "testing.h"

static const struct {
    const char *file;
    const char *kind;
    const char *why;
} differences[] = {
    {"ndpi__quic-24.pcap", "quic_ja3s", "packet 6 sends the hello of packet 4 again"},
    {"ndpi__quic-29.pcap", "quic_ja3s", "packet 6 sends the hello of packet 4 again"},
    {"ndpi__tls_cipher_lens.pcap", "tls_ja3",
     "packet 5 has an empty list of ciphers, and what follows contradicts itself"},
    {"sv__dns-over-http2__dns_over_https.pcap", "dns_a", "DNS inside HTTP/2 without TLS"},
    {"sv__dns-over-http2__dns_over_https.pcap", "dns_cname", "DNS inside HTTP/2 without TLS"},
    {"sv__tls_tls13-draft14__tls13_draft14.pcap", "tls_ja3s",
     "packet 6 is a hello of draft 14, which has no session id; tshark reads one"},
    {"zeek__rdp_rdp-to-ssl.pcap", "tls_ja3", "hellos after the negotiation of remote desktop"},
    {"zeek__rdp_rdp-to-ssl.pcap", "tls_ja3s", "hellos after the negotiation of remote desktop"},
    {"zeek__rdp_rdp-to-ssl.pcap", "tls_sni", "hellos after the negotiation of remote desktop"},
    {"zeek__tls_hrr.pcap", "tls_ja3s", "packet 9 is the second hello of the server"},
    {"zeek__tls_irc-starttls.pcap", "tls_ja3", "hellos after the plain-text start of IRC"},
    {"zeek__tls_irc-starttls.pcap", "tls_ja3s", "hellos after the plain-text start of IRC"},
};

static bool is_known(wd_slice file, wd_slice kind)
{
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++) {
        if (wd_slice_eq(file, wd_slice_str(differences[i].file)) &&
            wd_slice_eq(kind, wd_slice_str(differences[i].kind))) {
            return true;
        }
    }
    return false;
}

typedef struct table {
    wd_arena *arena;
    wd_map counts;
    const char *file;
    size_t extra, compared;
} table;

/* tshark replaces bytes that are no text; such values are compared by tests of the parser. */
static bool is_plain(wd_slice value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] >= 0x7f || value.ptr[i] == '\\') {
            return false;
        }
    }
    return true;
}

static wd_slice key_of(table *t, wd_slice file, wd_slice kind, wd_slice value)
{
    return wd_arena_printf(t->arena, "%.*s\t%.*s\t%.*s", (int) file.len, (const char *) file.ptr,
                           (int) kind.len, (const char *) kind.ptr, (int) value.len,
                           (const char *) value.ptr);
}

static wd_slice map_file(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0 || st.st_size == 0) {
        return (wd_slice){0};
    }
    void *p = mmap(NULL, (size_t) st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    return p == MAP_FAILED ? (wd_slice){0} : wd_slice_of(p, (size_t) st.st_size);
}

static void load_expected(table *t, const char *folder)
{
    char path[4200];
    wd_slice line;
    wd_slice fields[4];
    snprintf(path, sizeof path, "%s/facts.tsv", folder);
    wd_slice rest = map_file(path);
    assert_true(wd_slice_line(&rest, &line));
    while (wd_slice_line(&rest, &line)) {
        uint64_t n = 0;
        for (size_t i = 0; i < 4; i++) {
            assert_true(wd_slice_split(&line, '\t', &fields[i]));
        }
        assert_true(wd_slice_to_u64(fields[3], &n));
        if (is_plain(fields[2]) && !is_known(fields[0], fields[1])) {
            *wd_map_put(&t->counts, key_of(t, fields[0], fields[1], fields[2]), NULL) = n;
        }
    }
}

static wd_status compare(void *ctx, wd_slice lines)
{
    table *t = ctx;
    wd_json_doc doc = {0};
    wd_slice line;
    while (wd_slice_line(&lines, &line)) {
        assert_int_equal(wd_json_parse(&doc, line, t->arena, 0, NULL), WD_OK);
        wd_slice kind = wd_json_text(doc.nodes, "kind");
        wd_slice value = wd_json_text(doc.nodes, "value");
        uint64_t n = 0;
        assert_true(wd_json_to_u64(wd_json_get(doc.nodes, "count"), &n));
        if (!is_plain(value) || is_known(wd_slice_str(t->file), kind)) {
            continue;
        }
        uintptr_t *want = wd_map_find(&t->counts, key_of(t, wd_slice_str(t->file), kind, value));
        if (want == NULL || *want != n) {
            print_message("%s %.*s: %llu instead of %llu\n", t->file, (int) line.len,
                          (const char *) line.ptr, (unsigned long long) n,
                          (unsigned long long) (want == NULL ? 0 : *want));
            t->extra++;
        } else {
            *want = 0;
            t->compared++;
        }
    }
    wd_json_doc_free(&doc);
    return WD_OK;
}

static void examine(table *t, const char *path)
{
    wd_arena *arena = wd_arena_new(512U << 20);
    wd_engine engine = {.since = WD_NO_TIME, .until = WD_NO_TIME, .stream = WD_STREAM_FACTS};
    wd_item item = {.path = wd_slice_str(path), .data = map_file(path)};
    wd_sink sink = {.ctx = t, .output = compare};
    wd_err err = {0};
    assert_int_equal(wd_detect_capture(&engine, &item, arena, &sink, &err), WD_OK);
    munmap((void *) (uintptr_t) item.data.ptr, item.data.len);
    wd_arena_free(arena);
}

static void facts_of_captures_are_those_of_tshark(void **state)
{
    (void) state;
    char data[2048];
    char folder[3000];
    char path[4096];
    snprintf(folder, sizeof folder, "%s/net/pcap", shared_data(data, sizeof data));
    DIR *d = opendir(folder);
    if (d == NULL) {
        SKIP_CASE("the shared captures are not here");
    }
    table t = {.arena = wd_arena_new(512U << 20)};
    t.counts.arena = t.arena;
    snprintf(path, sizeof path, "%s/net", data);
    load_expected(&t, path);
    for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        if (e->d_name[0] != '.') {
            snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
            t.file = e->d_name;
            examine(&t, path);
        }
    }
    closedir(d);
    print_message("# %zu values agree, %zu do not, of %zu\n", t.compared, t.extra, t.counts.n);
    assert_int_equal(t.extra, 0);
    assert_int_equal(t.compared, t.counts.n);
    wd_arena_free(t.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(facts_of_captures_are_those_of_tshark)};
    return RUN(tests);
}
