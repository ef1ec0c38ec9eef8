#ifndef WD_KNOWLEDGE_ACTORS_PRIV_H
#define WD_KNOWLEDGE_ACTORS_PRIV_H

#include "knowledge/actors.h"

/* Between actors.c and actors_load.c: a reference in one word of a map. */
wd_fact_ref wd_actors_unpack(uintptr_t packed);
uintptr_t wd_actors_pack(wd_fact_ref r);

#endif
