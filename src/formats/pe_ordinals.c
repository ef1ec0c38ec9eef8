#include "formats/pe_ordinals.h"

#include <stdlib.h>

typedef struct ordinal_name {
    uint16_t ordinal;
    const char *name;
} ordinal_name;

#include "formats/pe_ordinals.inc"

static int by_ordinal(const void *key, const void *entry)
{
    const uint16_t *want = key;
    const ordinal_name *have = entry;
    return *want < have->ordinal ? -1 : *want > have->ordinal;
}

wd_slice wd_pe_ordinal_name(wd_slice library, uint16_t ordinal)
{
    const struct {
        const char *library;
        const ordinal_name *names;
        size_t n;
    } tables[] = {
        {"ws2_32.dll", winsock, sizeof winsock / sizeof winsock[0]},
        {"wsock32.dll", winsock, sizeof winsock / sizeof winsock[0]},
        {"oleaut32.dll", automation, sizeof automation / sizeof automation[0]},
    };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        if (wd_slice_eq_nocase(library, wd_slice_str(tables[i].library))) {
            const ordinal_name *found =
                bsearch(&ordinal, tables[i].names, tables[i].n, sizeof(ordinal_name), by_ordinal);
            return found == NULL ? WD_EMPTY : wd_slice_str(found->name);
        }
    }
    return (wd_slice){0};
}
