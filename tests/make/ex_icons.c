#include "make/ex_files.h"

#include <stdio.h>
#include <string.h>

#include "make/pe_builder.h"

/*
 * Icons with PNG images (Windows Vista and later). On the dead drop of the attack each carried '$'
 * and base64 text behind its last image; the text here says in plain words that it is nothing.
 */

static const unsigned sizes[] = {16, 20, 24};
#define IMAGES 3

static void put_u32_be(wd_buf *b, uint32_t v)
{
    for (int shift = 24; shift >= 0; shift -= 8) {
        wd_buf_byte(b, (uint8_t) (v >> shift));
    }
}

static void put_chunk(wd_buf *png, const char *type, wd_slice body)
{
    size_t begin = png->len + 4;

    put_u32_be(png, (uint32_t) body.len);
    wd_buf_str(png, type);
    wd_buf_add(png, body);
    put_u32_be(png, ex_crc32(0, wd_slice_of(png->ptr + begin, png->len - begin)));
}

/* zlib stream of one stored block (RFC 1950, RFC 1951): pixels here are too few to matter. */
static void put_stored(wd_buf *out, wd_slice raw)
{
    uint32_t a = 1;
    uint32_t b = 0;

    wd_buf_byte(out, 0x78);
    wd_buf_byte(out, 0x01);
    wd_buf_byte(out, 1);
    make_u16(out, (uint16_t) raw.len);
    make_u16(out, (uint16_t) ~raw.len);
    wd_buf_add(out, raw);
    for (size_t i = 0; i < raw.len; i++) {
        a = (a + raw.ptr[i]) % 65521;
        b = (b + a) % 65521;
    }
    put_u32_be(out, b << 16 | a);
}

/* A disc of one colour on a transparent ground. */
static void put_pixels(wd_buf *out, unsigned size, uint32_t colour)
{
    int middle = (int) size - 1;

    for (unsigned y = 0; y < size; y++) {
        wd_buf_byte(out, 0); /* filter: none */
        for (unsigned x = 0; x < size; x++) {
            int dx = 2 * (int) x - middle;
            int dy = 2 * (int) y - middle;
            put_u32_be(out, dx * dx + dy * dy <= middle * middle ? colour << 8 | 0xff : 0);
        }
    }
}

static void put_png(wd_buf *png, unsigned size, uint32_t colour)
{
    wd_buf head = {0};
    wd_buf raw = {0};
    wd_buf data = {0};

    wd_buf_add(png, WD_S("\x89PNG\r\n\x1a\n"));
    put_u32_be(&head, size);
    put_u32_be(&head, size);
    wd_buf_add(&head, wd_slice_of("\x08\x06\x00\x00\x00", 5)); /* 8 bits, RGBA, not interlaced */
    put_pixels(&raw, size, colour);
    put_stored(&data, wd_buf_slice(&raw));
    put_chunk(png, "IHDR", wd_buf_slice(&head));
    put_chunk(png, "IDAT", wd_buf_slice(&data));
    put_chunk(png, "IEND", wd_slice_of(NULL, 0));
    wd_buf_free(&head);
    wd_buf_free(&raw);
    wd_buf_free(&data);
}

static void put_base64(wd_buf *out, const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i += 3) {
        uint32_t three = 0;
        for (size_t k = 0; k < 3; k++) {
            three = three << 8 | (i + k < len ? (uint8_t) text[i + k] : 0);
        }
        for (size_t k = 0; k < 4; k++) {
            bool past = i + k > len;
            wd_buf_byte(out, past ? '=' : (uint8_t) digits[three >> (18 - 6 * k) & 63]);
        }
    }
}

void ex_make_icon(wd_buf *out, unsigned number)
{
    wd_buf images = {0};
    uint32_t offset = 6 + 16 * IMAGES;

    make_u16(out, 0);
    make_u16(out, 1); /* icon */
    make_u16(out, IMAGES);
    for (unsigned i = 0; i < IMAGES; i++) {
        size_t before = images.len;
        put_png(&images, sizes[i], 0x2a6fb0 + number * 0x0b1707);
        uint32_t len = (uint32_t) (images.len - before);
        wd_buf_byte(out, (uint8_t) sizes[i]);
        wd_buf_byte(out, (uint8_t) sizes[i]);
        make_u16(out, 0);
        make_u16(out, 1);
        make_u16(out, 32);
        make_u32(out, len);
        make_u32(out, offset);
        offset += len;
    }
    wd_buf_add(out, wd_buf_slice(&images));
    wd_buf_free(&images);
    if (number != 0) {
        char text[160];
        (void) snprintf(text, sizeof text,
                        "Inert text of a re-enactment, icon %02u. It holds no address, no key and "
                        "no program; nothing decodes to anything else.",
                        number);
        wd_buf_byte(out, '$');
        put_base64(out, text);
    }
}

void ex_write_icons(const ex_world *w)
{
    static const unsigned fetched[] = {1, 4}; /* where the proxy could look inside */
    wd_buf honest = {0};

    ex_make_icon(&honest, 0);
    ex_write_buf(w->options.folder, "downloads/favicon.ico", &honest);
    if (w->options.benign || w->options.cut_days != 0) {
        return;
    }
    for (size_t i = 0; i < sizeof fetched / sizeof fetched[0]; i++) {
        wd_buf icon = {0};
        ex_make_icon(&icon, fetched[i]);
        ex_write_buf(w->options.folder, ex_fmt(w->arena, "downloads/icon%u.ico", fetched[i]),
                     &icon);
    }
}

void ex_write_manifest(ex_world *w)
{
    const ex_host *h = ex_host_named(w, "WS-PUB-08");
    wd_buf b = {0};

    if (w->options.benign || h->contained[0] == '\0') {
        return;
    }
    /* 16.3 days of sleep, drawn at the installation: later than the isolation of the host. */
    make_u64(&b, (uint64_t) (ex_plus(h->t_installed, 16.3 * EX_DAY) / WD_TICKS_PER_SECOND));
    ex_write_buf(w->options.folder, "hosts/WS-PUB-08/manifest", &b);
}
