#include "make/ex_hostlog.h"

#include "make/evtx_builder.h"

void ex_hostlog_evtx(const ex_host *h, const ex_rows *events, wd_buf *out)
{
    wd_evtx_builder *b = wd_evtx_builder_new();
    wd_evtx_build_field fields[64];

    if (b == NULL) {
        ex_die("out of memory");
    }
    for (size_t i = 0; i < events->n; i++) {
        const ex_event *e = events->rows[i].what;
        const ex_channel_facts *facts = ex_channel_of(e->channel);
        for (size_t f = 0; f < e->n; f++) {
            fields[f] = (wd_evtx_build_field){.name = (const char *) e->fields[f].name.ptr,
                                              .value = (const char *) e->fields[f].value.ptr};
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
