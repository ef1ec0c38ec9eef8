#include "detect/examine.h"

#include <string.h>

#include "core/hash.h"
#include "core/limits.h"
#include "detect/examine_priv.h"
#include "detect/indicators.h"
#include "formats/quic.h"

/* Large items say that they are alive while they are hashed. */
#define HASH_STEP ((size_t) 64 << 20)

static wd_status examine_bytes(wd_frame *f, wd_slice data);

wd_status wd_examine_prepare(const void *ctx, wd_err *err)
{
    (void) ctx;
    wd_archive_prepare();
    return wd_quic_init(err); /* and the digests */
}

/* --- numbers, and what a restart leaves out --------------------------------------------------- */

static bool is_silent(const wd_session *s)
{
    return s->skipped < s->job->n_skips;
}

/* Gives the next member its number. False when it once cost a worker and is left out. */
static bool take_number(wd_session *s, uint32_t *number)
{
    *number = s->next++;
    if (!is_silent(s) || s->job->skips[s->skipped].member != *number) {
        return true;
    }
    s->next = s->job->skips[s->skipped++].next;
    if (!is_silent(s)) {
        /* From here on everything is told, and how the containers around it end. */
        for (wd_frame *f = s->innermost; f != NULL; f = f->outer) {
            f->tells = true;
            f->tells_end = true;
        }
    }
    return false;
}

/* --- the life of one member ------------------------------------------------------------------- */

/* "container > member". */
static wd_slice join(wd_arena *arena, wd_slice outer, wd_slice name)
{
    static const char between[] = " > ";
    const size_t gap = sizeof between - 1;
    uint8_t *p = wd_arena_alloc(arena, outer.len + gap + name.len + 1);
    if (p == NULL) {
        return (wd_slice){0};
    }
    memcpy(p, outer.ptr, outer.len);
    memcpy(p + outer.len, between, gap);
    memcpy(p + outer.len + gap, name.ptr, name.len);
    return wd_slice_of(p, outer.len + gap + name.len);
}

static wd_status begin_frame(wd_frame *f, wd_frame *outer, wd_slice name)
{
    wd_session *s = f->session;
    f->outer = outer;
    f->report.parent = outer == NULL ? 0 : outer->report.member;
    f->report.depth = outer == NULL ? 0 : outer->report.depth + 1;
    f->report.status = WD_ITEM_EXAMINED;
    f->report.kind = WD_S("other");
    f->tells = !is_silent(s);
    f->tells_end = f->tells;
    wd_arena **arena = &s->arenas[f->report.depth];
    if (*arena == NULL) {
        *arena = wd_arena_new(WD_ITEM_ARENA);
    } else {
        wd_arena_reset(*arena);
    }
    f->arena = *arena;
    if (f->arena == NULL) {
        return WD_E_NOMEM;
    }
    f->report.name = wd_arena_copy(f->arena, name);
    f->path = outer == NULL ? name : join(f->arena, outer->path, name);
    if (f->report.name.ptr == NULL || f->path.ptr == NULL) {
        return WD_E_NOMEM;
    }
    wd_frame_init_sink(f);
    s->innermost = f;
    return WD_OK;
}

static wd_status tell_open(wd_frame *f)
{
    if (!f->tells) {
        return WD_OK;
    }
    wd_wire_put_open(&f->session->out->buf, &f->report);
    return wd_outbox_flush(f->session->out, 0);
}

static wd_status end_frame(wd_frame *f)
{
    f->session->innermost = f->outer;
    if (!f->tells_end) {
        return WD_OK;
    }
    wd_wire_put_item(&f->session->out->buf, &f->report);
    return wd_outbox_flush(f->session->out, (size_t) 1 << 16);
}

/* --- members of containers -------------------------------------------------------------------- */

/* A container while its members are read. */
typedef struct container {
    wd_frame *frame;
    wd_frame *member; /* the one that was begun */
} container;

static wd_status member_begin(void *ctx, wd_slice name, bool *wanted)
{
    container *c = ctx;
    uint32_t number = 0;
    wd_session *s = c->frame->session;
    *wanted = take_number(s, &number);
    if (!*wanted) {
        return WD_OK;
    }
    *c->member = (wd_frame){.session = s};
    c->member->report.member = number;
    WD_TRY(begin_frame(c->member, c->frame, name));
    return tell_open(c->member);
}

static wd_status member_end(void *ctx, const wd_member *m)
{
    container *c = ctx;
    wd_frame *f = c->member;
    f->report.size = m->size;
    if (m->state == WD_MEMBER_CLOSED) {
        f->report.status = WD_ITEM_UNREADABLE;
        f->report.why = m->why;
        return end_frame(f);
    }
    if (m->state == WD_MEMBER_CUT) {
        f->report.status = WD_ITEM_PARTIAL;
        f->report.why = wd_arena_copy(f->arena, m->why);
    }
    return examine_bytes(f, m->data);
}

static wd_status member_mention(void *ctx, wd_slice name, wd_slice what)
{
    container *c = ctx;
    wd_session *s = c->frame->session;
    uint32_t number = 0;
    if (!take_number(s, &number) || is_silent(s)) {
        return WD_OK;
    }
    wd_item_report item = {.member = number,
                           .parent = c->frame->report.member,
                           .depth = c->frame->report.depth + 1,
                           .name = name,
                           .kind = WD_S("other"),
                           .status = WD_ITEM_OTHER,
                           .why = what};
    wd_wire_put_item(&s->out->buf, &item);
    return wd_outbox_flush(s->out, (size_t) 1 << 16);
}

static wd_status container_limit(void *ctx, wd_slice text)
{
    container *c = ctx;
    return wd_frame_note(c->frame, WD_OBS_LIMIT, WD_NO_OFFSET, text);
}

static wd_status container_damage(void *ctx, uint64_t offset, wd_slice text)
{
    container *c = ctx;
    return wd_frame_note(c->frame, WD_OBS_DAMAGE, offset, text);
}

static wd_status open_container(wd_frame *f)
{
    wd_session *s = f->session;
    uint32_t before = s->next;
    bool whole = true;
    if (f->report.depth >= WD_MAX_ARCHIVE_DEPTH) {
        static const char why[] = "archives nested deeper than the bound; not opened";
        WD_TRY(wd_frame_note(f, WD_OBS_LIMIT, WD_NO_OFFSET, wd_slice_str(why)));
        f->report.status = WD_ITEM_UNREADABLE;
        return WD_OK;
    }
    container c = {.frame = f, .member = WD_NEW(f->arena, wd_frame)};
    const wd_archive_input in = {.kind = f->kind, .name = f->item.name, .data = f->item.data};
    const wd_archive_sink sink = {.ctx = &c,
                                  .begin = member_begin,
                                  .end = member_end,
                                  .mention = member_mention,
                                  .limit = container_limit,
                                  .damage = container_damage};
    if (c.member == NULL) {
        return WD_E_NOMEM;
    }
    WD_TRY(wd_archive_read(&in, &s->budget, &sink, &whole, &s->err));
    if (!whole && s->next == before) {
        f->report.status = WD_ITEM_UNREADABLE;
    }
    return WD_OK;
}

/* --- bytes ------------------------------------------------------------------------------------ */

static wd_status hash_item(wd_frame *f, wd_slice data)
{
    wd_session *s = f->session;
    wd_hasher *h = wd_hasher_new(WD_SHA256);
    bool ok = h != NULL;
    for (size_t at = 0; ok && at < data.len; at += HASH_STEP) {
        ok = wd_hasher_add(h, wd_slice_sub(data, at, HASH_STEP));
        if (ok && data.len > HASH_STEP && f->outer == NULL) {
            wd_wire_put_progress(&s->out->buf, at);
            ok = wd_outbox_flush(s->out, 0) == WD_OK;
        }
    }
    f->report.hashed = ok && wd_hasher_end(h, f->report.sha256);
    wd_hasher_free(h);
    return f->report.hashed ? WD_OK : WD_E_IO;
}

/* True when the same bytes were met before in this item; else remembers them. */
static bool is_duplicate(wd_frame *f)
{
    bool added = true;
    wd_slice key =
        wd_arena_copy(f->session->arena, wd_slice_of(f->report.sha256, sizeof f->report.sha256));
    uintptr_t *at = key.ptr == NULL ? NULL : wd_map_put(&f->session->seen, key, &added);
    return at != NULL && !added && f->item.data.len > 0;
}

/* What was known before the bytes were looked at (a member that came cut) stays the reason. */
static void keep_first_reason(wd_frame *f, wd_item_status status, wd_slice why)
{
    if (status == WD_ITEM_PARTIAL && f->report.status != WD_ITEM_UNREADABLE) {
        f->report.status = status;
        f->report.why = why;
    }
}

static wd_status look_inside(wd_frame *f)
{
    wd_item_status status = f->report.status;
    wd_slice why = f->report.why;
    if (is_duplicate(f)) {
        f->report.status = WD_ITEM_DUPLICATE;
        f->report.why = WD_S("the same bytes as an earlier member");
        return WD_OK;
    }
    if (wd_kind_is_archive(f->kind)) {
        WD_TRY(open_container(f));
    } else if (f->tells) {
        WD_TRY(wd_examine_kind(f));
    }
    if (f->kind == WD_KIND_MSI) {
        WD_TRY(open_container(f)); /* both: a signed file of its own, and a container */
    }
    keep_first_reason(f, status, why);
    return WD_OK;
}

static wd_status examine_bytes(wd_frame *f, wd_slice data)
{
    f->report.size = data.len;
    WD_TRY(hash_item(f, data));
    f->item = (wd_item){.path = f->path,
                        .name = wd_path_base(f->report.name),
                        .data = data,
                        .sha256 = f->report.sha256};
    f->kind = wd_sniff(f->report.name, data);
    f->report.kind = wd_slice_str(wd_kind_name(f->kind));
    WD_TRY(tell_open(f));
    if (f->tells) {
        WD_TRY(wd_frame_identity(f, wd_examine_makes_file(f->kind)));
    }
    wd_status s = look_inside(f);
    if (s == WD_E_NOMEM && !f->session->out->failed) {
        f->report.status = WD_ITEM_UNREADABLE;
        f->report.why = WD_S("needs more memory than one item may have");
        s = WD_OK;
    }
    WD_TRY(s);
    WD_TRY(wd_frame_send_identity(f));
    if (f->tells && f->session->engine->knowledge != NULL) {
        WD_TRY(wd_detect_item_indicators(f->session->engine, &f->item, f->arena, &f->sink,
                                         &f->session->err));
    }
    WD_TRY(wd_frame_end_sink(f));
    return end_frame(f);
}

static void release(wd_session *s)
{
    for (size_t i = 0; i < sizeof s->arenas / sizeof s->arenas[0]; i++) {
        wd_arena_free(s->arenas[i]);
    }
    wd_arena_free(s->arena);
    wd_arena_free(s->scratch);
}

wd_status wd_examine(const void *engine, const wd_job *job, wd_slice data, wd_outbox *out)
{
    wd_session s = {.engine = engine,
                    .job = job,
                    .out = out,
                    .budget = wd_archive_budget_full(),
                    .arena = wd_arena_new(WD_ITEM_ARENA),
                    .scratch = wd_arena_new(WD_ITEM_ARENA)};
    wd_frame f = {.session = &s};
    uint32_t number = 0;
    s.seen.arena = s.arena;
    wd_status status = s.arena == NULL || s.scratch == NULL ? WD_E_NOMEM : WD_OK;
    if (status == WD_OK && take_number(&s, &number)) {
        status = begin_frame(&f, NULL, job->path);
        f.report.name = wd_path_base(job->path);
        status = status == WD_OK ? examine_bytes(&f, data) : status;
    }
    release(&s);
    return status;
}
