#include "capture.h"
#include "detect/binaries.h"
#include "make/pe_builder.h"

/* A PNG of one chunk beside IHDR and IEND; the content is never decoded, so it is noise. */
static void put_png(wd_buf *b, size_t content)
{
    wd_buf_add(b,
               WD_S("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0....\0\0"));
    wd_buf_byte(b, (uint8_t) (content >> 8));
    wd_buf_byte(b, (uint8_t) content);
    wd_buf_str(b, "IDAT");
    make_noise(b, 5, content);
    wd_buf_add(b, WD_S("....\0\0\0\0IEND\xAE\x42\x60\x82"));
}

/* An icon of two PNG images; `inside` bytes belong, by the directory, to the last image. */
static void put_icon(wd_buf *b, size_t inside)
{
    wd_buf one = {0};
    put_png(&one, 300);
    make_u16(b, 0);
    make_u16(b, 1);
    make_u16(b, 2);
    for (uint32_t i = 0; i < 2; i++) {
        make_u32(b, 0x00002020);
        make_u32(b, 0x00200001);
        make_u32(b, (uint32_t) (one.len + (i == 1 ? inside : 0)));
        make_u32(b, (uint32_t) (38 + i * one.len));
    }
    wd_buf_add(b, wd_buf_slice(&one));
    wd_buf_add(b, wd_buf_slice(&one));
    wd_buf_free(&one);
}

static const char drop[] = "$SW5lcnQgdGVzdCBtYXRlcmlhbCwgbm90IGFuIGFkZHJlc3Mu";

static capture *detect(wd_slice data, const char *name)
{
    capture *c = capture_new();
    wd_engine engine = {0};
    wd_err err = {0};
    capture_reset(c);
    wd_item item = capture_item(c, name, data);
    assert_int_equal(wd_detect_icon(&engine, &item, c->arena, &c->sink, &err), WD_OK);
    return c;
}

static void a_clean_icon_and_a_clean_png_give_nothing(void **state)
{
    (void) state;
    wd_buf b = {0};
    put_icon(&b, 0);
    capture *c = detect(wd_buf_slice(&b), "a.ico");
    assert_int_equal(c->n_findings, 0);
    assert_null(captured_obs(c, WD_OBS_TRAILING));
    assert_slice(wd_obs_get(must_obs(c, WD_OBS_FILE), WD_K_FILE_KIND), "ico");
    capture_free(c);
    wd_buf_clear(&b);
    put_png(&b, 300);
    c = detect(wd_buf_slice(&b), "a.png");
    assert_int_equal(c->n_findings, 0);
    capture_free(c);
    wd_buf_free(&b);
}

static void base64_behind_the_last_image_is_high_at_its_place(void **state)
{
    (void) state;
    wd_buf b = {0};
    put_icon(&b, 0);
    size_t end = b.len;
    wd_buf_str(&b, drop);
    capture *c = detect(wd_buf_slice(&b), "icon3.ico");
    const wd_finding *f = must_finding(c, "icon.trailing-text");
    assert_int_equal(f->severity, WD_HIGH);
    assert_int_equal(f->span.offset, end);
    assert_int_equal(f->span.len, sizeof drop - 1);
    assert_slice(f->excerpt, drop);
    capture_free(c);
    wd_buf_free(&b);
}

static void base64_that_the_directory_counts_to_the_image_is_found_too(void **state)
{
    (void) state;
    wd_buf b = {0};
    put_icon(&b, sizeof drop - 1);
    size_t end = b.len;
    wd_buf_str(&b, drop);
    capture *c = detect(wd_buf_slice(&b), "icon3.ico");
    assert_int_equal(must_finding(c, "icon.trailing-text")->span.offset, end);
    assert_slice(wd_obs_get(must_obs(c, WD_OBS_TRAILING), WD_K_UNCOVERED_WHERE), "inside image");
    capture_free(c);
    wd_buf_free(&b);
}

static void padding_and_metadata_are_told_apart(void **state)
{
    (void) state;
    const wd_slice tails[] = {WD_S("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
                              WD_S("\r\n"),
                              WD_S("<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta "
                                   "xmlns:x='adobe:ns:meta/'></x:xmpmeta><?xpacket end='w'?>")};
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        wd_buf b = {0};
        put_png(&b, 300);
        wd_buf_add(&b, tails[i]);
        capture *c = detect(wd_buf_slice(&b), "a.png");
        assert_int_equal(c->n_findings, 0);
        assert_int_equal(must_obs(c, WD_OBS_TRAILING)->span.len, tails[i].len);
        capture_free(c);
        wd_buf_free(&b);
    }
}

static void an_archive_behind_a_picture_is_high(void **state)
{
    (void) state;
    wd_buf b = {0};
    put_png(&b, 300);
    wd_buf_add(&b, WD_S("PK\x03\x04"));
    make_noise(&b, 9, 500);
    capture *c = detect(wd_buf_slice(&b), "a.png");
    assert_int_equal(must_finding(c, "icon.trailing-file")->severity, WD_HIGH);
    capture_free(c);
    wd_buf_free(&b);
}

static void every_truncation_is_reported_not_read(void **state)
{
    (void) state;
    wd_buf b = {0};
    put_icon(&b, 0);
    for (size_t len = 0; len < b.len; len++) {
        uint8_t *exact = malloc(len + 1);
        if (exact == NULL) {
            abort();
        }
        memcpy(exact, b.ptr, len);
        capture *c = detect(wd_slice_of(exact, len), "cut.ico");
        assert_true(captured_obs(c, WD_OBS_DAMAGE) != NULL);
        capture_free(c);
        free(exact);
    }
    wd_buf_free(&b);
}

static void a_million_images_in_a_small_file_cost_nothing(void **state)
{
    (void) state;
    wd_buf b = {0};
    make_u16(&b, 0);
    make_u16(&b, 1);
    make_u16(&b, 0xFFFF);
    make_noise(&b, 1, 16 * 65535);
    capture *c = detect(wd_buf_slice(&b), "bad.ico");
    assert_non_null(captured_obs(c, WD_OBS_DAMAGE));
    capture_free(c);
    wd_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clean_icon_and_a_clean_png_give_nothing),
        cmocka_unit_test(base64_behind_the_last_image_is_high_at_its_place),
        cmocka_unit_test(base64_that_the_directory_counts_to_the_image_is_found_too),
        cmocka_unit_test(padding_and_metadata_are_told_apart),
        cmocka_unit_test(an_archive_behind_a_picture_is_high),
        cmocka_unit_test(every_truncation_is_reported_not_read),
        cmocka_unit_test(a_million_images_in_a_small_file_cost_nothing),
    };
    return RUN(tests);
}
