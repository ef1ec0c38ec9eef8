#ifndef WD_DETECT_CONTACTS_PRIV_H
#define WD_DETECT_CONTACTS_PRIV_H

#include "core/map.h"
#include "detect/contacts.h"

/* Shared by contacts_merge.c (which records are one connection), contacts_sum.c (connections to
 * contacts) and contacts_name.c (names from look-ups). */

/** A connection that is decided, on its way to its contact. */
typedef struct wd_conn {
    const wd_contact *of; /* strings and the rest come from here */
    wd_slice name;        /* final; empty for an address */
    bool named_by_dns;
    wd_moment m;
} wd_conn;

typedef struct wd_conns {
    wd_arena *arena;
    wd_conn *list;
    size_t n, cap;
} wd_conns;

/** Which client got which address for which name, and when. */
typedef struct wd_namer wd_namer;
WD_MUST_USE wd_status wd_namer_new(const wd_contacts_in *in, wd_arena *arena, wd_namer **out);
/** Name of the newest look-up by `src` that answered `dst` within a day before `t`; empty when
 * there is none. */
wd_slice wd_namer_find(const wd_namer *n, wd_slice src, wd_slice dst, wd_time t);

/** Sums connections to contacts; extras of the input (counts beyond their moments) are added. */
WD_MUST_USE wd_status wd_contacts_sum(const wd_contacts_in *in, wd_conns *conns, wd_arena *arena,
                                      wd_contact_list *out);

#endif
