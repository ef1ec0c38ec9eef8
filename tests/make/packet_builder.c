#include "make/packet_builder.h"

#include <string.h>

#include "formats/net_addr.h"

void pb_put16(wd_buf *b, unsigned v)
{
    wd_buf_byte(b, (uint8_t) (v >> 8));
    wd_buf_byte(b, (uint8_t) v);
}

void pb_put32(wd_buf *b, uint32_t v)
{
    pb_put16(b, v >> 16);
    pb_put16(b, v & 0xffff);
}

static void put_own(const pb_capture *c, wd_buf *b, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++) {
        wd_buf_byte(b, (uint8_t) (v >> (c->big_endian ? 24 - 8 * i : 8 * i)));
    }
}

void pb_begin(pb_capture *c)
{
    put_own(c, &c->bytes, c->nano ? 0xa1b23c4d : 0xa1b2c3d4);
    put_own(c, &c->bytes, c->big_endian ? 0x00020004 : 0x00040002);
    put_own(c, &c->bytes, 0);
    put_own(c, &c->bytes, 0);
    put_own(c, &c->bytes, 65535);
    put_own(c, &c->bytes, c->link);
    if (c->micros == 0) {
        c->micros = UINT64_C(1680000000000000);
    }
}

void pb_end(pb_capture *c)
{
    wd_buf_free(&c->bytes);
}

void pb_record(pb_capture *c, wd_slice frame)
{
    put_own(c, &c->bytes, (uint32_t) (c->micros / 1000000));
    put_own(c, &c->bytes, (uint32_t) (c->micros % 1000000 * (c->nano ? 1000 : 1)));
    put_own(c, &c->bytes, (uint32_t) frame.len);
    put_own(c, &c->bytes, (uint32_t) frame.len);
    wd_buf_add(&c->bytes, frame);
    c->micros += 1000;
}

static void put_address(wd_buf *b, uint8_t last)
{
    const uint8_t client[4] = {10, 0, 0, last};
    const uint8_t server[4] = {192, 0, 2, last};
    wd_buf_add(b, wd_slice_of(last >= 100 ? server : client, 4));
}

void pb_ip(wd_buf *out, pb_ends e, uint8_t proto, uint16_t fragment, wd_slice payload)
{
    pb_put16(out, 0x4500);
    pb_put16(out, (unsigned) payload.len + 20);
    pb_put16(out, 77);
    pb_put16(out, fragment);
    wd_buf_byte(out, 64);
    wd_buf_byte(out, proto);
    pb_put16(out, 0);
    put_address(out, e.src);
    put_address(out, e.dst);
    wd_buf_add(out, payload);
}

void pb_udp(wd_buf *out, pb_ends e, wd_slice payload)
{
    wd_buf u = {0};
    pb_put16(&u, e.sport);
    pb_put16(&u, e.dport);
    pb_put16(&u, (unsigned) payload.len + 8);
    pb_put16(&u, 0);
    wd_buf_add(&u, payload);
    pb_ip(out, e, 17, 0, wd_buf_slice(&u));
    wd_buf_free(&u);
}

void pb_tcp(wd_buf *out, pb_ends e, uint32_t seq, uint8_t flags, wd_slice payload)
{
    wd_buf t = {0};
    pb_put16(&t, e.sport);
    pb_put16(&t, e.dport);
    pb_put32(&t, seq);
    pb_put32(&t, 0);
    wd_buf_byte(&t, 0x50);
    wd_buf_byte(&t, flags);
    pb_put16(&t, 8192);
    pb_put32(&t, 0);
    wd_buf_add(&t, payload);
    pb_ip(out, e, 6, 0, wd_buf_slice(&t));
    wd_buf_free(&t);
}

void pb_send_ip(pb_capture *c, wd_slice ip)
{
    wd_buf f = {0};
    if (c->link == 1) {
        wd_buf_fill(&f, 2, 12);
        pb_put16(&f, 0x0800);
    }
    wd_buf_add(&f, ip);
    pb_record(c, wd_buf_slice(&f));
    wd_buf_free(&f);
}

void pb_send_udp(pb_capture *c, pb_ends e, wd_slice payload)
{
    wd_buf ip = {0};
    pb_udp(&ip, e, payload);
    pb_send_ip(c, wd_buf_slice(&ip));
    wd_buf_free(&ip);
}

void pb_send_tcp(pb_capture *c, pb_ends e, uint32_t seq, uint8_t flags, wd_slice payload)
{
    wd_buf ip = {0};
    pb_tcp(&ip, e, seq, flags, payload);
    pb_send_ip(c, wd_buf_slice(&ip));
    wd_buf_free(&ip);
}

static void put_name(wd_buf *out, const char *name)
{
    wd_slice rest = wd_slice_str(name);
    wd_slice label;
    while (wd_slice_split(&rest, '.', &label)) {
        wd_buf_byte(out, (uint8_t) label.len);
        wd_buf_add(out, label);
    }
    wd_buf_byte(out, 0);
}

void pb_dns(wd_buf *out, uint16_t id, const char *name, uint16_t type, const char *address)
{
    wd_ip ip = {0};
    pb_put16(out, id);
    pb_put16(out, address != NULL ? 0x8180 : 0x0100);
    pb_put16(out, 1);
    pb_put16(out, address != NULL ? 1 : 0);
    pb_put32(out, 0);
    put_name(out, name);
    pb_put16(out, type);
    pb_put16(out, 1);
    if (address != NULL && wd_net_addr_parse(wd_slice_str(address), &ip)) {
        pb_put16(out, 0xc00c);
        pb_put16(out, type);
        pb_put16(out, 1);
        pb_put32(out, 300);
        pb_put16(out, ip.len);
        wd_buf_add(out, wd_slice_of(ip.bytes, ip.len));
    }
}

static void put_extension(wd_buf *b, unsigned type, const wd_buf *body)
{
    pb_put16(b, type);
    pb_put16(b, (unsigned) body->len);
    wd_buf_add(b, wd_buf_slice(body));
}

static void put_bytes(wd_buf *b, unsigned type, const char *bytes, size_t len)
{
    wd_buf body = {0};
    wd_buf_add(&body, wd_slice_of(bytes, len));
    put_extension(b, type, &body);
    wd_buf_free(&body);
}

void pb_hello(wd_buf *out, const char *sni, const char *alpn)
{
    wd_buf x = {0};
    wd_buf one = {0};
    size_t n = sni == NULL ? 0 : strlen(sni);
    if (sni != NULL) {
        pb_put16(&one, (unsigned) n + 3);
        wd_buf_byte(&one, 0);
        pb_put16(&one, (unsigned) n);
        wd_buf_str(&one, sni);
        put_extension(&x, 0, &one);
    }
    put_bytes(&x, 10, "\0\4\0\x1d\0\x17", 6);
    put_bytes(&x, 11, "\1\0", 2);
    put_bytes(&x, 13, "\0\4\4\3\x08\4", 6);
    if (alpn != NULL) {
        wd_buf_clear(&one);
        pb_put16(&one, (unsigned) strlen(alpn) + 1);
        wd_buf_byte(&one, (uint8_t) strlen(alpn));
        wd_buf_str(&one, alpn);
        put_extension(&x, 16, &one);
    }
    put_bytes(&x, 43, "\4\x03\x04\x03\x03", 5);
    size_t len = 2 + 32 + 1 + 2 + 6 + 2 + 2 + x.len;
    pb_put32(out, 0x01000000U | (uint32_t) len);
    pb_put16(out, 0x0303);
    wd_buf_fill(out, 0x5a, 32);
    wd_buf_byte(out, 0);
    pb_put16(out, 6);
    pb_put16(out, 0x1a1a); /* a value that means nothing (RFC 8701) */
    pb_put16(out, 0x1301);
    pb_put16(out, 0xc02f);
    pb_put16(out, 0x0100);
    pb_put16(out, (unsigned) x.len);
    wd_buf_add(out, wd_buf_slice(&x));
    wd_buf_free(&x);
    wd_buf_free(&one);
}

void pb_records(wd_buf *out, wd_slice message, size_t most)
{
    while (message.len > 0) {
        wd_slice part = wd_slice_sub(message, 0, most);
        wd_buf_byte(out, 22);
        pb_put16(out, 0x0301);
        pb_put16(out, (unsigned) part.len);
        wd_buf_add(out, part);
        message = wd_slice_sub(message, part.len, SIZE_MAX);
    }
}
