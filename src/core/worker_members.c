#include <string.h>

#include "core/workers_priv.h"

void wd_members_clear(wd_members *m)
{
    for (size_t i = 0; i < sizeof m->open / sizeof m->open[0]; i++) {
        wd_buf_free(&m->open[i].text);
    }
    wd_buf_free(&m->ended);
    *m = (wd_members){0};
}

static bool has_ended(const wd_members *m, uint32_t member)
{
    return member / 8 < m->ended.len && (m->ended.ptr[member / 8] & 1U << member % 8) != 0;
}

static void note_number(wd_members *m, uint32_t member)
{
    if (!m->any || member >= m->next) {
        m->next = member + 1;
    }
    m->any = true;
}

static bool is_open(const wd_members *m, uint32_t member)
{
    for (size_t i = 0; i < m->n_open; i++) {
        if (m->open[i].item.member == member) {
            return true;
        }
    }
    return false;
}

/* A number, depth and parent that a walk in order of discovery can give. */
static bool is_sane(const wd_members *m, const wd_item_report *item)
{
    if (item->member > WD_MAX_MEMBERS || has_ended(m, item->member)) {
        return false;
    }
    if (item->member == 0) {
        return item->parent == 0 && item->depth == 0;
    }
    return is_open(m, item->parent) && item->parent < item->member && item->depth > 0 &&
           item->depth <= WD_MAX_ARCHIVE_DEPTH + 1;
}

bool wd_members_open(wd_members *m, const wd_item_report *item)
{
    wd_open_member *o = wd_members_last(m);
    bool again = o != NULL && o->item.member == item->member;
    bool told = again && o->told;
    if (again) {
        m->n_open--;
    }
    if (!is_sane(m, item) || is_open(m, item->member) ||
        m->n_open == sizeof m->open / sizeof m->open[0] || item->depth != m->n_open) {
        return false;
    }
    o = &m->open[m->n_open];
    wd_buf_clear(&o->text);
    wd_buf_add(&o->text, item->name);
    wd_buf_add(&o->text, item->kind);
    if (o->text.failed) {
        return false;
    }
    o->item = *item;
    o->item.name = wd_slice_of(o->text.ptr, item->name.len);
    o->item.kind = wd_slice_sub(wd_buf_slice(&o->text), item->name.len, item->kind.len);
    o->item.why = (wd_slice){0};
    o->told = told;
    m->n_open++;
    note_number(m, item->member);
    return true;
}

bool wd_members_end(wd_members *m, const wd_item_report *item)
{
    bool last = m->n_open > 0 && m->open[m->n_open - 1].item.member == item->member;
    if (!is_sane(m, item) || (!last && is_open(m, item->member))) {
        return false;
    }
    size_t at = item->member / 8;
    if (m->ended.len <= at) {
        wd_buf_fill(&m->ended, 0, at + 1 - m->ended.len);
    }
    if (m->ended.failed) {
        return false;
    }
    m->ended.ptr[at] = (uint8_t) (m->ended.ptr[at] | 1U << item->member % 8);
    m->n_open -= last ? 1 : 0;
    note_number(m, item->member);
    return true;
}

bool wd_members_tell(wd_members *m, uint32_t member, wd_wire_type type, wd_obs_kind kind)
{
    for (size_t i = m->n_open; i > 0; i--) {
        wd_open_member *o = &m->open[i - 1];
        if (o->item.member == member) {
            o->told = o->told || type == WD_WIRE_FINDING || kind != WD_OBS_FILE;
            return true;
        }
    }
    return false;
}

wd_open_member *wd_members_last(wd_members *m)
{
    return m->n_open == 0 ? NULL : &m->open[m->n_open - 1];
}
