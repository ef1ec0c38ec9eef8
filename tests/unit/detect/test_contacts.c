#include "detect/contacts.h"

#include <stdio.h>

#include "core/arena.h"
#include "core/buf.h"
#include "detect/network.h"
#include "testing.h"

/*
 * The same connections as four logs (Zeek TSV and JSON, EVE, one log each and all in one) must give
 * the same contacts, in any order of items and however often an item is imported.
 */

#define MOST 512

typedef struct store {
    wd_arena *arena;
    wd_contact contacts[MOST];
    size_t n_contacts;
    wd_lookup lookups[MOST];
    size_t n_lookups;
    uint64_t item;
} store;

static void copy_strings(wd_obs *o, wd_arena *arena)
{
    for (size_t i = 0; i < o->n_attrs; i++) {
        o->attrs[i].value = wd_arena_copy(arena, o->attrs[i].value);
    }
}

static wd_status keep(void *ctx, const wd_obs *o)
{
    store *s = ctx;
    wd_obs kept = *o;
    copy_strings(&kept, s->arena);
    if (o->kind == WD_OBS_CONTACT) {
        assert_true(s->n_contacts < MOST);
        return wd_contact_take(&kept, s->item, s->arena, &s->contacts[s->n_contacts++]);
    }
    if (o->kind == WD_OBS_LOOKUP) {
        assert_true(s->n_lookups < MOST);
        return wd_lookup_take(&kept, s->item, s->arena, &s->lookups[s->n_lookups++]);
    }
    return WD_OK;
}

typedef wd_status detector(const wd_engine *engine, const wd_item *item, wd_arena *arena,
                           const wd_sink *sink, wd_err *err);

static void import(store *s, detector *detect, wd_slice data)
{
    wd_engine engine = {.since = WD_NO_TIME, .until = WD_NO_TIME};
    wd_item item = {.path = WD_S("item"), .name = WD_S("item"), .data = data};
    wd_sink sink = {.ctx = s, .observation = keep};
    wd_arena *arena = wd_arena_new(64U << 20);
    s->item++;
    assert_int_equal(detect(&engine, &item, arena, &sink, NULL), WD_OK);
    wd_arena_free(arena);
}

static store *new_store(void)
{
    store *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->arena = wd_arena_new(256U << 20);
    return s;
}

static void free_store(store *s)
{
    wd_arena_free(s->arena);
    free(s);
}

/* Merged contacts as text; evidence and fingerprints apart. */
static char *merged(store *s, bool with_bytes)
{
    wd_buf b = {0};
    wd_contact_list list;
    wd_contacts_in in = {s->contacts, s->n_contacts, s->lookups, s->n_lookups, false};
    assert_int_equal(wd_contacts_merge(&in, s->arena, &list, NULL), WD_OK);
    for (size_t i = 0; i < list.n; i++) {
        const wd_contact *c = &list.list[i];
        char first[WD_TIME_TEXT];
        wd_slice proto = wd_contact_proto(c);
        assert_int_equal(c->n, c->count);
        wd_buf_printf(&b, "%.*s > %.*s %.*s %u %.*s %llu %s", (int) c->src.len,
                      (const char *) c->src.ptr, (int) c->name.len, (const char *) c->name.ptr,
                      (int) c->dst.len, (const char *) c->dst.ptr, c->port, (int) proto.len,
                      (const char *) proto.ptr, (unsigned long long) c->count,
                      wd_time_format(c->first, first));
        if (with_bytes) {
            wd_buf_printf(&b, " %llu/%llu", (unsigned long long) c->bytes_out,
                          (unsigned long long) c->bytes_in);
        }
        wd_buf_byte(&b, '\n');
    }
    wd_buf_byte(&b, 0);
    char *text = wd_arena_str(s->arena, wd_slice_of(b.ptr, b.len - 1));
    wd_buf_free(&b);
    return text;
}

/* --- the traffic ----------------------------------------------------------------------------- */

typedef struct talk {
    unsigned second;
    unsigned client;
    unsigned sport;
    const char *dst;
    unsigned dport;
    const char *sni;  /* NULL: none */
    const char *host; /* NULL: none */
    unsigned out, in;
    unsigned seconds; /* how long */
} talk;

static const talk talks[] = {
    {10, 5, 4001, "192.0.2.1", 443, "a.example", NULL, 100, 200, 1},
    {70, 5, 4002, "192.0.2.2", 443, "a.example", NULL, 110, 210, 1},
    {130, 5, 4001, "192.0.2.1", 443, "a.example", NULL, 120, 220, 1}, /* a port used again */
    {20, 5, 4003, "192.0.2.1", 443, "b.example", NULL, 7, 8, 100},
    {30, 6, 4001, "192.0.2.1", 80, NULL, "c.example", 30, 40, 2},
    {40, 6, 4002, "192.0.2.9", 4444, NULL, NULL, 3, 4, 0}, /* named by the look-up below */
    {50, 7, 4002, "192.0.2.9", 4444, NULL, NULL, 5, 6, 0}, /* another client: not named */
};
#define N_TALKS (sizeof talks / sizeof talks[0])

/* Client 6 looked d.example up, at second 35, and got 192.0.2.9. */
#define LOOKUP_SECOND 35

enum { CONN = 1, DNS = 2, SSL = 4, HTTP = 8, ALL = 15 };

static void zeek_tsv(wd_buf *b, int which)
{
    const char *ends = "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto";
    if ((which & CONN) != 0) {
        wd_buf_printf(b, "%s\tduration\torig_bytes\tresp_bytes\tconn_state\torig_pkts\n", ends);
        for (size_t i = 0; i < N_TALKS; i++) {
            const talk *t = &talks[i];
            wd_buf_printf(b, "%u.5\tC%zu\t10.0.0.%u\t%u\t%s\t%u\ttcp\t%u.0\t%u\t%u\tSF\t3\n",
                          1680000000 + t->second, i, t->client, t->sport, t->dst, t->dport,
                          t->seconds, t->out, t->in);
        }
    }
    if ((which & DNS) != 0) {
        wd_buf_printf(b, "%s\tquery\tqtype\trcode\tanswers\n", ends);
        wd_buf_printf(b,
                      "%u.0\tC99\t10.0.0.6\t5353\t10.0.0.1\t53\tudp\tD.example\t1\t0\t192.0.2.9\n",
                      1680000000 + LOOKUP_SECOND);
    }
    if ((which & SSL) != 0) {
        wd_buf_printf(b, "%s\tserver_name\tja3\n", ends);
    }
    for (size_t i = 0; i < N_TALKS && (which & SSL) != 0; i++) {
        const talk *t = &talks[i];
        if (t->sni != NULL) {
            wd_buf_printf(b, "%u.6\tC%zu\t10.0.0.%u\t%u\t%s\t%u\ttcp\t%s\tj%zu\n",
                          1680000000 + t->second, i, t->client, t->sport, t->dst, t->dport, t->sni,
                          i % 2);
        }
    }
    if ((which & HTTP) != 0) {
        wd_buf_printf(b, "%s\tmethod\thost\turi\n", ends);
    }
    for (size_t i = 0; i < N_TALKS && (which & HTTP) != 0; i++) {
        const talk *t = &talks[i];
        for (unsigned k = 0; t->host != NULL && k < 3; k++) { /* requests in one connection */
            wd_buf_printf(b, "%u.%u\tC%zu\t10.0.0.%u\t%u\t%s\t%u\ttcp\tGET\t%s:80\t/%u\n",
                          1680000000 + t->second, 6 + k, i, t->client, t->sport, t->dst, t->dport,
                          t->host, k);
        }
    }
}

static void json_row(wd_buf *b, const talk *t, const char *fraction)
{
    wd_buf_printf(b,
                  "{\"ts\":%u.%s,\"id.orig_h\":\"10.0.0.%u\",\"id.orig_p\":%u,\"id.resp_h\":\"%s\","
                  "\"id.resp_p\":%u,\"proto\":\"tcp\"",
                  1680000000 + t->second, fraction, t->client, t->sport, t->dst, t->dport);
}

static void zeek_json(wd_buf *b)
{
    for (size_t i = 0; i < N_TALKS; i++) {
        const talk *t = &talks[i];
        json_row(b, t, "5");
        wd_buf_printf(b,
                      ",\"conn_state\":\"SF\",\"duration\":%u.0,\"orig_bytes\":%u,\"resp_bytes\":%u"
                      "}\n",
                      t->seconds, t->out, t->in);
        if (t->sni != NULL) {
            json_row(b, t, "6");
            wd_buf_printf(b, ",\"server_name\":\"%s\"}\n", t->sni);
        }
        if (t->host != NULL) {
            json_row(b, t, "6");
            wd_buf_printf(b, ",\"method\":\"GET\",\"host\":\"%s\",\"uri\":\"/0\"}\n", t->host);
        }
    }
    wd_buf_printf(b,
                  "{\"ts\":%u.0,\"id.orig_h\":\"10.0.0.6\",\"id.orig_p\":5353,\"id.resp_h\":"
                  "\"10.0.0.1\",\"id.resp_p\":53,\"query\":\"d.example\",\"qtype\":1,"
                  "\"answers\":[\"192.0.2.9\"]}\n",
                  1680000000 + LOOKUP_SECOND);
}

static void eve_line(wd_buf *b, const talk *t, const char *type, const char *fraction)
{
    char at[WD_TIME_TEXT];
    wd_time when = wd_time_from_unix(1680000000 + t->second, 0);
    (void) wd_time_format_seconds(when, at);
    at[19] = 0;
    wd_buf_printf(b,
                  "{\"timestamp\":\"%s.%s+0000\",\"event_type\":\"%s\",\"src_ip\":\"10.0.0.%u\","
                  "\"src_port\":%u,\"dest_ip\":\"%s\",\"dest_port\":%u,\"proto\":\"TCP\",",
                  at, fraction, type, t->client, t->sport, t->dst, t->dport);
}

static void eve(wd_buf *b)
{
    for (size_t i = 0; i < N_TALKS; i++) {
        const talk *t = &talks[i];
        char start[WD_TIME_TEXT];
        char end[WD_TIME_TEXT];
        wd_time from = wd_time_from_unix(1680000000 + t->second, 500000000);
        (void) wd_time_format(from, start);
        (void) wd_time_format(from + (wd_time) t->seconds * WD_TICKS_PER_SECOND, end);
        if (t->sni != NULL) {
            eve_line(b, t, "tls", "600000");
            wd_buf_printf(b, "\"tls\":{\"sni\":\"%s\"}}\n", t->sni);
        }
        if (t->host != NULL) {
            eve_line(b, t, "http", "600000");
            wd_buf_printf(b,
                          "\"http\":{\"hostname\":\"%s\",\"http_method\":\"GET\",\"url\":\"/\"}}\n",
                          t->host);
        }
        eve_line(b, t, "flow", "900000");
        wd_buf_printf(b,
                      "\"flow\":{\"start\":\"%s\",\"end\":\"%s\",\"bytes_toserver\":%u,"
                      "\"bytes_toclient\":%u}}\n",
                      start, end, t->out, t->in);
    }
    talk lookup = {LOOKUP_SECOND, 6, 5353, "10.0.0.1", 53, NULL, NULL, 0, 0, 0};
    eve_line(b, &lookup, "dns", "000000");
    wd_buf_str(b, "\"dns\":{\"type\":\"answer\",\"rrname\":\"d.example\",\"rrtype\":\"A\","
                  "\"grouped\":{\"A\":[\"192.0.2.9\"]}}}\n");
}

static const char want[] =
    "10.0.0.5 > a.example 192.0.2.1 443 tls 3 2023-03-28T10:40:10.5Z 330/630\n"
    "10.0.0.5 > b.example 192.0.2.1 443 tls 1 2023-03-28T10:40:20.5Z 7/8\n"
    "10.0.0.6 > c.example 192.0.2.1 80 http 1 2023-03-28T10:40:30.5Z 30/40\n"
    "10.0.0.6 > d.example 192.0.2.9 4444 tcp 1 2023-03-28T10:40:40.5Z 3/4\n"
    "10.0.0.7 >  192.0.2.9 4444 tcp 1 2023-03-28T10:40:50.5Z 5/6\n";

static void one_log_of_all_kinds_gives_the_contacts(void **state)
{
    (void) state;
    wd_buf b = {0};
    store *s = new_store();
    zeek_tsv(&b, ALL);
    import(s, wd_detect_zeek, wd_buf_slice(&b));
    assert_string_equal(merged(s, true), want);
    free_store(s);
    wd_buf_free(&b);
}

static void tsv_json_and_eve_give_the_same_contacts(void **state)
{
    (void) state;
    wd_buf b = {0};
    for (unsigned i = 0; i < 2; i++) {
        store *s = new_store();
        wd_buf_clear(&b);
        i == 0 ? zeek_json(&b) : eve(&b);
        import(s, i == 0 ? wd_detect_zeek : wd_detect_eve, wd_buf_slice(&b));
        assert_string_equal(merged(s, true), want);
        free_store(s);
    }
    wd_buf_free(&b);
}

static void logs_apart_in_any_order_and_twice_give_the_same_contacts(void **state)
{
    (void) state;
    static const int orders[][6] = {{CONN, SSL, DNS, HTTP, 0, 0},
                                    {HTTP, DNS, SSL, CONN, 0, 0},
                                    {SSL, CONN, HTTP, DNS, SSL, CONN},
                                    {DNS, HTTP, CONN, CONN, ALL, SSL}};
    for (size_t o = 0; o < sizeof orders / sizeof orders[0]; o++) {
        store *s = new_store();
        wd_buf b = {0};
        for (size_t i = 0; i < 6 && orders[o][i] != 0; i++) {
            wd_buf_clear(&b);
            zeek_tsv(&b, orders[o][i]);
            import(s, wd_detect_zeek, wd_buf_slice(&b));
        }
        assert_string_equal(merged(s, true), want);
        wd_buf_free(&b);
        free_store(s);
    }
}

static void two_sensors_that_saw_the_same_count_once(void **state)
{
    (void) state;
    store *s = new_store();
    wd_buf b = {0};
    zeek_tsv(&b, ALL);
    import(s, wd_detect_zeek, wd_buf_slice(&b));
    wd_buf_clear(&b);
    eve(&b);
    import(s, wd_detect_eve, wd_buf_slice(&b));
    assert_string_equal(merged(s, true), want);
    wd_buf_free(&b);
    free_store(s);
}

static wd_status give_again(void *ctx, const wd_obs *o)
{
    return keep(ctx, o);
}

static void merging_what_was_merged_changes_nothing(void **state)
{
    (void) state;
    store *s = new_store();
    store *again = new_store();
    wd_buf b = {0};
    wd_contact_list list;
    wd_sink sink = {.ctx = again, .observation = give_again};
    zeek_tsv(&b, ALL);
    import(s, wd_detect_zeek, wd_buf_slice(&b));
    wd_contacts_in in = {s->contacts, s->n_contacts, s->lookups, s->n_lookups, true};
    assert_int_equal(wd_contacts_merge(&in, s->arena, &list, NULL), WD_OK);
    for (unsigned twice = 0; twice < 2; twice++) {
        for (size_t i = 0; i < list.n; i++) {
            assert_int_equal(wd_contact_give(&list.list[i], s->arena, &sink), WD_OK);
        }
    }
    for (size_t i = 0; i < s->n_lookups; i++) {
        assert_int_equal(wd_lookup_give(&s->lookups[i], s->arena, &sink), WD_OK);
    }
    assert_string_equal(merged(again, true), want);
    wd_buf_free(&b);
    free_store(s);
    free_store(again);
}

static void a_contact_survives_the_way_through_observations(void **state)
{
    (void) state;
    store *s = new_store();
    wd_sink sink = {.ctx = s, .observation = keep};
    wd_moment *moments = calloc(2000, sizeof *moments);
    assert_non_null(moments);
    for (size_t i = 0; i < 2000; i++) {
        moments[i] = (wd_moment){.time = (wd_time) i * WD_TICKS_PER_SECOND * 60,
                                 .flow = i + 1,
                                 .out = 5,
                                 .in = 6,
                                 .ms = 7,
                                 .summed = true,
                                 .open = i == 3};
    }
    wd_contact c = {.src = WD_S("10.0.0.5"),
                    .name = WD_S("n.example"),
                    .dst = WD_S("192.0.2.1"),
                    .port = 443,
                    .transport = WD_NET_TCP,
                    .layer = WD_CONTACT_TLS,
                    .count = 2000,
                    .moments = moments,
                    .n = 2000,
                    .ja4 = WD_S("t13")};
    assert_int_equal(wd_contact_give(&c, s->arena, &sink), WD_OK);
    assert_true(s->n_contacts > 1);
    size_t n = 0;
    for (size_t i = 0; i < s->n_contacts; i++) {
        const wd_contact *part = &s->contacts[i];
        assert_slice(part->ja4, "t13");
        assert_int_equal(part->bytes_out, 5 * part->n);
        for (size_t k = 0; k < part->n; k++, n++) {
            assert_memory_equal(&part->moments[k].time, &moments[n].time, sizeof(wd_time));
            assert_int_equal(part->moments[k].flow, n + 1);
            assert_int_equal(part->moments[k].open, n == 3);
        }
    }
    assert_int_equal(n, 2000);
    free(moments);
    free_store(s);
}

static void equal_proxy_lines_of_one_log_count_each_and_of_two_logs_once(void **state)
{
    (void) state;
    static const char log[] =
        "10.0.0.5 - - [28/Mar/2023:12:40:00 +0200] \"GET http://h.example/x HTTP/1.1\" 200 7\n"
        "10.0.0.5 - - [28/Mar/2023:12:40:00 +0200] \"GET http://h.example/x HTTP/1.1\" 200 7\n"
        "10.0.0.5 - - [28/Mar/2023:12:40:01 +0200] \"GET http://h.example/x HTTP/1.1\" 200 7\n";
    store *s = new_store();
    import(s, wd_detect_proxylog, wd_slice_str(log));
    assert_string_equal(merged(s, false), "10.0.0.5 > h.example  80 http 3 2023-03-28T10:40:00Z\n");
    import(s, wd_detect_proxylog, wd_slice_str(log));
    assert_string_equal(merged(s, false), "10.0.0.5 > h.example  80 http 3 2023-03-28T10:40:00Z\n");
    free_store(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_log_of_all_kinds_gives_the_contacts),
        cmocka_unit_test(tsv_json_and_eve_give_the_same_contacts),
        cmocka_unit_test(logs_apart_in_any_order_and_twice_give_the_same_contacts),
        cmocka_unit_test(two_sensors_that_saw_the_same_count_once),
        cmocka_unit_test(merging_what_was_merged_changes_nothing),
        cmocka_unit_test(a_contact_survives_the_way_through_observations),
        cmocka_unit_test(equal_proxy_lines_of_one_log_count_each_and_of_two_logs_once),
    };
    return RUN(tests);
}
