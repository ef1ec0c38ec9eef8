#include "make/ex_tls.h"

#include <string.h>

static void put16(wd_buf *b, size_t v)
{
    wd_buf_byte(b, (uint8_t) (v >> 8));
    wd_buf_byte(b, (uint8_t) v);
}

static void put_noise(wd_buf *b, ex_rng *rng, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        wd_buf_byte(b, (uint8_t) (ex_rng_next(rng) >> 33));
    }
}

static void put_record(wd_buf *out, uint8_t type, size_t version, const wd_buf *body)
{
    wd_buf_byte(out, type);
    put16(out, version);
    put16(out, body->len);
    wd_buf_add(out, wd_buf_slice(body));
}

static void put_handshake(wd_buf *out, uint8_t type, size_t version, const wd_buf *body)
{
    wd_buf record = {0};

    wd_buf_byte(&record, type);
    wd_buf_byte(&record, 0);
    put16(&record, body->len);
    wd_buf_add(&record, wd_buf_slice(body));
    put_record(out, 22, version, &record);
    wd_buf_free(&record);
}

static void put_extension(wd_buf *b, size_t type, const void *bytes, size_t len)
{
    put16(b, type);
    put16(b, len);
    wd_buf_add(b, wd_slice_of(bytes, len));
}

static void put_server_name(wd_buf *b, const char *name)
{
    size_t len = strlen(name);

    put16(b, 0);
    put16(b, len + 5);
    put16(b, len + 3);
    wd_buf_byte(b, 0); /* host_name */
    put16(b, len);
    wd_buf_str(b, name);
}

static void put_key_share(wd_buf *b, ex_rng *rng, bool list)
{
    put16(b, 51);
    put16(b, list ? 38 : 36);
    if (list) {
        put16(b, 36);
    }
    put16(b, 29); /* x25519 */
    put16(b, 32);
    put_noise(b, rng, 32);
}

static void put_client_extensions(wd_buf *b, ex_rng *rng, const ex_tls_client *c, const char *name)
{
    static const uint8_t groups[] = {0, 6, 0, 29, 0, 23, 0, 24};
    static const uint8_t formats[] = {1, 0};
    static const uint8_t algorithms[] = {0, 12, 4, 3, 8, 4, 4, 1, 5, 3, 8, 5, 5, 1};
    static const uint8_t protocols[] = "\0\x0c\x02h2\x08http/1.1";
    static const uint8_t versions[] = {4, 3, 4, 3, 3};
    static const uint8_t modes[] = {1, 1};

    put_server_name(b, name);
    put_extension(b, 23, NULL, 0); /* extended_master_secret */
    put_extension(b, 10, groups, sizeof groups);
    put_extension(b, 11, formats, sizeof formats);
    if (c->offers_h2) {
        put_extension(b, 16, protocols, sizeof protocols - 1);
    }
    put_extension(b, 13, algorithms, sizeof algorithms);
    put_key_share(b, rng, true);
    put_extension(b, 45, modes, sizeof modes);
    put_extension(b, 43, versions, sizeof versions);
}

void ex_tls_hello(wd_buf *out, ex_rng *rng, const ex_tls_client *client, const char *name)
{
    wd_buf body = {0};
    wd_buf extensions = {0};

    put16(&body, 0x0303);
    put_noise(&body, rng, 32);
    wd_buf_byte(&body, 32);
    put_noise(&body, rng, 32);
    put16(&body, 2 * client->n_ciphers);
    for (size_t i = 0; i < client->n_ciphers; i++) {
        put16(&body, client->ciphers[i]);
    }
    wd_buf_byte(&body, 1);
    wd_buf_byte(&body, 0);
    put_client_extensions(&extensions, rng, client, name);
    put16(&body, extensions.len);
    wd_buf_add(&body, wd_buf_slice(&extensions));
    put_handshake(out, 1, 0x0301, &body);
    wd_buf_free(&extensions);
    wd_buf_free(&body);
}

static void put_change(wd_buf *out)
{
    static const uint8_t change[] = {20, 3, 3, 0, 1, 1};

    wd_buf_add(out, wd_slice_of(change, sizeof change));
}

void ex_tls_answer(wd_buf *out, ex_rng *rng)
{
    static const uint8_t version[] = {3, 4};
    wd_buf body = {0};
    wd_buf extensions = {0};

    put16(&body, 0x0303);
    put_noise(&body, rng, 32);
    wd_buf_byte(&body, 0); /* no session id */
    put16(&body, 0x1301);  /* TLS_AES_128_GCM_SHA256 */
    wd_buf_byte(&body, 0);
    put_extension(&extensions, 43, version, sizeof version);
    put_key_share(&extensions, rng, false);
    put16(&body, extensions.len);
    wd_buf_add(&body, wd_buf_slice(&extensions));
    put_handshake(out, 2, 0x0303, &body);
    put_change(out);
    ex_tls_data(out, rng, 180); /* shorter than a real chain: it is noise anyway */
    wd_buf_free(&extensions);
    wd_buf_free(&body);
}

void ex_tls_finish(wd_buf *out, ex_rng *rng)
{
    put_change(out);
    ex_tls_data(out, rng, 53);
}

void ex_tls_data(wd_buf *out, ex_rng *rng, size_t len)
{
    while (len > 0) {
        size_t part = len > 8192 ? 8192 : len;
        wd_buf body = {0};
        put_noise(&body, rng, part);
        put_record(out, 23, 0x0303, &body);
        wd_buf_free(&body);
        len -= part;
    }
}
