#ifndef WD_FORMATS_ZEEK_H
#define WD_FORMATS_ZEEK_H

#include "core/arena.h"
#include "formats/net_looks.h"
#include "formats/net_sink.h"

/*
 * Zeek logs (https://docs.zeek.org/en/master/log-formats.html).
 *
 * TSV: lines that start with '#' set the rules for those that follow:
 *
 *   #separator \x09     #set_separator ,     #empty_field (empty)     #unset_field -
 *   #path conn          #fields ts uid id.orig_h ...                  #types time string addr ...
 *   #close ...
 *
 * The order of columns comes from #fields alone; sensors add their own. Bytes that are not
 * printable, and separators inside values, are written \xNN. A file may hold several logs.
 *
 * JSON: an object per line with the same field names; `ts` is seconds (number or text),
 * milliseconds, or ISO 8601. Which log a row belongs to is told by its fields, so that rotated,
 * renamed ("open_conn") and mixed files are read alike.
 *
 * Read: conn, dns, ssl, http, files. Rows of other logs are counted.
 */

/**
 * Hands the rows of a log to `sink` as facts; spans are lines. Rows that cannot be read are
 * counted in totals->bad, and the first is told to sink->damage.
 * Fails: WD_E_MALFORMED when no header or readable row is there at all; WD_E_NOMEM; what the sink
 * answers.
 */
WD_MUST_USE wd_status wd_zeek_facts(wd_slice data, wd_arena *arena, const wd_net_sink *sink,
                                    wd_net_totals *totals, wd_err *err);

#endif
