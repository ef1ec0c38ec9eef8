/* Lists that `who` is given: evidence, incidents and reports, one JSON object a line. The first
 * byte picks the reader. */
#include "answers/attribution_evidence.h"
#include "answers/attribution_incidents.h"
#include "fuzz.h"

static const char small[] =
    "whodunit.actors/1\tfuzz\t1\t\t\ntechnique\tT0001\tOne\nsoftware\tS0001\ttool\tTwo\t\n"
    "actor\tG0001\tA\nactor\tG0002\tB\nreport\tR1\t2020\tx\tN 1\nuses\tu\tG0001\tT0001\tR1\n"
    "uses\tv\tG0002\tS0001\tR1\nnexus\tG0001\tKP\tx\n";

static void with(wd_arena *arena, wd_actors *facts, uint8_t which, wd_slice in)
{
    wd_attr_base *base = NULL;
    wd_err err = {0};
    if (wd_attr_base_make(&base, facts, arena, &err) != WD_OK) {
        return;
    }
    if (which % 2 == 0) {
        wd_evidence *list = NULL;
        size_t n = 0;
        wd_attr_counts *c = wd_attr_counts_new(base, arena);
        if (c != NULL && wd_evidence_read(facts, in, arena, &list, &n, &err) == WD_OK) {
            (void) !wd_evidence_weigh(c, list, n, arena);
        }
        return;
    }
    wd_incidents all;
    wd_attr_item items[64];
    uint8_t ignored[8] = {0};
    if (wd_incidents_read(&all, facts, in, in, arena, &err) == WD_OK) {
        for (size_t i = 0; i < all.n; i++) {
            wd_incident_ignore(&all, &all.list[i], 'd', ignored);
            (void) wd_incident_items(&all.list[i], WD_VARIANT_DECOY, true, items, 64);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wd_arena *arena = wd_arena_new(16U << 20);
    wd_actors *facts = arena == NULL ? NULL : wd_actors_new(arena);
    wd_err err = {0};
    if (size > 0 && facts != NULL &&
        wd_actors_add(facts, WD_S("small"), wd_slice_of(small, sizeof small - 1), &err) == WD_OK) {
        with(arena, facts, data[0], wd_slice_of(data + 1, size - 1));
    }
    wd_arena_free(arena);
    return 0;
}
