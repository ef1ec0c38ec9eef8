#include "make/ex_zeek.h"

#include <string.h>

#include "core/hash.h"

#define RESOLVER "10.20.0.2"
#define TIME_SERVER "10.20.0.3"
#define HEAD_OF_ANSWER 312U /* bytes of an HTTP answer before its body */

static const char *source_of(const ex_host *h, wd_time at)
{
    static const char moved[] = "2023-03-20T00:00:00Z"; /* from the desk to the wireless network */
    wd_slice rest = wd_slice_str(h->address);
    wd_slice first = {0};
    wd_slice second = {0};

    (void) wd_slice_split(&rest, ' ', &first);
    bool two = wd_slice_split(&rest, ' ', &second);
    wd_slice one = two && at >= ex_time(moved) ? second : first;
    return ex_fmt(h->world->arena, "%.*s", (int) one.len, (const char *) one.ptr);
}

static bool recorded(const ex_host *h, wd_time at)
{
    bool down = at >= ex_time(EX_GAP_FROM) && at < ex_time(EX_GAP_TO);

    return h->sensor && ex_visible(h, at) && !down && at < ex_sensor_end(h->world);
}

static const char *new_uid(ex_world *w)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    char uid[19] = "C";

    for (size_t i = 1; i < 18; i++) {
        uid[i] = digits[ex_below(&w->uids, 62)];
    }
    return ex_fmt(w->arena, "%s", uid);
}

static uint16_t new_port(ex_host *h)
{
    h->next_port = h->next_port >= 65500 ? 49700 : (uint16_t) (h->next_port + 1);
    return h->next_port;
}

/* One connection in the making: the first seven columns are the same in every log. */
typedef struct flow {
    ex_host *host;
    wd_time at;
    const char *uid;
    const char *server;
    uint16_t port;
    const char *head; /* ts uid orig_h orig_p resp_h resp_p */
} flow;

static flow open_flow(ex_host *h, wd_time at, const char *server, uint16_t port)
{
    wd_arena *arena = h->world->arena;
    flow f = {h, at, new_uid(h->world), server, port, NULL};

    f.head = ex_fmt(arena, "%s\t%s\t%s\t%u\t%s\t%u", ex_epoch(arena, at), f.uid, source_of(h, at),
                    (unsigned) new_port(h), server, (unsigned) port);
    return f;
}

/* Packets for a number of bytes: full segments plus the hand-shake. */
static uint64_t packets_for(uint64_t bytes, uint64_t least)
{
    return least + bytes / 1400;
}

static void add_conn(const flow *f, const char *service, const ex_visit *v)
{
    wd_arena *arena = f->host->world->arena;
    bool udp = strcmp(service, "dns") == 0 || strcmp(service, "ntp") == 0;
    uint64_t least = udp ? 1 : 7;
    uint64_t head = udp ? 28 : 40;
    uint64_t n_out = packets_for(v->out, least);
    uint64_t in = v->in + (v->uri != NULL ? HEAD_OF_ANSWER : 0);
    uint64_t n_in = packets_for(in, least);
    const char *line =
        ex_fmt(arena, "%s\t%s\t%s\t%.6f\t%llu\t%llu\tSF\tT\t%s\t0\t%s\t%llu\t%llu\t%llu\t%llu\t-",
               f->head, udp ? "udp" : "tcp", service, v->seconds, (unsigned long long) v->out,
               (unsigned long long) in, strncmp(f->server, "10.", 3) == 0 ? "T" : "F",
               udp ? "Dd" : "ShADadFf", (unsigned long long) n_out,
               (unsigned long long) (v->out + n_out * head), (unsigned long long) n_in,
               (unsigned long long) (in + n_in * head));

    ex_rows_add(&f->host->world->conn, arena, f->at, line);
}

void ex_zeek_lookup(ex_host *h, wd_time at, const char *name)
{
    ex_world *w = h->world;

    if (!recorded(h, at)) {
        return;
    }
    const char *first = ex_address_of(w->arena, name, 0);
    const char *second = ex_address_of(w->arena, name, 1);
    flow f = open_flow(h, at, RESOLVER, 53);
    double rtt = (double) ex_between(&w->uids, 2000, 38000) / 1e6;
    ex_visit sizes = {.out = strlen(name) + 18, .in = strlen(name) + 34, .seconds = rtt};
    const char *answers = second == NULL ? first : ex_fmt(w->arena, "%s,%s", first, second);
    const char *line =
        ex_fmt(w->arena,
               "%s\tudp\t%llu\t%.6f\t%s\t1\tC_INTERNET\t1\tA\t0\tNOERROR\tF\tF\tT\tT\t0\t%s\t%s\tF",
               f.head, (unsigned long long) ex_below(&w->uids, 65536), rtt, name, answers,
               second == NULL ? "3600.000000" : "300.000000,300.000000");

    ex_rows_add(&w->dns, w->arena, at, line);
    add_conn(&f, "dns", &sizes);
}

void ex_zeek_ntp(ex_host *h, wd_time at)
{
    ex_visit sizes = {.out = 48, .in = 48, .seconds = 0.000912};

    if (recorded(h, at)) {
        flow f = open_flow(h, at, TIME_SERVER, 123);
        add_conn(&f, "ntp", &sizes);
    }
}

static const char *md5_of(wd_arena *arena, const char *label)
{
    uint8_t digest[16];
    char hex[WD_HEX_MAX];

    if (!wd_hash(WD_MD5, wd_slice_str(label), digest)) {
        ex_die("no MD5");
    }
    return ex_fmt(arena, "%s", wd_hex(digest, sizeof digest, hex));
}

static void add_ssl(const flow *f, const ex_visit *v)
{
    ex_world *w = f->host->world;
    const char *client = v->ja3 == NULL ? "schannel" : v->ja3;
    const char *line =
        ex_fmt(w->arena,
               "%s\tTLSv13\tTLS_AES_256_GCM_SHA384\tx25519\t%s\tF\t-\t%s\tT\tCsijiIa\t-\t-\t-\t%s",
               f->head, v->name, v->ja3 == NULL ? "-" : "h2", md5_of(w->arena, client));

    ex_rows_add(&w->ssl, w->arena, ex_plus(f->at, 0.041), line);
}

static void add_http(const flow *f, const ex_visit *v)
{
    ex_world *w = f->host->world;
    bool post = v->method != NULL && strcmp(v->method, "POST") == 0;
    const char *line = ex_fmt(
        w->arena,
        "%s\t1\t%s\t%s\t%s\t-\t1.1\t%s\t-\t%llu\t%llu\t200\tOK\t-\t-\t(empty)\t-\t-\t-\t-\t-\t-\t"
        "F%.17s\t-\t%s",
        f->head, v->method == NULL ? "GET" : v->method, v->name, v->uri, v->agent,
        (unsigned long long) (post ? v->out : 0), (unsigned long long) v->in, f->uid + 1,
        v->mime == NULL ? "text/html" : v->mime);

    ex_rows_add(&w->http, w->arena, ex_plus(f->at, 0.058), line);
}

void ex_zeek_visit(ex_host *h, const ex_visit *v)
{
    ex_world *w = h->world;

    if (!v->cached) {
        ex_zeek_lookup(h, v->at, v->name);
    }
    wd_time at = ex_plus(v->at, 0.06);
    if (!recorded(h, at)) {
        return;
    }
    flow f = open_flow(h, at, ex_address_of(w->arena, v->name, 0), v->port);
    bool readable = v->uri != NULL && (v->port == 80 || h->inspected);
    add_conn(&f, readable ? "http" : "ssl", v);
    if (readable) {
        add_http(&f, v);
    } else {
        add_ssl(&f, v);
    }
}

typedef struct log_file {
    const char *name;
    ex_rows *rows;
    const char *fields;
    const char *types;
} log_file;

#define ID_FIELDS "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\t"
#define ID_TYPES "time\tstring\taddr\tport\taddr\tport\t"

static void add_stamp(wd_buf *b, const char *word, wd_time t)
{
    char text[WD_TIME_TEXT];

    wd_time_format_seconds(t, text); /* 2023-03-01T00:00:00Z to 2023-03-01-00-00-00 */
    for (size_t i = 0; text[i] != '\0'; i++) {
        text[i] = text[i] == 'T' || text[i] == ':' ? '-' : text[i];
    }
    text[19] = '\0';
    wd_buf_printf(b, "#%s\t%s\n", word, text);
}

static void add_header(wd_buf *b, const log_file *log, wd_time opened)
{
    wd_buf_printf(b,
                  "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
                  "#path\t%s\n",
                  log->name);
    add_stamp(b, "open", opened);
    wd_buf_printf(b, "#fields\t" ID_FIELDS "%s\n#types\t" ID_TYPES "%s\n", log->fields, log->types);
}

static void write_log(const ex_world *w, const log_file *log)
{
    wd_buf b = {0};
    wd_time gap = ex_time(EX_GAP_FROM);
    wd_time again = ex_time(EX_GAP_TO);
    wd_time end = ex_sensor_end(w);
    bool after = false;

    ex_rows_sort(log->rows);
    add_header(&b, log, ex_time(EX_FIRST_DAY));
    for (size_t i = 0; i < log->rows->n; i++) {
        const ex_row *row = &log->rows->rows[i];
        if (!after && row->at >= gap) {
            add_stamp(&b, "close", gap);
            add_header(&b, log, again);
            after = true;
        }
        wd_buf_printf(&b, "%s\n", (const char *) row->what);
    }
    add_stamp(&b, "close", end);
    ex_write_buf(w->options.folder, ex_fmt(w->arena, "zeek/%s.log", log->name), &b);
}

void ex_zeek_write(ex_world *w)
{
    const log_file logs[] = {
        {"conn", &w->conn,
         "proto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\t"
         "missed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\t"
         "tunnel_parents",
         "enum\tstring\tinterval\tcount\tcount\tstring\tbool\tbool\tcount\tstring\tcount\tcount\t"
         "count\tcount\tset[string]"},
        {"dns", &w->dns,
         "proto\ttrans_id\trtt\tquery\tqclass\tqclass_name\tqtype\tqtype_name\trcode\trcode_name\t"
         "AA\tTC\tRD\tRA\tZ\tanswers\tTTLs\trejected",
         "enum\tcount\tinterval\tstring\tcount\tstring\tcount\tstring\tcount\tstring\tbool\tbool\t"
         "bool\tbool\tcount\tvector[string]\tvector[interval]\tbool"},
        {"ssl", &w->ssl,
         "version\tcipher\tcurve\tserver_name\tresumed\tlast_alert\tnext_protocol\testablished\t"
         "ssl_history\tcert_chain_fps\tclient_cert_chain_fps\tsni_matches_cert\tja3",
         "string\tstring\tstring\tstring\tbool\tstring\tstring\tbool\tstring\tvector[string]\t"
         "vector[string]\tbool\tstring"},
        {"http", &w->http,
         "trans_depth\tmethod\thost\turi\treferrer\tversion\tuser_agent\torigin\t"
         "request_body_len\tresponse_body_len\tstatus_code\tstatus_msg\tinfo_code\tinfo_msg\ttags\t"
         "username\tpassword\tproxied\torig_fuids\torig_filenames\torig_mime_types\tresp_fuids\t"
         "resp_filenames\tresp_mime_types",
         "count\tstring\tstring\tstring\tstring\tstring\tstring\tstring\tcount\tcount\tcount\t"
         "string\tcount\tstring\tset[enum]\tstring\tstring\tset[string]\tvector[string]\t"
         "vector[string]\tvector[string]\tvector[string]\tvector[string]\tvector[string]"},
    };

    for (size_t i = 0; i < sizeof logs / sizeof logs[0]; i++) {
        write_log(w, &logs[i]);
    }
}
