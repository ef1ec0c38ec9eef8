#include "formats/dns.h"

#include <stdio.h>
#include <string.h>

#include "core/cursor.h"
#include "formats/net_addr.h"

/* Pointers followed in one name: each must go backwards, so this only bounds work. */
#define MAX_JUMPS 64

static wd_slice keep(wd_dns *m, const uint8_t *bytes, size_t len)
{
    if (len > WD_DNS_TEXT - m->text_len) {
        m->cut = true;
        return (wd_slice){0};
    }
    memcpy(m->text + m->text_len, bytes, len);
    wd_slice s = wd_slice_of(m->text + m->text_len, len);
    m->text_len += len;
    return s;
}

/* Takes a name at the cursor; pointers are resolved in the whole message. */
static wd_slice take_name(wd_cursor *c, wd_dns *m)
{
    uint8_t text[WD_DNS_MAX_NAME + 64];
    size_t len = 0;
    wd_cursor at = *c;
    bool jumped = false;
    for (int jumps = 0; jumps < MAX_JUMPS;) {
        size_t here = at.pos;
        uint8_t n = wd_u8(&at);
        if (at.failed || n == 0) {
            break;
        }
        if ((n & 0xc0) == 0xc0) {
            size_t target = (size_t) (n & 0x3f) << 8 | wd_u8(&at);
            if (!jumped) {
                c->pos = at.pos;
                jumped = true;
            }
            at.failed = at.failed || target >= here;
            at.pos = at.failed ? at.pos : target;
            jumps++;
            continue;
        }
        wd_slice label = wd_take(&at, n);
        if (n > 63 || at.failed || len + n + 1 > WD_DNS_MAX_NAME) {
            at.failed = true;
            break;
        }
        if (len > 0) {
            text[len++] = '.';
        }
        memcpy(text + len, label.ptr, n);
        len += n;
    }
    if (!jumped) {
        c->pos = at.pos;
    }
    c->failed = c->failed || at.failed;
    if (c->failed) {
        return (wd_slice){0};
    }
    return len == 0 ? WD_S(".") : keep(m, text, len);
}

static wd_slice take_strings(wd_cursor *data, wd_dns *m)
{
    uint8_t text[4096];
    size_t len = 0;
    while (wd_cursor_left(data) > 0) {
        wd_slice s = wd_take(data, wd_u8(data));
        if (data->failed || s.len > sizeof text - len) {
            break;
        }
        memcpy(text + len, s.ptr, s.len);
        len += s.len;
    }
    return keep(m, text, len);
}

/* Text of the data; `c` is at its start and may be followed by pointers into the message. */
static wd_slice value_of(wd_cursor c, uint16_t type, uint16_t len, wd_dns *m)
{
    char address[WD_NET_ADDR_TEXT];
    wd_cursor data = wd_cursor_sub(&c, c.pos, len);
    switch (type) {
    case WD_DNS_A:
    case WD_DNS_AAAA: {
        if (len != (type == WD_DNS_A ? 4 : 16)) {
            return (wd_slice){0};
        }
        wd_slice text = wd_net_addr_text(data.data.ptr, len, address);
        return keep(m, text.ptr, text.len);
    }
    case WD_DNS_TXT: return take_strings(&data, m);
    case WD_DNS_MX: wd_skip(&c, 2); break;
    case WD_DNS_SRV: wd_skip(&c, 6); break;
    case WD_DNS_NS:
    case WD_DNS_CNAME:
    case WD_DNS_PTR:
    case WD_DNS_SOA: break;
    default: return (wd_slice){0};
    }
    return len == 0 ? WD_EMPTY : take_name(&c, m);
}

static bool take_question(wd_cursor *c, wd_dns *m)
{
    wd_dns_question q = {.name = take_name(c, m)};
    q.type = wd_u16be(c);
    wd_skip(c, 2);
    if (c->failed) {
        return false;
    }
    if (m->n_questions < WD_DNS_MAX_QUESTIONS) {
        m->questions[m->n_questions++] = q;
    } else {
        m->cut = true;
    }
    return true;
}

static bool take_record(wd_cursor *c, bool extra, wd_dns *m)
{
    wd_net_answer a = {.extra = extra, .name = take_name(c, m)};
    a.type = wd_u16be(c);
    wd_skip(c, 2);
    a.ttl = wd_u32be(c);
    uint16_t len = wd_u16be(c);
    if (c->failed || len > wd_cursor_left(c)) {
        return false;
    }
    if (m->n_answers < WD_MAX_DNS_ANSWERS) {
        a.value = value_of(*c, a.type, len, m);
        m->answers[m->n_answers++] = a;
    } else {
        m->cut = true;
    }
    wd_skip(c, len);
    return true;
}

bool wd_dns_parse(wd_slice message, wd_dns *out)
{
    wd_cursor c = wd_cursor_of(message, 0);
    out->id = wd_u16be(&c);
    out->flags = wd_u16be(&c);
    out->response = (out->flags & 0x8000) != 0;
    out->complete = out->cut = false;
    out->n_questions = out->n_answers = out->text_len = 0;
    unsigned n_questions = wd_u16be(&c);
    unsigned n_answers = wd_u16be(&c);
    unsigned n_extra = wd_u16be(&c);
    n_extra += wd_u16be(&c);
    out->used = c.pos;
    if (c.failed) {
        return false;
    }
    bool good = true;
    for (unsigned i = 0; i < n_questions && (good = take_question(&c, out)); i++) {
    }
    for (unsigned i = 0; good && i < n_answers + n_extra; i++) {
        good = take_record(&c, i >= n_answers, out);
    }
    out->complete = good;
    out->used = c.pos;
    return n_questions == 0 ? n_answers + n_extra > 0 && good : out->n_questions > 0;
}

bool wd_dns_is_sure(wd_slice message, wd_dns *scratch)
{
    /* Cheap refusals first: this is asked of every datagram. */
    if (message.len < 17 || message.ptr[4] != 0 || message.ptr[5] == 0 || message.ptr[5] > 4 ||
        (message.ptr[2] & 0x78) > 0x28 || (message.ptr[3] & 0x40) != 0 || message.ptr[6] != 0) {
        return false;
    }
    if (!wd_dns_parse(message, scratch) || !scratch->complete || scratch->used != message.len) {
        return false;
    }
    return scratch->response || scratch->n_answers <= 4;
}

static const struct {
    uint16_t type;
    const char *name;
} types[] = {
    {1, "A"},           {2, "NS"},     {5, "CNAME"},   {6, "SOA"},    {10, "NULL"},
    {12, "PTR"},        {13, "HINFO"}, {15, "MX"},     {16, "TXT"},   {17, "RP"},
    {18, "AFSDB"},      {24, "SIG"},   {25, "KEY"},    {28, "AAAA"},  {29, "LOC"},
    {33, "SRV"},        {35, "NAPTR"}, {36, "KX"},     {37, "CERT"},  {39, "DNAME"},
    {41, "OPT"},        {42, "APL"},   {43, "DS"},     {44, "SSHFP"}, {45, "IPSECKEY"},
    {46, "RRSIG"},      {47, "NSEC"},  {48, "DNSKEY"}, {49, "DHCID"}, {50, "NSEC3"},
    {51, "NSEC3PARAM"}, {52, "TLSA"},  {55, "HIP"},    {59, "CDS"},   {60, "CDNSKEY"},
    {61, "OPENPGPKEY"}, {64, "SVCB"},  {65, "HTTPS"},  {99, "SPF"},   {249, "TKEY"},
    {250, "TSIG"},      {251, "IXFR"}, {252, "AXFR"},  {255, "ANY"},  {256, "URI"},
    {257, "CAA"},
};

const char *wd_dns_type_name(uint16_t type, char out[static 16])
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (types[i].type == type) {
            return types[i].name;
        }
    }
    (void) snprintf(out, 16, "TYPE%u", type);
    return out;
}

uint16_t wd_dns_type_parse(wd_slice name)
{
    uint64_t n;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (wd_slice_eq_nocase(name, wd_slice_str(types[i].name))) {
            return types[i].type;
        }
    }
    if (wd_slice_eq(name, WD_S("*"))) {
        return 255;
    }
    if (wd_slice_starts_nocase(name, WD_S("TYPE")) &&
        wd_slice_to_u64(wd_slice_sub(name, 4, SIZE_MAX), &n) && n <= 0xffff) {
        return (uint16_t) n;
    }
    return wd_slice_to_u64(name, &n) && n <= 0xffff ? (uint16_t) n : 0;
}
