#include "detect/sigma_meta.h"

#include <string.h>

static size_t joined_len(const wd_json *v, size_t glue)
{
    size_t n = 0;
    WD_JSON_EACH (one, v) {
        n += one->text.len + glue;
    }
    return n;
}

wd_slice wd_sigma_join(const wd_json *v, const char *glue, wd_arena *arena)
{
    if (v == NULL || v->type != WD_JSON_ARRAY) {
        return v == NULL || v->type == WD_JSON_NULL ? WD_EMPTY : wd_arena_copy(arena, v->text);
    }
    size_t glue_len = strlen(glue);
    uint8_t *p = wd_arena_alloc(arena, joined_len(v, glue_len));
    size_t n = 0;
    WD_JSON_EACH (one, v) {
        if (p == NULL || one->text.len == 0) {
            continue;
        }
        if (n > 0) {
            memcpy(p + n, glue, glue_len);
            n += glue_len;
        }
        memcpy(p + n, one->text.ptr, one->text.len);
        n += one->text.len;
    }
    return wd_slice_of(p, n);
}

/* attack.t1059.001 -> T1059.001 */
static bool is_technique(wd_slice tag)
{
    if (!wd_slice_starts_nocase(tag, WD_S("attack.t")) || tag.len < 12) {
        return false;
    }
    for (size_t i = 8; i < tag.len; i++) {
        if (!wd_is_digit(tag.ptr[i]) && tag.ptr[i] != '.') {
            return false;
        }
    }
    return true;
}

static bool has_technique(wd_slice list, wd_slice id)
{
    wd_slice one = {0};
    while (wd_slice_split(&list, ' ', &one)) {
        if (wd_slice_eq_nocase(one, id)) {
            return true;
        }
    }
    return false;
}

static void add_technique(uint8_t *p, size_t *n, wd_slice tag)
{
    wd_slice id = wd_slice_sub(tag, 7, tag.len);
    if (has_technique(wd_slice_of(p, *n), id)) {
        return;
    }
    if (*n > 0) {
        p[(*n)++] = ' ';
    }
    p[(*n)++] = 'T';
    memcpy(p + *n, id.ptr + 1, id.len - 1);
    *n += id.len - 1;
}

static wd_status read_tag(wd_slice tag, wd_arena *arena, wd_sigma_rule *r, wd_err *err)
{
    uint64_t tier = 0;
    if (wd_slice_starts(tag, WD_S("whodunit.tier."))) {
        if (!wd_slice_to_u64(wd_slice_sub(tag, 14, tag.len), &tier) || tier > 6) {
            return wd_fail(err, WD_E_MALFORMED, WD_NO_OFFSET, "sigma", "tier is not 0 to 6");
        }
        r->tier = (int) tier;
    } else if (wd_slice_starts(tag, WD_S("whodunit.campaign."))) {
        r->campaign = wd_arena_copy(arena, wd_slice_sub(tag, 18, tag.len));
    } else if (wd_slice_eq(tag, WD_S("whodunit.basis.seen"))) {
        r->basis = WD_SEEN;
    }
    return WD_OK;
}

static wd_status read_tags(const wd_json *tags, wd_arena *arena, wd_sigma_rule *r, wd_err *err)
{
    r->tags = wd_sigma_join(tags, " ", arena);
    if (tags == NULL || tags->type != WD_JSON_ARRAY) {
        return WD_OK;
    }
    uint8_t *p = wd_arena_alloc(arena, r->tags.len + 1);
    size_t n = 0;
    if (p == NULL) {
        return wd_nomem(err, "sigma");
    }
    WD_JSON_EACH (tag, tags) {
        if (is_technique(tag->text)) {
            add_technique(p, &n, tag->text);
        }
        WD_TRY(read_tag(tag->text, arena, r, err));
    }
    r->techniques = wd_slice_of(p, n);
    return WD_OK;
}

/* "sigma." and the rule's name; most rules have none, then the file's name does. */
static wd_slice short_name(const wd_json *rule, wd_slice path, wd_arena *arena)
{
    wd_slice name = wd_json_text(rule, "name");
    if (name.len == 0) {
        name = wd_path_base(path);
        size_t dot = wd_slice_rfind_byte(name, '.');
        name = dot == SIZE_MAX ? name : wd_slice_sub(name, 0, dot);
    }
    return wd_arena_printf(arena, "sigma.%.*s", (int) name.len, (const char *) name.ptr);
}

wd_status wd_sigma_meta_read(const wd_json *rule, wd_slice path, wd_arena *arena,
                             wd_sigma_rule *out, wd_err *err)
{
    wd_sigma_rule r = {.path = path, .basis = WD_LIKELY, .tier = -1, .alerts = true};
    r.rule = short_name(rule, path, arena);
    r.id = wd_arena_lower(arena, wd_slice_trim(wd_json_text(rule, "id")));
    r.title = wd_arena_copy(arena, wd_json_scalar(wd_json_get(rule, "title")));
    r.description = wd_arena_copy(arena, wd_slice_trim(wd_json_text(rule, "description")));
    r.level = wd_arena_lower(arena, wd_json_text(rule, "level"));
    r.author = wd_sigma_join(wd_json_get(rule, "author"), ", ", arena);
    r.falsepositives = wd_sigma_join(wd_json_get(rule, "falsepositives"), "; ", arena);
    *out = r;
    if (r.rule.ptr == NULL || r.level.ptr == NULL) {
        return wd_nomem(err, "sigma");
    }
    if (r.title.len == 0) {
        return wd_fail(err, WD_E_MALFORMED, WD_NO_OFFSET, "sigma", "there is no title");
    }
    /* The level is optional; a rule that does not say is taken for a middling one. */
    out->level = r.level.len == 0 ? WD_S("medium") : r.level;
    if (!wd_severity_parse(out->level, &out->severity) || wd_slice_eq(r.level, WD_S("info"))) {
        return wd_fail(err, WD_E_MALFORMED, WD_NO_OFFSET, "sigma", "unknown level '%.*s'",
                       (int) (r.level.len > 40 ? 40 : r.level.len), (const char *) r.level.ptr);
    }
    return read_tags(wd_json_get(rule, "tags"), arena, out, err);
}
