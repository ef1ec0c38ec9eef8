#include "formats/capture_priv.h"

/*
 * The order of TCP. Each side has the sequence number that comes next; what came before is dropped,
 * what comes too early waits, bounded, and when too much waits the hole is accepted: heads are lost
 * then, the stream is looked at afresh.
 */

/* Segments that wait per side. Losses in a capture leave holes that never fill. */
#define MAX_LATER 32U

/* Distance in sequence space, negative when `a` is before `b`. */
static int32_t distance(uint32_t a, uint32_t b)
{
    return (int32_t) (a - b);
}

static void drop_head(wd_capture_reader *r, wd_half *h)
{
    wd_pool_give(&r->pool, h->head);
    h->head = NULL;
}

/* Bytes that are next in order. */
static wd_status deliver(wd_capture_reader *r, wd_flow *f, unsigned dir, wd_slice data)
{
    wd_half *h = &f->half[dir];
    bool joined = false;
    r->held = 0;
    while (data.len > 0) {
        if (h->skip > 0) {
            size_t n = h->skip < data.len ? (size_t) h->skip : data.len;
            h->skip -= n;
            data = wd_slice_sub(data, n, SIZE_MAX);
            continue;
        }
        if (h->mode == WD_HALF_DEAD) {
            return WD_OK;
        }
        if (h->head != NULL && !joined) {
            r->held = h->head->len;
            if (!wd_pool_append(&r->pool, &h->head, data)) {
                drop_head(r, h);
                h->mode = WD_HALF_NEW;
                continue;
            }
            data = wd_slice_of(h->head->bytes, h->head->len);
            joined = true;
        }
        wd_taken t = wd_reader_consume(r, f, dir, data);
        WD_TRY(t.status);
        if (t.len > 0) {
            r->held = 0;
            data = wd_slice_sub(data, t.len, SIZE_MAX);
            continue;
        }
        if (joined && data.len == h->head->len) {
            return WD_OK; /* all of it waits already */
        }
        wd_block *rest = NULL;
        if (!wd_pool_append(&r->pool, &rest, data)) {
            h->mode = WD_HALF_NEW;
        }
        drop_head(r, h);
        h->head = rest;
        return WD_OK;
    }
    drop_head(r, h);
    return WD_OK;
}

/* Keeps a segment in order of sequence until the hole before it is filled. */
static void keep_later(wd_capture_reader *r, wd_half *h, uint32_t seq, wd_slice data)
{
    wd_block **p = &h->later;
    while (*p != NULL && distance((*p)->seq, seq) < 0) {
        p = &(*p)->next;
    }
    if (*p != NULL && (*p)->seq == seq && (*p)->len >= data.len) {
        return;
    }
    wd_block *b = wd_pool_take(&r->pool, data.len);
    if (b == NULL) {
        return;
    }
    wd_block *next = *p;
    (void) wd_pool_append(&r->pool, &b, data);
    b->seq = seq;
    b->next = next;
    *p = b;
    h->n_later++;
}

/* Delivers what no longer waits. With `force` the hole before the first one is accepted. */
static wd_status release(wd_capture_reader *r, wd_flow *f, unsigned dir, bool force)
{
    wd_half *h = &f->half[dir];
    while (h->later != NULL && (force || distance(h->later->seq, h->next_seq) <= 0)) {
        wd_block *b = h->later;
        int32_t ahead = distance(b->seq, h->next_seq);
        h->later = b->next;
        h->n_later--;
        wd_status s = WD_OK;
        if (ahead > 0) {
            uint64_t hole = (uint64_t) ahead;
            h->skip -= h->skip < hole ? h->skip : hole;
            if (h->skip == 0) {
                drop_head(r, h);
                h->mode = h->mode == WD_HALF_DEAD ? WD_HALF_DEAD : WD_HALF_NEW;
            }
            h->next_seq = b->seq;
            ahead = 0;
            force = false;
        }
        if ((uint32_t) -ahead < b->len) {
            h->next_seq = b->seq + b->len;
            s = deliver(r, f, dir, wd_slice_of(b->bytes + -ahead, b->len - (size_t) -ahead));
        }
        wd_pool_give(&r->pool, b);
        WD_TRY(s);
    }
    return WD_OK;
}

wd_status wd_reader_segment(wd_capture_reader *r, const wd_packet *p, wd_flow *f, unsigned dir)
{
    wd_half *h = &f->half[dir];
    wd_slice data = p->payload;
    bool syn = (p->tcp_flags & WD_TCP_SYN) != 0;
    if (!h->started) {
        if (data.len == 0 && !syn) {
            return WD_OK;
        }
        h->started = true;
        h->next_seq = p->seq + (syn ? 1 : 0);
    }
    uint32_t seq = p->seq + (syn ? 1 : 0);
    if (data.len == 0) {
        return WD_OK;
    }
    int32_t ahead = distance(seq, h->next_seq);
    if (ahead > 0 && h->n_later >= MAX_LATER) {
        WD_TRY(release(r, f, dir, true));
        ahead = distance(seq, h->next_seq);
    }
    if (ahead > 0) {
        keep_later(r, h, seq, data);
        return WD_OK;
    }
    if ((size_t) - (int64_t) ahead >= data.len) {
        return WD_OK;
    }
    data = wd_slice_sub(data, (size_t) - (int64_t) ahead, SIZE_MAX);
    /* The headers may promise more than the capture kept: the rest is a hole. */
    uint32_t missing = p->declared > p->payload.len ? p->declared - (uint32_t) p->payload.len : 0;
    h->next_seq += (uint32_t) data.len;
    WD_TRY(deliver(r, f, dir, data));
    if (missing > 0) {
        h->next_seq += missing;
        h->skip -= h->skip < missing ? h->skip : missing;
        drop_head(r, h);
    }
    return h->later == NULL ? WD_OK : release(r, f, dir, false);
}

wd_status wd_reader_flow_end(wd_capture_reader *r, wd_flow *f)
{
    if (f->transport == WD_NET_UDP) {
        wd_pool_give(&r->pool, f->quic.hello[0]);
        wd_pool_give(&r->pool, f->quic.hello[1]);
        f->quic.hello[0] = f->quic.hello[1] = NULL;
        return WD_OK;
    }
    if (f->transport != WD_NET_TCP) {
        return WD_OK;
    }
    for (unsigned dir = 0; dir < 2; dir++) {
        while (f->half[dir].later != NULL) {
            WD_TRY(release(r, f, dir, true));
        }
        drop_head(r, &f->half[dir]);
    }
    return WD_OK;
}
