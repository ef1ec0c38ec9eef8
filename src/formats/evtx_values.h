#ifndef WD_FORMATS_EVTX_VALUES_H
#define WD_FORMATS_EVTX_VALUES_H

#include "core/slice.h"

/*
 * Values of BinXML as text. Internal to the EVTX reader.
 */

/** Text of one record: a fixed piece of memory that is filled and never grows. */
typedef struct wd_evtx_text {
    uint8_t *ptr;
    size_t len;
    size_t cap;
    bool full; /* something did not fit; sticky until cleared by the owner */
} wd_evtx_text;

void wd_evtx_add(wd_evtx_text *out, wd_slice s);
/** UTF-16LE; lone surrogates become U+FFFD. */
void wd_evtx_add_utf16(wd_evtx_text *out, wd_slice units);

/**
 * Adds one value (no array, no BinXML) as Windows prints it. Types that nobody knows are added as
 * hexadecimal and give false; so do values whose size does not fit their type.
 */
bool wd_evtx_add_value(wd_evtx_text *out, uint8_t type, wd_slice raw);

/** Takes the next item off an array value; false at the end. `type` is that of an item. */
bool wd_evtx_next_item(uint8_t type, wd_slice *rest, wd_slice *item);

#endif
