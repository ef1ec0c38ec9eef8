#include "core/text.h"
#include "knowledge/kb_priv.h"

static bool name_agrees(const wd_product *p, wd_slice name)
{
    if (name.len == 0) {
        return false;
    }
    bool same = wd_slice_eq_nocase(p->name, name);
    for (size_t i = 0; i < p->aliases.n && !same; i++) {
        same = wd_glob_nocase(p->aliases.list[i], name);
    }
    return same;
}

static bool path_agrees(const wd_product *p, wd_slice path)
{
    if (path.len == 0) {
        return false;
    }
    bool same = wd_product_is_program(p, path);
    for (size_t i = 0; i < p->install_paths.n && !same; i++) {
        same = wd_glob_path(p->install_paths.list[i], path);
    }
    return same;
}

static bool platform_agrees(const wd_product *p, wd_slice platform)
{
    return platform.len == 0 || wd_slice_eq_nocase(p->platform, WD_S("any")) ||
           wd_slice_eq_nocase(p->platform, platform);
}

static bool listed(const wd_slices *specs, wd_slice version)
{
    for (size_t i = 0; i < specs->n; i++) {
        if (wd_version_in(specs->list[i], version)) {
            return true;
        }
    }
    return false;
}

static bool has_digit(wd_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (wd_is_digit(s.ptr[i])) {
            return true;
        }
    }
    return false;
}

static wd_version_state state_of(const wd_product *p, wd_slice version)
{
    if (!has_digit(version)) {
        return WD_VERSION_UNKNOWN;
    }
    if (listed(&p->affected, version)) {
        return WD_VERSION_AFFECTED;
    }
    if (listed(&p->fixed, version)) {
        return WD_VERSION_FIXED;
    }
    return p->affected_complete ? WD_VERSION_OTHER : WD_VERSION_UNLISTED;
}

/* What a reader has to know first: affected, then what leaves the question open. */
static int urgency(wd_version_state s)
{
    static const int order[] = {
        [WD_VERSION_NOT_PRODUCT] = 0, [WD_VERSION_OTHER] = 1,   [WD_VERSION_FIXED] = 2,
        [WD_VERSION_UNLISTED] = 3,    [WD_VERSION_UNKNOWN] = 4, [WD_VERSION_AFFECTED] = 5,
    };
    return order[s];
}

wd_version_verdict wd_knowledge_version(const wd_knowledge *kb, const wd_product_query *q)
{
    wd_version_verdict worst = {WD_VERSION_NOT_PRODUCT, NULL, NULL};
    for (size_t c = 0; c < kb->n_campaigns; c++) {
        const wd_campaign *cp = kb->campaigns[c];
        for (size_t i = 0; i < cp->n_products; i++) {
            const wd_product *p = &cp->products[i];
            if ((q->campaign != NULL && q->campaign != cp) || !platform_agrees(p, q->platform) ||
                !(name_agrees(p, q->product) || path_agrees(p, q->path))) {
                continue;
            }
            wd_version_state s = state_of(p, q->version);
            if (worst.campaign == NULL || urgency(s) > urgency(worst.state)) {
                worst = (wd_version_verdict){s, cp, p};
            }
        }
    }
    return worst;
}
