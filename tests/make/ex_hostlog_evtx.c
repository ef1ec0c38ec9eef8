#include "make/ex_hostlog.h"

#include "core/hash.h"
#include "make/evtx_builder.h"

/* BinXML value types (MS-EVEN6 2.2.12) that Sysmon uses beside strings. */
enum { TYPE_UINT32 = 0x08, TYPE_GUID = 0x0f };

typedef struct scratch {
    uint8_t bytes[64][16];
} scratch;

/* "{11223344-5566-7788-99aa-bbccddeeff00}": the first three groups are little-endian. */
static void put_guid(wd_slice text, uint8_t out[16])
{
    static const uint8_t digit_at[16] = {7,  5,  3,  1,  12, 10, 17, 15,
                                         20, 22, 25, 27, 29, 31, 33, 35};

    for (size_t i = 0; i < 16; i++) {
        if (!wd_unhex(wd_slice_sub(text, digit_at[i], 2), &out[i], 1)) {
            ex_die("not a GUID");
        }
    }
}

static wd_evtx_build_field typed(const wd_field *f, uint8_t raw[16])
{
    wd_evtx_build_field out = {.name = (const char *) f->name.ptr,
                               .value = (const char *) f->value.ptr};
    uint64_t number = 0;

    if (f->value.len == 38 && wd_slice_ends(f->name, WD_S("Guid"))) {
        put_guid(f->value, raw);
        out.type = TYPE_GUID;
        out.raw = wd_slice_of(raw, 16);
    } else if (wd_slice_ends(f->name, WD_S("ProcessId")) && wd_slice_to_u64(f->value, &number)) {
        for (size_t i = 0; i < 4; i++) {
            raw[i] = (uint8_t) (number >> (8 * i));
        }
        out.type = TYPE_UINT32;
        out.raw = wd_slice_of(raw, 4);
    }
    return out;
}

void ex_hostlog_evtx(const ex_host *h, const ex_rows *events, wd_buf *out)
{
    wd_evtx_builder *b = wd_evtx_builder_new();
    wd_evtx_build_field fields[64];
    scratch room;

    if (b == NULL) {
        ex_die("out of memory");
    }
    for (size_t i = 0; i < events->n; i++) {
        const ex_event *e = events->rows[i].what;
        const ex_channel_facts *facts = ex_channel_of(e->channel);
        for (size_t f = 0; f < e->n; f++) {
            fields[f] = typed(&e->fields[f], room.bytes[f]);
        }
        wd_evtx_build_record record = {.channel = facts->channel,
                                       .provider = facts->provider,
                                       .provider_guid = facts->guid,
                                       .computer = h->computer,
                                       .event_id = e->id,
                                       .record_id = e->number,
                                       .time = e->at,
                                       .process_id = facts->process_id,
                                       .fields = fields,
                                       .n_fields = e->n};
        if (!wd_evtx_builder_add(b, &record)) {
            ex_die("record %llu of %s does not fit", (unsigned long long) e->number, h->name);
        }
    }
    wd_buf_add(out, wd_evtx_builder_finish(b));
    wd_evtx_builder_free(b);
}
