#include <openssl/pkcs7.h>

#include "core/hash.h"
#include "formats/authenticode.h"
#include "make/der_writer.h"
#include "make/pe_builder.h"
#include "make/sign_pe.h"
#include "testing.h"

typedef struct reading {
    wd_arena *arena;
    wd_notes notes;
    wd_authenticode_set set;
    size_t used;
} reading;

static reading *read_blob(wd_slice blob, wd_status want)
{
    reading *r = calloc(1, sizeof *r);
    if (r == NULL) {
        abort();
    }
    r->arena = wd_arena_new((size_t) 64 << 20);
    r->notes.arena = r->set.arena = r->arena;
    wd_anchors anchors = wd_anchors_builtin();
    wd_err err = {0};
    assert_int_equal(wd_authenticode_read(&r->set, blob, 100, &r->notes, &r->used, &err), want);
    assert_int_equal(wd_authenticode_finish(&r->set, &anchors, &r->notes, &err), WD_OK);
    return r;
}

static void reading_free(reading *r)
{
    wd_authenticode_free(&r->set);
    wd_arena_free(r->arena);
    free(r);
}

/* A signature over the digest 0, 1, 2, ... of some subject. */
static void make_blob(wd_buf *out, const make_sign_options *options)
{
    make_signer *signer = make_signer_new("Inert Publisher Ltd");
    wd_buf spc = {0};
    uint8_t digest[32];
    for (uint8_t i = 0; i < 32; i++) {
        digest[i] = i;
    }
    size_t seq = der_open(&spc);
    der_oid(&spc, "1.3.6.1.4.1.311.2.1.30");
    der_close(&spc, seq, 0x30);
    assert_true(make_pkcs7(out, signer, options, wd_buf_slice(&spc), wd_slice_of(digest, 32)));
    wd_buf_free(&spc);
    make_signer_free(signer);
}

static void signer_time_and_digest_come_out(void **state)
{
    (void) state;
    wd_buf blob = {0};
    make_blob(&blob, &(make_sign_options){.program = "Inert Phone"});
    reading *r = read_blob(wd_buf_slice(&blob), WD_OK);
    const wd_authenticode *s = &r->set.items[0];
    assert_int_equal(r->set.n, 1);
    assert_int_equal(r->used, blob.len);
    assert_int_equal(s->at, 100);
    assert_true(s->signature_ok);
    assert_true(s->stamp.valid);
    assert_int_equal(s->stamp.kind, WD_STAMP_RFC3161);
    assert_slice(s->stamp.signer, "Inert Test Time Stamping");
    assert_slice(s->signer, "Inert Publisher Ltd");
    assert_slice(s->program, "Inert Phone");
    assert_int_equal(s->signed_digest.len, 32);
    assert_int_equal(s->signed_digest.ptr[31], 31);
    assert_int_equal(s->trust, WD_TRUST_NOT_ANCHORED);
    reading_free(r);
    wd_buf_free(&blob);
}

static void bytes_behind_the_signature_are_left_to_the_caller(void **state)
{
    (void) state;
    wd_buf blob = {0};
    make_blob(&blob, &(make_sign_options){0});
    size_t len = blob.len;
    make_noise(&blob, 1, 100);
    reading *r = read_blob(wd_buf_slice(&blob), WD_OK);
    assert_int_equal(r->used, len);
    reading_free(r);
    wd_buf_free(&blob);
}

static void an_anchor_makes_the_chain_anchored_and_time_counts(void **state)
{
    (void) state;
    make_signer *signer = make_signer_new("Inert Publisher Ltd");
    const struct {
        int64_t when;
        wd_trust want;
    } cases[] = {{0, WD_TRUST_ANCHORED}, {1500000000, WD_TRUST_NOT_ANCHORED}};
    wd_buf root = {0};
    make_put_cert(&root, signer->root.cert);
    uint8_t sha256[1][WD_SHA256_LEN];
    assert_true(wd_hash(WD_SHA256, wd_buf_slice(&root), sha256[0]));
    wd_anchors anchors = {(const uint8_t(*)[WD_SHA256_LEN]) sha256, 1};
    for (size_t i = 0; i < 2; i++) {
        wd_buf blob = {0};
        make_blob(&blob, &(make_sign_options){.signed_at = cases[i].when});
        wd_arena *arena = wd_arena_new((size_t) 16 << 20);
        wd_notes notes = {.arena = arena};
        wd_authenticode_set set = {.arena = arena};
        size_t used = 0;
        assert_int_equal(wd_authenticode_read(&set, wd_buf_slice(&blob), 0, &notes, &used, NULL),
                         WD_OK);
        assert_int_equal(wd_authenticode_finish(&set, &anchors, &notes, NULL), WD_OK);
        assert_int_equal(set.items[0].trust, cases[i].want);
        assert_true(set.items[0].signature_ok);
        wd_authenticode_free(&set);
        wd_arena_free(arena);
        wd_buf_free(&blob);
    }
    wd_buf_free(&root);
    make_signer_free(signer);
}

/* Every single byte is either claimed or an unsigned attribute's own content. */
static void every_byte_of_an_honest_signature_is_claimed(void **state)
{
    (void) state;
    const make_sign_options kinds[] = {
        {0}, {.stamp = MAKE_STAMP_PKCS9}, {.stamp = MAKE_STAMP_NONE}, {.sha1 = true}};
    for (size_t k = 0; k < 4; k++) {
        wd_buf blob = {0};
        make_blob(&blob, &kinds[k]);
        reading *r = read_blob(wd_buf_slice(&blob), WD_OK);
        uint8_t *seen = calloc(1, blob.len);
        if (seen == NULL) {
            abort();
        }
        for (size_t i = 0; i < r->set.claims.n; i++) {
            const struct wd_claim *c = &r->set.claims.items[i];
            assert_true(c->at >= 100 && c->at + c->len <= 100 + blob.len);
            memset(seen + (c->at - 100), 1, c->len);
        }
        assert_null(memchr(seen, 0, blob.len));
        free(seen);
        reading_free(r);
        wd_buf_free(&blob);
    }
}

static void the_maker_agrees_with_an_independent_reader(void **state)
{
    (void) state;
    wd_buf blob = {0};
    make_blob(&blob, &(make_sign_options){0});
    const unsigned char *p = blob.ptr;
    PKCS7 *p7 = d2i_PKCS7(NULL, &p, (long) blob.len);
    assert_non_null(p7);
    assert_ptr_equal(p, blob.ptr + blob.len);
    PKCS7_free(p7);
    wd_buf_free(&blob);
}

static void every_truncation_is_reported_not_read(void **state)
{
    (void) state;
    wd_buf blob = {0};
    make_blob(&blob, &(make_sign_options){0});
    for (size_t len = 0; len < blob.len; len++) {
        uint8_t *exact = malloc(len + 1);
        if (exact == NULL) {
            abort();
        }
        memcpy(exact, blob.ptr, len);
        reading *r = read_blob(wd_slice_of(exact, len), WD_E_MALFORMED);
        assert_int_equal(r->set.n, 0);
        reading_free(r);
        free(exact);
    }
    wd_buf_free(&blob);
}

static bool is_claimed(const reading *r, size_t at)
{
    for (size_t i = 0; i < r->set.claims.n; i++) {
        const struct wd_claim *c = &r->set.claims.items[i];
        if (at >= c->at && at - c->at < c->len) {
            return true;
        }
    }
    return false;
}

/*
 * Whatever byte is changed: the signature fails, or the byte is no longer accounted for. Only the
 * issuer's name in the root is left over: with another one it is an authority whose own issuer is
 * not here, and nothing in the file could tell.
 */
static void no_changed_byte_keeps_both_signature_and_claim(void **state)
{
    (void) state;
    wd_buf blob = {0};
    make_blob(&blob, &(make_sign_options){.stamp = MAKE_STAMP_NONE});
    size_t unseen = 0;
    make_signer *signer = make_signer_new("Inert Publisher Ltd");
    wd_buf root = {0};
    make_put_cert(&root, signer->root.cert);
    size_t root_at = wd_slice_find(wd_buf_slice(&blob), wd_buf_slice(&root));
    assert_true(root_at != SIZE_MAX);
    for (size_t i = 0; i < blob.len; i++) {
        blob.ptr[i] ^= 0x10;
        reading r = {.arena = wd_arena_new((size_t) 64 << 20)};
        r.notes.arena = r.set.arena = r.arena;
        wd_anchors anchors = wd_anchors_builtin();
        if (wd_authenticode_read(&r.set, wd_buf_slice(&blob), 0, &r.notes, &r.used, NULL) ==
            WD_OK) {
            assert_int_equal(wd_authenticode_finish(&r.set, &anchors, &r.notes, NULL), WD_OK);
            bool good = r.set.items[0].signature_ok && r.used == blob.len && is_claimed(&r, i);
            unseen += good && (i < root_at + 40 || i > root_at + 140);
        }
        wd_authenticode_free(&r.set);
        wd_arena_free(r.arena);
        blob.ptr[i] ^= 0x10;
    }
    assert_int_equal(unseen, 0);
    make_signer_free(signer);
    wd_buf_free(&root);
    wd_buf_free(&blob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signer_time_and_digest_come_out),
        cmocka_unit_test(bytes_behind_the_signature_are_left_to_the_caller),
        cmocka_unit_test(an_anchor_makes_the_chain_anchored_and_time_counts),
        cmocka_unit_test(every_byte_of_an_honest_signature_is_claimed),
        cmocka_unit_test(the_maker_agrees_with_an_independent_reader),
        cmocka_unit_test(every_truncation_is_reported_not_read),
        cmocka_unit_test(no_changed_byte_keeps_both_signature_and_claim),
    };
    return RUN(tests);
}
