#ifndef WD_DETECT_LOG_FINDINGS_H
#define WD_DETECT_LOG_FINDINGS_H

#include "detect/engine.h"
#include "formats/evtx.h"

/*
 * What a log says about itself: findings of the rules
 *
 *   log.cleared        a log was emptied (T1070.001)
 *   log.hidden_record  a record stands inside the one before it, where no reader shows it
 * (T1070.001) log.record_gap     ids of records are missing in the middle (T1070.001) log.clock the
 * clock moved back between two records (T1070.006) log.silence        a day or more without any
 * record in a log that is otherwise busy process.tampering  Sysmon saw a process whose image was
 * changed (T1055.012)
 */

/** Of a single record. */
WD_MUST_USE wd_status wd_log_finding(const wd_event *e, wd_arena *scratch, const wd_sink *sink);
/** Of a whole event log, after it was read. */
WD_MUST_USE wd_status wd_log_findings(const wd_evtx_stats *stats, wd_arena *arena,
                                      const wd_sink *sink);

#endif
