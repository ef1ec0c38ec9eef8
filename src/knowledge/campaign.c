#include "knowledge/campaign.h"

#include "core/cursor.h"
#include "core/text.h"

static bool is_separator(uint8_t c)
{
    return c == '/' || c == '\\';
}

static bool has_separator(wd_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (is_separator(s.ptr[i])) {
            return true;
        }
    }
    return false;
}

static bool is_path_key(wd_key key)
{
    return key == WD_K_PROCESS || key == WD_K_PARENT || key == WD_K_PATH ||
           key == WD_K_ORIGINAL_NAME;
}

static bool value_matches(wd_key key, wd_slice glob, wd_slice value)
{
    if (!is_path_key(key)) {
        return wd_glob_nocase(glob, value);
    }
    return wd_glob_path(glob, has_separator(glob) ? value : wd_path_base(value));
}

static bool any_of(wd_key key, const wd_slices *globs, wd_slice value)
{
    for (size_t i = 0; i < globs->n; i++) {
        if (value_matches(key, globs->list[i], value)) {
            return true;
        }
    }
    return false;
}

static bool is_module(const wd_product *p, wd_slice path)
{
    return any_of(WD_K_PATH, &p->modules, path);
}

static bool is_genuine(const wd_campaign *c, wd_slice hash)
{
    for (size_t i = 0; i < c->genuine.n; i++) {
        if (wd_slice_eq_nocase(c->genuine.list[i], hash)) {
            return true;
        }
    }
    return false;
}

static bool list_word_matches(const wd_campaign *c, wd_slice word, wd_slice value)
{
    if (wd_slice_eq(word, WD_S("@genuine"))) {
        return is_genuine(c, value);
    }
    bool program = wd_slice_eq(word, WD_S("@program"));
    for (size_t i = 0; i < c->n_products; i++) {
        const wd_product *p = &c->products[i];
        if (program ? wd_product_is_program(p, value) : is_module(p, value)) {
            return true;
        }
    }
    return false;
}

static bool condition_holds(const wd_campaign *c, const wd_condition *w, const wd_obs *o)
{
    wd_slice value = wd_obs_get(o, w->key);
    bool found = false;
    for (size_t i = 0; i < w->any.n && !found && value.len > 0; i++) {
        wd_slice glob = w->any.list[i];
        found = glob.len > 0 && glob.ptr[0] == '@' ? list_word_matches(c, glob, value)
                                                   : value_matches(w->key, glob, value);
    }
    return found != w->negate;
}

bool wd_proof_matches(const wd_campaign *c, const wd_proof *p, const wd_obs *o)
{
    if (o->kind != p->kind || p->n_where == 0) {
        return false;
    }
    for (size_t i = 0; i < p->n_where; i++) {
        if (!condition_holds(c, &p->where[i], o)) {
            return false;
        }
    }
    return true;
}

bool wd_product_is_program(const wd_product *p, wd_slice path)
{
    return path.len > 0 && any_of(WD_K_PATH, &p->programs, path);
}

static bool seconds_to_time(uint64_t seconds, wd_time *out)
{
    wd_time t = seconds > (uint64_t) INT64_MAX / (uint64_t) WD_TICKS_PER_SECOND
                    ? WD_NO_TIME
                    : wd_time_from_unix((int64_t) seconds, 0);
    if (t == WD_NO_TIME) {
        return false;
    }
    *out = t;
    return true;
}

static bool binary_time(wd_slice encoding, wd_slice bytes, wd_time *out)
{
    wd_cursor c = wd_cursor_of(bytes, 0);
    if (wd_slice_eq(encoding, WD_S("unix32le")) && bytes.len == 4) {
        return seconds_to_time(wd_u32le(&c), out);
    }
    if (bytes.len != 8) {
        return false;
    }
    if (wd_slice_eq(encoding, WD_S("unix64le"))) {
        return seconds_to_time(wd_u64le(&c), out);
    }
    if (wd_slice_eq(encoding, WD_S("unix64be"))) {
        return seconds_to_time(wd_u64be(&c), out);
    }
    *out = wd_time_from_filetime(wd_u64le(&c));
    return wd_slice_eq(encoding, WD_S("filetime")) && *out != WD_NO_TIME;
}

bool wd_marker_time(const wd_marker *m, wd_slice bytes, wd_time *out)
{
    wd_time t = WD_NO_TIME;
    bool ok = false;
    if (m->size != 0 && bytes.len != m->size) {
        return false;
    }
    if (wd_slice_eq(m->encoding, WD_S("iso_text"))) {
        ok = wd_time_parse(wd_slice_trim(bytes), &t);
    } else if (wd_slice_eq(m->encoding, WD_S("unix_text"))) {
        ok = wd_time_from_epoch_text(wd_slice_trim(bytes), &t);
    } else {
        ok = binary_time(m->encoding, bytes, &t);
    }
    if (ok) {
        *out = t;
    }
    return ok;
}
