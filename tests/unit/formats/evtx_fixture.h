#ifndef WD_TESTS_EVTX_FIXTURE_H
#define WD_TESTS_EVTX_FIXTURE_H

/* A small log that tests change on purpose, and what the reader makes of it. */

#include "event_recorder.h"

#include "core/limits.h"
#include "formats/evtx.h"
#include "formats/evtx_raw.h"
#include "make/evtx_builder.h"

#define CHANNEL "Microsoft-Windows-Sysmon/Operational"
#define T0 INT64_C(16800000000000000) /* 2023-03-28 in ticks since 1970 */

static event_recorder rec;
static wd_evtx_stats stats;
static wd_buf log_bytes;

static inline void put_le(uint8_t *at, uint64_t v, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        at[i] = (uint8_t) (v >> (8 * i));
    }
}

static inline uint32_t get_u32(const uint8_t *at)
{
    return (uint32_t) at[0] | (uint32_t) at[1] << 8 | (uint32_t) at[2] << 16 |
           (uint32_t) at[3] << 24;
}

static inline wd_evtx_build_record record_of(uint64_t id, const wd_evtx_build_field *fields,
                                             size_t n)
{
    return (wd_evtx_build_record){.channel = CHANNEL,
                                  .provider = "Microsoft-Windows-Sysmon",
                                  .computer = "WS-01",
                                  .event_id = 1,
                                  .record_id = id,
                                  .time = T0 + (wd_time) id * WD_TICKS_PER_SECOND,
                                  .process_id = 2916,
                                  .fields = fields,
                                  .n_fields = n};
}

/* A log of `n` records with a command line each; the bytes may be changed afterwards. */
static inline uint8_t *make_log(size_t n)
{
    wd_evtx_builder *b = wd_evtx_builder_new();
    if (b == NULL) {
        fail();
        return NULL;
    }
    for (size_t i = 1; i <= n; i++) {
        char command[64];
        snprintf(command, sizeof command, "cmd.exe /c echo %zu", i);
        wd_evtx_build_field fields[] = {{.name = "Image", .value = "C:\\Windows\\cmd.exe"},
                                        {.name = "CommandLine", .value = command}};
        wd_evtx_build_record r = record_of(i, fields, 2);
        assert_true(wd_evtx_builder_add(b, &r));
    }
    wd_buf_clear(&log_bytes);
    wd_buf_add(&log_bytes, wd_evtx_builder_finish(b));
    wd_evtx_builder_free(b);
    assert_false(log_bytes.failed);
    return log_bytes.ptr;
}

static inline wd_status read_bytes(wd_slice bytes)
{
    recorder_clear(&rec);
    recorder_start(&rec);
    wd_event_sink sink = recorder_sink(&rec);
    return wd_evtx_read(bytes, 0, rec.arena, &sink, &stats, NULL);
}

static inline void read_log(void)
{
    assert_int_equal(read_bytes(wd_buf_slice(&log_bytes)), WD_OK);
}

/* Record number `i` (from 0) of the first chunk. */
static inline uint8_t *record_at(size_t i)
{
    uint8_t *p = log_bytes.ptr + WD_EVTX_HEADER_LEN + WD_EVTX_RECORDS;
    for (; i > 0; i--) {
        p += get_u32(p + 4);
    }
    return p;
}

static inline void seal(void)
{
    wd_evtx_seal_chunk(log_bytes.ptr + WD_EVTX_HEADER_LEN);
}

static inline int free_all(void **state)
{
    (void) state;
    recorder_clear(&rec);
    wd_buf_free(&log_bytes);
    return 0;
}

#endif
