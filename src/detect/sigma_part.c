#include "detect/sigma_part.h"

#include <string.h>

#include "core/cursor.h"
#include "core/limits.h"

static void put_u32(uint8_t *p, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++) {
        p[i] = (uint8_t) (v >> 8 * i);
    }
}

wd_status wd_sigma_part_values(const wd_sigma_program *program, const wd_sigma_fields *fields,
                               wd_arena *arena, wd_slice *out)
{
    size_t size = 0;
    wd_slice value = {0};
    for (size_t i = 0; i < program->n_keep; i++) {
        (void) fields->value(fields->ctx, program->keep[i], &value);
        size += 5 + (value.len > WD_MAX_PART_VALUE ? WD_MAX_PART_VALUE : value.len);
    }
    uint8_t *p = wd_arena_alloc(arena, size);
    if (p == NULL) {
        return WD_E_NOMEM;
    }
    size_t n = 0;
    for (size_t i = 0; i < program->n_keep; i++) {
        p[n++] = fields->value(fields->ctx, program->keep[i], &value) ? 1 : 0;
        if (p[n - 1] == 0) {
            continue;
        }
        size_t len = value.len > WD_MAX_PART_VALUE ? WD_MAX_PART_VALUE : value.len;
        put_u32(p + n, (uint32_t) len);
        if (len > 0) {
            memcpy(p + n + 4, value.ptr, len);
        }
        n += 4 + len;
    }
    *out = wd_slice_of(p, n);
    return WD_OK;
}

bool wd_sigma_part_next(wd_slice *values, wd_slice *value)
{
    wd_cursor c = wd_cursor_of(*values, 0);
    uint8_t present = wd_u8(&c);
    *value = (wd_slice){0};
    if (present == 1) {
        uint32_t len = wd_u32le(&c);
        *value = wd_take(&c, len);
    }
    if (c.failed || present > 1) {
        return false;
    }
    *values = wd_slice_sub(*values, c.pos, values->len);
    return true;
}

/* u32 rule, i64 time, u64 offset, u64 length, u64 record, u32 + host, u32 + values */
static void add_u64(wd_buf *out, uint64_t v)
{
    uint8_t bytes[8];
    put_u32(bytes, (uint32_t) v);
    put_u32(bytes + 4, (uint32_t) (v >> 32));
    wd_buf_add(out, wd_slice_of(bytes, sizeof bytes));
}

static void add_u32(wd_buf *out, uint32_t v)
{
    uint8_t bytes[4];
    put_u32(bytes, v);
    wd_buf_add(out, wd_slice_of(bytes, sizeof bytes));
}

void wd_sigma_part_put(wd_buf *out, const wd_sigma_part *part)
{
    add_u32(out, part->rule);
    add_u64(out, (uint64_t) part->time);
    add_u64(out, part->span.offset);
    add_u64(out, part->span.len);
    add_u64(out, part->span.record);
    add_u32(out, (uint32_t) part->host.len);
    wd_buf_add(out, part->host);
    add_u32(out, (uint32_t) part->values.len);
    wd_buf_add(out, part->values);
}

bool wd_sigma_part_sound(const wd_sigma_part *part)
{
    wd_slice values = part->values;
    wd_slice one = {0};
    while (values.len > 0) {
        if (!wd_sigma_part_next(&values, &one)) {
            return false;
        }
    }
    return true;
}

wd_status wd_sigma_part_take(wd_slice in, wd_sigma_part *out, wd_err *err)
{
    wd_cursor c = wd_cursor_of(in, 0);
    wd_sigma_part p = {.rule = wd_u32le(&c)};
    p.time = (wd_time) wd_u64le(&c);
    p.span.offset = wd_u64le(&c);
    p.span.len = wd_u64le(&c);
    p.span.record = wd_u64le(&c);
    p.host = wd_take(&c, wd_u32le(&c));
    p.values = wd_take(&c, wd_u32le(&c));
    if (c.failed || wd_cursor_left(&c) > 0 || !wd_sigma_part_sound(&p)) {
        return wd_fail(err, WD_E_MALFORMED, c.pos, "sigma.part", "not a hit of a rule");
    }
    *out = p;
    return WD_OK;
}
