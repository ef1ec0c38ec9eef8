#include "make/ex_packets.h"

#include <stdio.h>
#include <string.h>

#include "make/ex_tls.h"
#include "make/pe_builder.h"

#define UDP 17
#define TCP 6
#define SEGMENT 1400U

static void put_be16(wd_buf *b, unsigned v)
{
    wd_buf_byte(b, (uint8_t) (v >> 8));
    wd_buf_byte(b, (uint8_t) v);
}

static void put_be32(wd_buf *b, uint32_t v)
{
    put_be16(b, v >> 16);
    put_be16(b, v & 0xffff);
}

static void put_address(wd_buf *b, const char *text)
{
    wd_slice rest = wd_slice_str(text);
    wd_slice part;

    while (wd_slice_split(&rest, '.', &part)) {
        uint64_t v = 0;
        if (!wd_slice_to_u64(part, &v) || v > 255) {
            ex_die("not an address: %s", text);
        }
        wd_buf_byte(b, (uint8_t) v);
    }
}

/* Internet checksum (RFC 1071) over an even start; `sum` carries what was added before. */
static uint16_t checksum(wd_slice s, uint32_t sum)
{
    for (size_t i = 0; i < s.len; i += 2) {
        sum += (uint32_t) s.ptr[i] << 8 | (i + 1 < s.len ? s.ptr[i + 1] : 0);
    }
    while (sum >> 16 != 0) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t) ~sum;
}

static void poke_be16(wd_buf *b, size_t at, uint16_t v)
{
    b->ptr[at] = (uint8_t) (v >> 8);
    b->ptr[at + 1] = (uint8_t) v;
}

typedef struct ends {
    const char *from, *to;
    bool outward; /* from the client */
} ends;

/* Wraps a UDP or TCP segment, whose checksum field at `sum_at` is still zero, and keeps the frame.
 */
static void send(ex_capture *c, wd_time at, ends e, uint8_t protocol, wd_buf *segment)
{
    static const uint8_t macs[2][6] = {{0x3c, 0x22, 0xfb, 0x10, 0x05, 0x19},
                                       {0x00, 0x00, 0x5e, 0x00, 0x01, 0x01}};
    size_t sum_at = protocol == UDP ? 6 : 16;
    wd_buf pseudo = {0};
    wd_buf f = {0};

    put_address(&pseudo, e.from);
    put_address(&pseudo, e.to);
    put_be16(&pseudo, protocol);
    put_be16(&pseudo, (unsigned) segment->len);
    uint16_t half = (uint16_t) ~checksum(wd_buf_slice(&pseudo), 0);
    poke_be16(segment, sum_at, checksum(wd_buf_slice(segment), half));

    wd_buf_add(&f, wd_slice_of(macs[e.outward ? 1 : 0], 6));
    wd_buf_add(&f, wd_slice_of(macs[e.outward ? 0 : 1], 6));
    put_be16(&f, 0x0800);
    put_be16(&f, 0x4500);
    put_be16(&f, (unsigned) segment->len + 20);
    put_be16(&f, c->next_id++);
    put_be16(&f, 0x4000); /* do not fragment */
    wd_buf_byte(&f, e.outward ? 64 : 57);
    wd_buf_byte(&f, protocol);
    put_be16(&f, 0);
    put_address(&f, e.from);
    put_address(&f, e.to);
    poke_be16(&f, 24, checksum(wd_slice_of(f.ptr + 14, 20), 0));
    wd_buf_add(&f, wd_buf_slice(segment));

    wd_slice *kept = EX_NEW(c->arena, wd_slice);
    *kept = wd_arena_copy(c->arena, wd_buf_slice(&f));
    if (f.failed || kept->ptr == NULL) {
        ex_die("out of memory");
    }
    ex_rows_add(&c->packets, c->arena, at, kept);
    wd_buf_free(&pseudo);
    wd_buf_free(&f);
    wd_buf_free(segment);
}

static uint16_t new_port(ex_capture *c)
{
    return (uint16_t) (49152 + (c->next_port = (uint16_t) ((c->next_port + 1) % 16000)));
}

static void put_name(wd_buf *b, const char *name)
{
    wd_slice rest = wd_slice_str(name);
    wd_slice label;

    while (wd_slice_split(&rest, '.', &label)) {
        wd_buf_byte(b, (uint8_t) label.len);
        wd_buf_add(b, label);
    }
    wd_buf_byte(b, 0);
}

static void put_udp(wd_buf *b, uint16_t from, uint16_t to, const wd_buf *body)
{
    put_be16(b, from);
    put_be16(b, to);
    put_be16(b, (unsigned) body->len + 8);
    put_be16(b, 0);
    wd_buf_add(b, wd_buf_slice(body));
}

static void put_question(wd_buf *b, uint16_t id, unsigned flags, const char *name)
{
    put_be16(b, id);
    put_be16(b, flags);
    put_be16(b, 1);
    put_be16(b, 0); /* answers: set below */
    put_be32(b, 0);
    put_name(b, name);
    put_be16(b, 1); /* A */
    put_be16(b, 1); /* IN */
}

static void put_answer(wd_buf *b, const char *address)
{
    put_be16(b, 0xc00c); /* the name in the question */
    put_be16(b, 1);
    put_be16(b, 1);
    put_be32(b, 300);
    put_be16(b, 4);
    put_address(b, address);
    b->ptr[7]++;
}

void ex_capture_lookup(ex_capture *c, wd_time at, const char *name, const char *first,
                       const char *second)
{
    uint16_t port = new_port(c);
    uint16_t id = (uint16_t) ex_rng_next(&c->rng);
    wd_buf body = {0};
    wd_buf datagram = {0};

    put_question(&body, id, 0x0100, name);
    put_udp(&datagram, port, 53, &body);
    send(c, at, (ends){c->client, c->resolver, true}, UDP, &datagram);

    wd_buf_clear(&body);
    put_question(&body, id, 0x8180, name);
    put_answer(&body, first);
    if (second != NULL) {
        put_answer(&body, second);
    }
    put_udp(&datagram, 53, port, &body);
    send(c, ex_plus(at, (double) ex_between(&c->rng, 3000, 30000) / 1e6),
         (ends){c->resolver, c->client, false}, UDP, &datagram);
    wd_buf_free(&body);
}

/* A TCP connection in the making; side 0 is the client. */
typedef struct stream {
    ex_capture *capture;
    const char *address[2];
    uint16_t port[2];
    uint32_t next[2]; /* sequence number */
    wd_time now;
} stream;

enum { FIN = 1, SYN = 2, PSH = 8, ACK = 16 };

static void put_syn_options(wd_buf *b)
{
    /* MSS 1460, no operation, window scale 6, no operation twice, SACK permitted */
    static const uint8_t options[12] = {2, 4, 0x05, 0xb4, 1, 3, 3, 6, 1, 1, 4, 2};

    wd_buf_add(b, wd_slice_of(options, sizeof options));
}

static void segment(stream *s, unsigned side, unsigned flags, wd_slice data)
{
    wd_buf b = {0};
    bool syn = (flags & SYN) != 0;

    put_be16(&b, s->port[side]);
    put_be16(&b, s->port[1 - side]);
    put_be32(&b, s->next[side]);
    put_be32(&b, (flags & ACK) != 0 ? s->next[1 - side] : 0);
    put_be16(&b, (syn ? 8U : 5U) << 12 | flags);
    put_be16(&b, 0xffff);
    put_be32(&b, 0);
    if (syn) {
        put_syn_options(&b);
    }
    wd_buf_add(&b, data);
    send(s->capture, s->now, (ends){s->address[side], s->address[1 - side], side == 0}, TCP, &b);
    s->next[side] += (uint32_t) data.len + ((flags & (SYN | FIN)) != 0 ? 1 : 0);
}

static void wait(stream *s, uint64_t least_us, uint64_t most_us)
{
    s->now = ex_plus(s->now, (double) ex_between(&s->capture->rng, least_us, most_us) / 1e6);
}

/* Data in segments of at most SEGMENT bytes, then the other side's acknowledgement. */
static void say(stream *s, unsigned side, wd_buf *data)
{
    wd_slice rest = wd_buf_slice(data);

    while (rest.len > 0) {
        wd_slice part = wd_slice_sub(rest, 0, SEGMENT);
        rest = wd_slice_sub(rest, part.len, rest.len);
        segment(s, side, rest.len == 0 ? PSH | ACK : ACK, part);
        wait(s, 60, 400);
    }
    wait(s, 9000, 16000);
    segment(s, 1 - side, ACK, (wd_slice){0});
    wd_buf_clear(data);
}

static void hand_shake(stream *s)
{
    segment(s, 0, SYN, (wd_slice){0});
    wait(s, 11000, 19000);
    segment(s, 1, SYN | ACK, (wd_slice){0});
    wait(s, 60, 300);
    segment(s, 0, ACK, (wd_slice){0});
    wait(s, 100, 900);
}

static void good_bye(stream *s)
{
    wait(s, 50000, 4000000);
    segment(s, 0, FIN | ACK, (wd_slice){0});
    wait(s, 11000, 19000);
    segment(s, 1, FIN | ACK, (wd_slice){0});
    wait(s, 60, 300);
    segment(s, 0, ACK, (wd_slice){0});
}

static void talk_tls(stream *s, const ex_exchange *x)
{
    wd_buf b = {0};

    ex_tls_hello(&b, &s->capture->rng, x->tls, x->name);
    say(s, 0, &b);
    ex_tls_answer(&b, &s->capture->rng);
    say(s, 1, &b);
    ex_tls_finish(&b, &s->capture->rng);
    ex_tls_data(&b, &s->capture->rng, x->out);
    say(s, 0, &b);
    wait(s, 20000, 90000);
    ex_tls_data(&b, &s->capture->rng, x->in);
    say(s, 1, &b);
    wd_buf_free(&b);
}

static void talk_http(stream *s, const ex_exchange *x)
{
    static const char page[] = "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY>"
                               "</HTML>\n";
    wd_buf b = {0};

    wd_buf_printf(&b, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\nConnection: close\r\n\r\n",
                  x->path, x->name, x->agent);
    say(s, 0, &b);
    wait(s, 20000, 90000);
    wd_buf_printf(&b,
                  "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %zu\r\n"
                  "Connection: close\r\n\r\n%s",
                  strlen(page), page);
    say(s, 1, &b);
    wd_buf_free(&b);
}

void ex_capture_exchange(ex_capture *c, const ex_exchange *x)
{
    stream s = {c,
                {c->client, x->server},
                {new_port(c), x->port},
                {(uint32_t) ex_rng_next(&c->rng), (uint32_t) ex_rng_next(&c->rng)},
                x->at};

    hand_shake(&s);
    if (x->tls != NULL) {
        talk_tls(&s, x);
    } else {
        talk_http(&s, x);
    }
    good_bye(&s);
}

void ex_capture_finish(ex_capture *c, wd_buf *out)
{
    ex_rows_sort(&c->packets);
    make_u32(out, UINT32_C(0xa1b2c3d4));
    make_u16(out, 2);
    make_u16(out, 4);
    make_u64(out, 0);
    make_u32(out, 65535);
    make_u32(out, 1); /* Ethernet */
    for (size_t i = 0; i < c->packets.n; i++) {
        const ex_row *row = &c->packets.rows[i];
        const wd_slice *frame = row->what;
        make_u32(out, (uint32_t) (row->at / WD_TICKS_PER_SECOND));
        make_u32(out, (uint32_t) (row->at % WD_TICKS_PER_SECOND / 10));
        make_u32(out, (uint32_t) frame->len);
        make_u32(out, (uint32_t) frame->len);
        wd_buf_add(out, *frame);
    }
}
