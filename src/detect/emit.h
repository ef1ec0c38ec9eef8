#ifndef WD_DETECT_EMIT_H
#define WD_DETECT_EMIT_H

#include "core/arena.h"
#include "core/note.h"
#include "core/vocab.h"

/*
 * What every detector of files needs to say something: where it goes, and from which item.
 */
typedef struct wd_emit {
    const wd_item *item;
    wd_arena *arena;
    const wd_sink *sink;
    wd_err *err;
} wd_emit;

/** A rule of this program: everything about it that does not depend on the file. */
typedef struct wd_rule {
    const char *name; /* "signature.residue" */
    const char *title;
    const char *benign;     /* why the innocent reading was rejected */
    const char *techniques; /* ATT&CK ids separated by blanks, or "" */
    wd_severity severity;
} wd_rule;

/** A finding of that rule about the item, with the place and up to WD_MAX_EXCERPT bytes from there.
 * `sentence` is in the arena. Change what differs, then wd_emit_finding. */
wd_finding wd_finding_of(const wd_emit *e, const wd_rule *rule, wd_span span, wd_slice sentence);
WD_MUST_USE wd_status wd_emit_finding(const wd_emit *e, const wd_finding *f);
/** Both in one, for findings that are as the rule says. */
WD_MUST_USE wd_status wd_emit_rule(const wd_emit *e, const wd_rule *rule, wd_span span,
                                   wd_slice sentence);
WD_MUST_USE wd_status wd_emit_obs(const wd_emit *e, const wd_obs *o);
/** Notes as WD_OBS_DAMAGE and WD_OBS_LIMIT observations. */
WD_MUST_USE wd_status wd_emit_notes(const wd_emit *e, const wd_notes *notes);
/** A failure that ended the reading of the item, as WD_OBS_DAMAGE; memory and sinks stay failures.
 */
WD_MUST_USE wd_status wd_emit_failure(const wd_emit *e, wd_status status, const wd_err *failure);

/** Number as text in the arena, for observations. */
wd_slice wd_emit_u64(const wd_emit *e, uint64_t v);
wd_slice wd_emit_time(const wd_emit *e, wd_time t);
/** The excerpt that is kept of a run. */
wd_slice wd_emit_excerpt(const wd_emit *e, uint64_t offset, uint64_t len);

#endif
