#include <inttypes.h>

#include "core/text.h"
#include "detect/binaries.h"
#include "detect/emit.h"
#include "formats/ico.h"

/*
 * Bytes of a picture that no viewer reads. Programs fetch pictures without arousing suspicion, and
 * a text behind the last image travels with them: a dead drop.
 */

#define MIN_BASE64 20U
#define MIN_DENSE 64U
#define DENSE_ENTROPY 6.5
#define SMALL 20U /* clean icons end within some 20 bytes of their last image */

typedef enum tail_kind {
    TAIL_PADDING,
    TAIL_METADATA,
    TAIL_TEXT,
    TAIL_FILE,
    TAIL_DENSE,
    TAIL_OTHER
} tail_kind;

static const wd_rule rules[] = {
    [TAIL_TEXT] = {"icon.trailing-text", "Encoded text behind the last image of a picture",
                   "Trailers of editors are XML or a few fixed bytes, not base64.",
                   "T1027.009 T1102.001", WD_HIGH},
    [TAIL_FILE] = {"icon.trailing-file", "A file hidden behind a picture",
                   "Pictures do not hold programs or archives; a viewer never reads them.",
                   "T1027.009", WD_HIGH},
    [TAIL_DENSE] = {"icon.trailing-data", "Data behind the last image of a picture",
                    "The bytes are no known trailer and as dense as encrypted or packed data.",
                    "T1027.009", WD_MEDIUM},
    [TAIL_OTHER] = {"icon.trailing-data", "Data behind the last image of a picture",
                    "Sloppy editors leave bytes too, hence low: no structure was recognised.", "",
                    WD_LOW},
};

static bool is_base64(uint8_t c)
{
    return wd_is_alpha(c) || wd_is_digit(c) || c == '+' || c == '/' || c == '=' || c == '-' ||
           c == '_';
}

/* Longest run of the base64 alphabet; line breaks do not end it. */
static size_t base64_run(wd_slice s)
{
    size_t best = 0;
    size_t run = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (is_base64(s.ptr[i])) {
            run++;
        } else if (s.ptr[i] != '\r' && s.ptr[i] != '\n') {
            run = 0;
        }
        best = run > best ? run : best;
    }
    return best;
}

static bool is_blank(wd_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != 0 && s.ptr[i] != 0xFF && !wd_is_space(s.ptr[i])) {
            return false;
        }
    }
    return true;
}

static bool is_metadata(wd_slice s)
{
    wd_slice t = wd_slice_trim(s);
    bool xmp = wd_slice_starts(t, WD_S("<?xpacket")) || wd_slice_starts(t, WD_S("<x:xmpmeta"));
    return xmp && (wd_slice_ends(t, WD_S("?>")) || wd_slice_ends(t, WD_S("</x:xmpmeta>")));
}

static bool is_file(wd_slice s)
{
    const wd_slice magics[] = {WD_S("PK\x03\x04"),
                               WD_S("7z\xBC\xAF\x27\x1C"),
                               WD_S("Rar!\x1A\x07"),
                               WD_S("MSCF\0\0\0\0"),
                               WD_S("\x7F"
                                    "ELF"),
                               WD_S("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")};
    bool ok = true;
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        if (wd_slice_starts(s, magics[i])) {
            return true;
        }
    }
    uint64_t pe = wd_slice_starts(s, WD_S("MZ")) ? wd_peek_u32le(s, 0x3C, &ok) : s.len;
    return ok && wd_slice_starts(wd_slice_sub(s, pe, 4), WD_S("PE\0\0"));
}

static tail_kind kind_of(wd_slice s, double entropy)
{
    if (is_blank(s)) {
        return TAIL_PADDING;
    }
    if (is_metadata(s)) {
        return TAIL_METADATA;
    }
    if (is_file(s)) {
        return TAIL_FILE;
    }
    size_t run = base64_run(s);
    /* Most of it must be that text: long runs of letters occur in leftovers of bitmaps by chance.
     */
    if (run >= MIN_BASE64 && run * 2 >= s.len) {
        return TAIL_TEXT;
    }
    if (s.len >= MIN_DENSE && entropy >= DENSE_ENTROPY) {
        return TAIL_DENSE;
    }
    return s.len <= SMALL ? TAIL_PADDING : TAIL_OTHER;
}

static wd_slice sentence_of(const wd_emit *e, tail_kind kind, const wd_tail *tail, wd_slice bytes)
{
    const char *where = tail->inside ? "inside an image behind its end" : "behind the last image";
    if (kind == TAIL_TEXT) {
        return wd_arena_printf(e->arena,
                               "%" PRIu64
                               " bytes stand %s, %zu of them one run of base64: text that "
                               "no viewer shows.",
                               tail->len, where, base64_run(bytes));
    }
    return wd_arena_printf(e->arena, "%" PRIu64 " bytes stand %s, where no viewer reads.",
                           tail->len, where);
}

static wd_status examine_tail(const wd_emit *e, const wd_tail *tail)
{
    static const char *const words[] = {"padding", "metadata", "text", "file", "dense", "other"};
    wd_slice bytes = wd_slice_sub(e->item->data, tail->at, tail->len);
    double entropy = wd_entropy(bytes);
    tail_kind kind = kind_of(bytes, entropy);
    wd_span span = {.offset = tail->at, .len = tail->len};
    wd_obs o = wd_obs_of(WD_OBS_TRAILING, span, WD_NO_TIME);
    wd_obs_set(&o, WD_K_NAME, e->item->name);
    wd_obs_set(&o, WD_K_PATH, e->item->path);
    wd_obs_set(&o, WD_K_SIZE, wd_emit_u64(e, tail->len));
    wd_obs_set(&o, WD_K_ENTROPY, wd_arena_printf(e->arena, "%.2f", entropy));
    wd_obs_set(&o, WD_K_UNCOVERED_WHERE,
               tail->inside ? WD_S("inside image") : WD_S("after last image"));
    wd_obs_set(&o, WD_K_TEXT, wd_slice_str(words[kind]));
    wd_obs_set(&o, WD_K_EXCERPT, wd_emit_excerpt(e, tail->at, tail->len));
    WD_TRY(wd_emit_obs(e, &o));
    if (kind == TAIL_PADDING || kind == TAIL_METADATA) {
        return WD_OK;
    }
    wd_finding f = wd_finding_of(e, &rules[kind], span, sentence_of(e, kind, tail, bytes));
    return wd_emit_finding(e, &f);
}

static wd_status observe_file(const wd_emit *e, bool png)
{
    wd_obs o = wd_obs_of(WD_OBS_FILE, (wd_span){.len = e->item->data.len}, WD_NO_TIME);
    wd_obs_set(&o, WD_K_NAME, e->item->name);
    wd_obs_set(&o, WD_K_PATH, e->item->path);
    wd_obs_set(&o, WD_K_SIZE, wd_emit_u64(e, e->item->data.len));
    wd_obs_set(&o, WD_K_FILE_KIND, png ? WD_S("png") : WD_S("ico"));
    return wd_emit_obs(e, &o);
}

wd_status wd_detect_icon(const wd_engine *engine, const wd_item *item, wd_arena *arena,
                         const wd_sink *sink, wd_err *err)
{
    (void) engine;
    wd_emit e = {.item = item, .arena = arena, .sink = sink, .err = err};
    wd_notes notes = {.arena = arena};
    wd_err failure = {0};
    wd_picture picture;
    bool png = wd_slice_starts(item->data, WD_S("\x89PNG"));
    wd_status status = png ? wd_png_read(item->data, arena, &notes, &picture, &failure)
                           : wd_ico_read(item->data, arena, &notes, &picture, &failure);
    if (status != WD_OK) {
        return wd_emit_failure(&e, status, &failure);
    }
    WD_TRY(observe_file(&e, png));
    for (size_t i = 0; i < picture.n_tails; i++) {
        WD_TRY(examine_tail(&e, &picture.tails[i]));
    }
    return wd_emit_notes(&e, &notes);
}
