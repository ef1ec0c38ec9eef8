#ifndef WD_REPORT_BLOCKLIST_H
#define WD_REPORT_BLOCKLIST_H

#include "core/clock.h"
#include "core/json.h"

/*
 * The indicators of a report as lists for machines may hold them: checked to be what their type
 * says, in one spelling, each with the reason why it may or may not be blocked. What is not
 * provably a plain name, address, digest or URL never reaches a list, so that no value from
 * evidence can end a line, a string or a rule.
 */

typedef enum wd_block_kind {
    WD_BLOCK_DOMAIN, /* lower-case letters, digits, '-' and '_', at least one dot */
    WD_BLOCK_IPV4,   /* dotted decimal, `prefix` 8..32 */
    WD_BLOCK_IPV6,   /* as inet_ntop writes it, `prefix` 16..128 */
    WD_BLOCK_URL,    /* host and path without scheme, printable ASCII, no quotes or blanks */
    WD_BLOCK_SHA256, /* digests in lower-case hexadecimal */
    WD_BLOCK_SHA1,
    WD_BLOCK_MD5,
    WD_BLOCK_OTHER /* types that no list takes; `value` as in the report, hostile */
} wd_block_kind;

typedef struct wd_block_entry {
    wd_block_kind kind;
    wd_slice value;    /* in the one spelling; in the arena */
    unsigned prefix;   /* of addresses */
    bool listed;       /* may be blocked */
    wd_slice held;     /* why not, when not listed; hostile text */
    wd_slice evidence; /* first evidence id, may be empty; hostile text */
    wd_time expires;   /* WD_NO_TIME: does not age */
    uint64_t hits;     /* connections and look-ups of this case that it agrees with */
    const wd_json *json;
} wd_block_entry;

typedef struct wd_blocklist {
    wd_block_entry *list;
    size_t n, cap;
} wd_blocklist;

/** All indicators in the order of the report, duplicates (same kind and value) dropped. In `arena`.
 * WD_E_NOMEM. */
WD_MUST_USE wd_status wd_blocklist_load(wd_blocklist *out, const wd_json *report, wd_arena *arena,
                                        wd_err *err);
/** Whether a list has anything of a kind; `listed` asks for entries that may be blocked. */
bool wd_blocklist_any(const wd_blocklist *b, wd_block_kind kind, bool listed);

/** The value of type `kind` in its one spelling, in the arena; ptr NULL when it is none.
 * `*prefix` is set for addresses. */
wd_slice wd_block_canonical(wd_block_kind kind, wd_slice value, unsigned *prefix, wd_arena *arena);
/** "domain", "sha256", ... as in reports. */
const char *wd_block_kind_name(wd_block_kind kind);

#endif
