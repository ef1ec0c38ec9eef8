/*
 * dump_events [--count|--route] FILE...: every record of host logs as a JSON line, statistics as a
 * line per file on stderr. --count reads everything and prints nothing; --route decodes nothing.
 * --collection learns the templates of all files behind it first, so that they lend to each other.
 * Files named .evtx are binary logs; XML, JSON and audit text are told apart.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "formats/auditd.h"
#include "formats/eventjson.h"
#include "formats/eventxml.h"
#include "formats/evtx.h"

typedef struct dump {
    const char *path;
    wd_buf out;
    bool quiet;
    uint64_t fields;
} dump;

static wd_status on_event(void *ctx, const wd_event *e)
{
    dump *d = ctx;
    d->fields += e->n_fields;
    if (d->quiet) {
        return WD_OK;
    }
    wd_buf_clear(&d->out);
    wd_jw w = wd_jw_init(&d->out, 0);
    wd_jw_object(&w);
    wd_jw_member_str(&w, "file", d->path);
    wd_jw_member_u64(&w, "off", e->span.offset);
    wd_jw_member_u64(&w, "record", e->span.record);
    wd_jw_member_u64(&w, "event_id", e->event_id);
    wd_jw_member_time(&w, "time", e->time);
    wd_jw_member_slice(&w, "channel", e->channel);
    wd_jw_member_slice(&w, "host", e->host);
    wd_jw_member_u64(&w, "recovered", e->recovered);
    wd_jw_key(&w, "kv");
    wd_jw_array(&w);
    for (size_t i = 0; i < e->n_fields; i++) {
        wd_jw_array(&w);
        wd_jw_slice(&w, e->fields[i].name);
        wd_jw_slice(&w, e->fields[i].value);
        wd_jw_array_end(&w);
    }
    wd_jw_array_end(&w);
    wd_jw_object_end(&w);
    wd_buf_byte(&d->out, '\n');
    fwrite(d->out.ptr, 1, d->out.len, stdout);
    return WD_OK;
}

static wd_status on_damage(void *ctx, wd_span span, wd_slice text)
{
    dump *d = ctx;
    if (!d->quiet) {
        fprintf(stderr, "%s: damage at %llu: %.*s\n", d->path, (unsigned long long) span.offset,
                (int) text.len, (const char *) text.ptr);
    }
    return WD_OK;
}

static bool want_none(void *ctx, wd_slice channel, uint32_t event_id)
{
    (void) ctx;
    return channel.len == 1 && event_id == 0;
}

static bool load(const char *path, wd_buf *out)
{
    FILE *f = fopen(path, "rb");
    char block[65536];
    size_t n = 0;
    if (f == NULL) {
        return false;
    }
    wd_buf_clear(out);
    while ((n = fread(block, 1, sizeof block, f)) > 0) {
        wd_buf_add(out, wd_slice_of(block, n));
    }
    fclose(f);
    return !out->failed;
}

static wd_status read_evtx(const char *path, wd_slice file, wd_arena *arena,
                           const wd_event_sink *sink, wd_evtx_store *store)
{
    wd_evtx_input in = {file, 0, store};
    wd_evtx_stats s = {0};
    wd_err err = {0};
    wd_status status = wd_evtx_read_with(&in, arena, sink, &s, &err);
    fprintf(stderr,
            "STATS\t%s\t%s\tchunks=%llu\tallocated=%llu\tfailed=%llu\trecovered=%llu\t"
            "rejected=%llu\tnameless=%llu\thidden=%llu\tgaps=%zu\tjumps=%zu\tsources=%zu\n",
            path, status == WD_OK ? "ok" : err.text, (unsigned long long) s.chunks,
            (unsigned long long) s.allocated, (unsigned long long) s.failed,
            (unsigned long long) s.recovered, (unsigned long long) s.rejected,
            (unsigned long long) s.nameless, (unsigned long long) s.hidden, s.n_gaps, s.n_jumps,
            s.sources.n);
    return status;
}

static void read_text(const char *path, wd_slice file, wd_arena *arena, const wd_event_sink *sink)
{
    wd_event_stats s = {0};
    wd_err err = {0};
    wd_slice front = wd_slice_trim(wd_slice_sub(file, 0, 4096));
    bool xml = wd_slice_starts(front, WD_S("<")) || wd_slice_starts(front, WD_S("\xff\xfe<")) ||
               wd_slice_find(front, WD_S("<Event")) < wd_slice_find(front, WD_S("{"));
    bool json = wd_slice_find_byte(front, '{') != SIZE_MAX &&
                wd_slice_find(front, WD_S("audit(")) == SIZE_MAX;
    wd_status status = (xml    ? wd_eventxml_read
                        : json ? wd_eventjson_read
                               : wd_auditd_read)(file, 0, arena, sink, &s, &err);
    fprintf(stderr, "STATS\t%s\t%s\trecords=%llu\tfailed=%llu\tsources=%zu\n", path,
            status == WD_OK ? "ok" : err.text, (unsigned long long) s.records,
            (unsigned long long) s.failed, s.sources.n);
}

static wd_status ignore(void *ctx, const wd_event *e)
{
    (void) ctx;
    (void) e;
    return WD_OK;
}

/* The templates of all logs, before any of them is read for good. Lives until the end. */
static wd_evtx_store *learn(char **paths, int n)
{
    wd_arena *arena = wd_arena_new(1U << 30);
    wd_evtx_store *store = arena == NULL ? NULL : wd_evtx_store_new(arena);
    wd_event_sink sink = {NULL, ignore, NULL, NULL};
    wd_buf file = {0};
    for (int i = 0; i < n && store != NULL; i++) {
        wd_evtx_stats s = {0};
        wd_arena *scratch = wd_arena_new(1U << 30);
        if (scratch != NULL && load(paths[i], &file)) {
            wd_evtx_input in = {wd_buf_slice(&file), 0, store};
            (void) !wd_evtx_read_with(&in, scratch, &sink, &s, NULL);
        }
        wd_arena_free(scratch);
    }
    wd_buf_free(&file);
    return store;
}

int main(int argc, char **argv)
{
    wd_buf file = {0};
    dump d = {0};
    wd_event_sink sink = {&d, on_event, on_damage, NULL};
    wd_evtx_store *store = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--count") == 0 || strcmp(argv[i], "--route") == 0) {
            d.quiet = true;
            sink.want = argv[i][2] == 'r' ? want_none : NULL;
            continue;
        }
        if (strcmp(argv[i], "--collection") == 0) {
            store = learn(argv + i + 1, argc - i - 1);
            continue;
        }
        d.path = argv[i];
        if (!load(argv[i], &file)) {
            fprintf(stderr, "%s: cannot be read\n", argv[i]);
            continue;
        }
        wd_arena *arena = wd_arena_new(1U << 30);
        wd_slice name = wd_slice_str(argv[i]);
        if (wd_slice_ends_nocase(name, WD_S(".evtx"))) {
            (void) read_evtx(argv[i], wd_buf_slice(&file), arena, &sink, store);
        } else {
            read_text(argv[i], wd_buf_slice(&file), arena, &sink);
        }
        wd_arena_free(arena);
    }
    wd_buf_free(&file);
    wd_buf_free(&d.out);
    return 0;
}
