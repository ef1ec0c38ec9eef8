#include "cli/facts.h"

#include <stdio.h>
#include <string.h>

#include "cli/resources.h"
#include "cli/who_incidents.h"

bool wd_facts_is(const char *path)
{
    static const char head[] = "whodunit.actors/";
    char start[sizeof head] = {0};
    FILE *f = fopen(path, "rb");
    size_t n = f == NULL ? 0 : fread(start, 1, sizeof head - 1, f);
    if (f != NULL) {
        (void) fclose(f);
    }
    return n == sizeof head - 1 && memcmp(start, head, n) == 0;
}

wd_status wd_facts_load(const wd_options *o, wd_arena *arena, wd_attr_base **base, wd_err *err)
{
    const char *dir = o->no_builtin_knowledge ? NULL : wd_resource("knowledge/actors", arena);
    wd_actors *facts = NULL;
    *base = NULL;
    if (dir != NULL) {
        WD_TRY(wd_actors_load(&facts, dir, arena, err));
    }
    for (size_t i = 0; i < o->kb.n; i++) {
        wd_slice text = {0};
        if (!wd_facts_is(o->kb.list[i])) {
            continue;
        }
        facts = facts == NULL ? wd_actors_new(arena) : facts;
        WD_TRY(wd_who_read(o->kb.list[i], arena, &text, err));
        WD_TRY(facts == NULL ? wd_nomem(err, "facts")
                             : wd_actors_add(facts, wd_slice_str(o->kb.list[i]), text, err));
    }
    return facts == NULL ? WD_OK : wd_attr_base_make(base, facts, arena, err);
}
