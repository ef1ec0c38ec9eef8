#include "detect/event_values.h"

#include <string.h>

static bool is_absent(wd_slice v)
{
    return v.len == 0 || (v.len == 1 && v.ptr[0] == '-');
}

static wd_slice field(const wd_event *e, const char *name)
{
    wd_slice v = wd_event_get(e, name);
    return is_absent(v) ? WD_EMPTY : v;
}

/* "SHA256=AB..,IMPHASH=.." (Sysmon from 10 on), "SHA1=.." or a bare digest before. */
static void set_hashes(wd_obs *o, wd_slice list, wd_arena *scratch)
{
    static const struct {
        const char *name;
        size_t digits;
        wd_key key;
    } kinds[] = {{"SHA256", 64, WD_K_SHA256},
                 {"SHA1", 40, WD_K_SHA1},
                 {"MD5", 32, WD_K_MD5},
                 {"IMPHASH", 32, WD_K_IMPHASH}};
    wd_slice one;
    while (wd_slice_split(&list, ',', &one)) {
        size_t eq = wd_slice_find_byte(one, '=');
        if (eq == SIZE_MAX) {
            continue;
        }
        wd_slice name = wd_slice_trim(wd_slice_sub(one, 0, eq));
        wd_slice digits = wd_slice_trim(wd_slice_sub(one, eq + 1, one.len));
        size_t zeros = 0;
        while (zeros < digits.len && digits.ptr[zeros] == '0') {
            zeros++;
        }
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
            if (wd_slice_eq_nocase(name, wd_slice_str(kinds[i].name)) &&
                digits.len == kinds[i].digits && zeros < digits.len) {
                wd_obs_set(o, kinds[i].key, wd_arena_lower(scratch, digits));
            }
        }
    }
}

static wd_slice guid(wd_slice v, wd_arena *scratch)
{
    bool braced = v.len == 38 && v.ptr[0] == '{' && v.ptr[37] == '}';
    if (braced) {
        return wd_arena_lower(scratch, v);
    }
    if (v.len != 36 || v.ptr[8] != '-') {
        return (wd_slice){0};
    }
    wd_slice small = wd_arena_lower(scratch, v);
    return small.ptr == NULL ? small
                             : wd_arena_printf(scratch, "{%.36s}", (const char *) small.ptr);
}

static wd_slice address(wd_slice v)
{
    wd_slice mapped = WD_S("::ffff:");
    bool dotted = wd_slice_find_byte(v, '.') != SIZE_MAX;
    return dotted && wd_slice_starts_nocase(v, mapped) ? wd_slice_sub(v, mapped.len, v.len) : v;
}

static wd_slice protocol(wd_slice v)
{
    if (wd_slice_eq(v, WD_S("6"))) {
        return WD_S("tcp");
    }
    return wd_slice_eq(v, WD_S("17")) ? WD_S("udp") : v;
}

/* "type:  5 name.example;192.0.2.1;": names of chains and addresses. */
static wd_slice answers(wd_slice v, wd_arena *scratch)
{
    uint8_t *out = wd_arena_alloc(scratch, v.len + 1);
    size_t n = 0;
    wd_slice one;
    if (out == NULL) {
        return (wd_slice){0};
    }
    while (wd_slice_split(&v, ';', &one)) {
        one = wd_slice_trim(one);
        if (wd_slice_starts_nocase(one, WD_S("type:"))) {
            one = wd_slice_trim(wd_slice_sub(one, 5, one.len));
            one = wd_slice_trim(wd_slice_sub(one, wd_slice_find_byte(one, ' '), one.len));
        }
        one = address(one);
        if (is_absent(one) || wd_slice_find_byte(one, ' ') != SIZE_MAX) {
            continue;
        }
        if (n > 0) {
            out[n++] = ' ';
        }
        memcpy(out + n, one.ptr, one.len);
        n += one.len;
    }
    return wd_slice_of(out, n);
}

static wd_slice account(const wd_event *e, const char *domain_field, wd_slice name,
                        wd_arena *scratch)
{
    wd_slice domain = field(e, domain_field);
    if (name.len == 0 || domain.len == 0) {
        return name;
    }
    uint8_t *p = wd_arena_alloc(scratch, domain.len + 1 + name.len);
    if (p == NULL) {
        return name;
    }
    memcpy(p, domain.ptr, domain.len);
    p[domain.len] = '\\';
    memcpy(p + domain.len + 1, name.ptr, name.len);
    return wd_slice_of(p, domain.len + 1 + name.len);
}

static void set_key(wd_obs *o, const wd_fact_key *k, const wd_event *e, wd_arena *scratch)
{
    wd_slice v = k->how == WD_FACT_TEXT || k->how == WD_FACT_HOST ? WD_EMPTY : field(e, k->field);
    switch (k->how) {
    case WD_FACT_HASHES: set_hashes(o, v, scratch); return;
    case WD_FACT_PLAIN: break;
    case WD_FACT_GUID: v = guid(v, scratch); break;
    case WD_FACT_ADDRESS: v = address(v); break;
    case WD_FACT_PROTOCOL: v = protocol(v); break;
    case WD_FACT_ANSWERS: v = answers(v, scratch); break;
    case WD_FACT_SUBJECT: v = account(e, "SubjectDomainName", v, scratch); break;
    case WD_FACT_TARGET: v = account(e, "TargetDomainName", v, scratch); break;
    case WD_FACT_HOST: v = e->host; break;
    case WD_FACT_TEXT: v = wd_slice_str(k->field); break;
    }
    wd_obs_set(o, k->key, v);
}

wd_slice wd_event_cleared_log(const wd_event *e)
{
    wd_slice own = {0};
    for (size_t i = 0; i < e->n_fields; i++) {
        if (!wd_slice_eq(e->fields[i].name, WD_S("Channel"))) {
            continue;
        }
        if (own.ptr != NULL) {
            return e->fields[i].value;
        }
        own = e->fields[i].value;
    }
    return (wd_slice){0};
}

wd_status wd_event_values(wd_obs *o, const wd_fact *fact, const wd_event *e, wd_arena *scratch,
                          bool *says_something)
{
    wd_slice id = wd_arena_printf(scratch, "%u", e->event_id);
    if (id.ptr == NULL) {
        return WD_E_NOMEM;
    }
    wd_obs_set(o, WD_K_HOST, e->host);
    wd_obs_set(o, WD_K_CHANNEL, e->channel);
    wd_obs_set(o, WD_K_EVENT_ID, id);
    size_t known = o->n_attrs;
    for (size_t i = 0; i < fact->n_keys; i++) {
        bool from_field = fact->keys[i].how < WD_FACT_HOST;
        size_t before = o->n_attrs;
        set_key(o, &fact->keys[i], e, scratch);
        known += from_field ? 0 : o->n_attrs - before;
    }
    *says_something = o->n_attrs > known || fact->kind == WD_OBS_LOG_CLEARED;
    if (fact->kind == WD_OBS_LOG_CLEARED) {
        wd_obs_set(o, WD_K_NAME, wd_event_cleared_log(e));
    }
    if (e->recovered) {
        wd_obs_set(o, WD_K_RECOVERED, WD_S("true"));
    }
    return WD_OK;
}
