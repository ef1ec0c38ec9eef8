#ifndef WD_CASE_CONTACTS_H
#define WD_CASE_CONTACTS_H

#include "case/store.h"
#include "detect/contacts.h"

/**
 * All contacts of a settled case, merged over its items: the same traffic seen by two sensors, or
 * by one sensor in several logs, is one contact. Ordered by source, name, address and port.
 * Everything is in `arena`.
 */
WD_MUST_USE wd_status wd_case_contacts(wd_case *cs, wd_arena *arena, wd_contact_list *out,
                                       wd_err *err);

#endif
