#include "formats/auditd.h"

#include <string.h>

#include "core/limits.h"
#include "formats/auditd_priv.h"

enum {
    MAX_OPEN = 32,      /* events whose lines may stand among each other */
    MAX_RECORDS = 4096, /* of one event; a command line of 2 MB has some 300 */
    PARENTS = 16384     /* process ids whose program is remembered */
};

#define END_AFTER 2U /* seconds, as ausearch has it */

typedef struct record {
    wd_audit_head head;
    uint64_t offset;
    uint64_t len;
    struct record *next;
} record;

typedef struct open_event {
    record *first;
    record *last;
    size_t n;
} open_event;

typedef struct parent {
    uint64_t pid;
    wd_slice image; /* borrowed from the file */
} parent;

typedef struct reader {
    wd_event_build b;
    wd_arena *own;
    wd_slice file;
    uint64_t base;
    open_event open[MAX_OPEN]; /* oldest first */
    size_t n_open;
    record *unused;
    parent *parents;
} reader;

static bool same_event(const wd_audit_head *a, const wd_audit_head *b)
{
    return a->serial == b->serial && a->seconds == b->seconds && a->millis == b->millis &&
           wd_slice_eq(a->node, b->node);
}

static parent *parent_slot(reader *r, uint64_t pid)
{
    return &r->parents[pid % PARENTS];
}

static wd_slice program_of(reader *r, wd_slice pid_text)
{
    uint64_t pid = 0;
    if (!wd_slice_to_u64(pid_text, &pid)) {
        return (wd_slice){0};
    }
    const parent *p = parent_slot(r, pid);
    return p->pid == pid ? p->image : (wd_slice){0};
}

static bool lies_in(wd_slice inner, wd_slice outer)
{
    return inner.len > 0 && inner.ptr >= outer.ptr && inner.ptr < outer.ptr + outer.len;
}

static void remember_program(reader *r, const wd_audit_facts *f)
{
    uint64_t pid = 0;
    if (f->executed && !f->failed && wd_slice_to_u64(f->pid, &pid) && lies_in(f->exe, r->file)) {
        *parent_slot(r, pid) = (parent){pid, f->exe};
    }
}

static void add_system(reader *r, const open_event *e, wd_time time)
{
    const wd_audit_head *head = &e->first->head;
    wd_event_build *b = &r->b;
    uint32_t id = wd_audit_type_number(head->type);
    for (const record *rec = e->first; rec != NULL; rec = rec->next) {
        if (wd_slice_eq(rec->head.type, WD_S("EXECVE"))) {
            id = WD_AUDITD_EXECVE;
        }
    }
    char *text = wd_arena_alloc(b->scratch, WD_TIME_TEXT);
    wd_event_build_add(b, WD_S("Provider_Name"), WD_S("auditd"));
    wd_event_build_add(b, WD_S("Channel"), WD_S("auditd"));
    wd_event_build_default(b, "Computer", head->node);
    wd_event_build_add(b, WD_S("EventID"), wd_arena_printf(b->scratch, "%u", id));
    wd_event_build_add(b, WD_S("EventRecordID"),
                       wd_arena_printf(b->scratch, "%llu", (unsigned long long) head->serial));
    if (text != NULL) {
        wd_event_build_add(b, WD_S("TimeCreated_SystemTime"),
                           wd_slice_str(wd_time_format_full(time, text)));
    }
}

/* Gives the oldest open event away. */
static wd_status end_event(reader *r)
{
    open_event e = r->open[0];
    memmove(r->open, r->open + 1, --r->n_open * sizeof r->open[0]);
    const wd_audit_head *head = &e.first->head;
    wd_time time =
        wd_time_from_unix((int64_t) head->seconds, (int64_t) head->millis * INT64_C(1000000));
    wd_audit_facts facts = {0};
    wd_event_build_start(&r->b);
    add_system(r, &e, time);
    for (const record *rec = e.first; rec != NULL; rec = rec->next) {
        if (!wd_slice_eq(rec->head.type, WD_S("EOE"))) {
            wd_audit_add_record(&r->b, &facts, &rec->head);
        }
    }
    wd_audit_add_names(&r->b, &facts, program_of(r, facts.ppid));
    remember_program(r, &facts);
    wd_span span = {e.first->offset, e.last->offset + e.last->len - e.first->offset, 0};
    e.last->next = r->unused;
    r->unused = e.first;
    return wd_event_build_give(&r->b, span, time);
}

static record *new_record(reader *r)
{
    record *rec = r->unused;
    if (rec != NULL) {
        r->unused = rec->next;
        return rec;
    }
    return WD_NEW(r->own, record);
}

/* The open event that the head belongs to; a new one when there is none. */
static wd_status find_event(reader *r, const wd_audit_head *head, open_event **out)
{
    for (size_t i = r->n_open; i > 0; i--) {
        open_event *e = &r->open[i - 1];
        if (same_event(&e->first->head, head) && e->n < MAX_RECORDS) {
            *out = e;
            return WD_OK;
        }
    }
    if (r->n_open == MAX_OPEN) {
        WD_TRY(end_event(r));
    }
    *out = &r->open[r->n_open++];
    **out = (open_event){0};
    return WD_OK;
}

static wd_status end_old(reader *r, uint64_t now)
{
    while (r->n_open > 0 && r->open[0].first->head.seconds + END_AFTER < now) {
        WD_TRY(end_event(r));
    }
    return WD_OK;
}

static wd_status take_line(reader *r, wd_slice line, uint64_t offset)
{
    wd_audit_head head;
    if (!wd_audit_head_of(line, &head)) {
        return wd_slice_trim(line).len == 0
                   ? WD_OK
                   : wd_event_build_fail(&r->b, (wd_span){offset, line.len, 0},
                                         "a line that is no audit record");
    }
    WD_TRY(end_old(r, head.seconds));
    open_event *e = NULL;
    WD_TRY(find_event(r, &head, &e));
    record *rec = new_record(r);
    if (rec == NULL) {
        return wd_nomem(r->b.err, "auditd");
    }
    *rec = (record){head, offset, line.len, NULL};
    *(e->n == 0 ? &e->first : &e->last->next) = rec;
    e->last = rec;
    e->n++;
    return WD_OK;
}

static wd_status read_lines(reader *r)
{
    wd_slice rest = r->file;
    wd_slice line;
    while (wd_slice_line(&rest, &line)) {
        uint64_t offset = r->base + (uint64_t) (line.ptr - r->file.ptr);
        WD_TRY(take_line(r, wd_slice_sub(line, 0, WD_MAX_LINE), offset));
    }
    while (r->n_open > 0) {
        WD_TRY(end_event(r));
    }
    return WD_OK;
}

wd_status wd_auditd_read(wd_slice file, uint64_t base, wd_arena *arena, const wd_event_sink *sink,
                         wd_event_stats *stats, wd_err *err)
{
    reader r = {.file = file, .base = base};
    WD_TRY(wd_event_build_init(&r.b, arena, sink, stats, err));
    r.own = wd_arena_new((size_t) 64 << 20);
    r.parents = r.own == NULL ? NULL : WD_ARRAY(r.own, PARENTS, parent);
    wd_status status = r.parents != NULL ? read_lines(&r) : wd_nomem(err, "auditd");
    wd_arena_free(r.own);
    wd_event_build_clear(&r.b);
    if (status == WD_OK && stats->records == 0) {
        return wd_fail(err, WD_E_MALFORMED, base, "auditd", "no audit record in this text");
    }
    return status;
}
