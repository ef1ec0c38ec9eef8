#include "detect/sigma_modifier.h"

wd_status wd_sigma_refuse(wd_err *err, const char *what, wd_slice text)
{
    return wd_fail(err, WD_E_UNSUPPORTED, WD_NO_OFFSET, "sigma", "%s '%.*s'", what,
                   (int) (text.len > 60 ? 60 : text.len), (const char *) text.ptr);
}

static bool step_of(wd_slice name, wd_sigma_step *out)
{
    static const struct {
        const char *name;
        wd_sigma_step step;
    } steps[] = {
        {"windash", WD_STEP_WINDASH},
        {"base64", WD_STEP_BASE64},
        {"base64offset", WD_STEP_BASE64OFFSET},
        {"wide", WD_STEP_LE},
        {"utf16le", WD_STEP_LE},
        {"utf16be", WD_STEP_BE},
        {"utf16", WD_STEP_BOM},
        {"expand", WD_STEP_EXPAND},
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (wd_slice_eq(name, wd_slice_str(steps[i].name))) {
            *out = steps[i].step;
            return true;
        }
    }
    return false;
}

/* Modifiers that only set something. */
static bool set_simple(wd_sigma_spec *s, wd_slice name)
{
    static const struct {
        const char *name;
        wd_sigma_by by;
        wd_sigma_test position;
        wd_sigma_cmp cmp;
        wd_sigma_part_of_time part;
    } table[] = {
        {"contains", WD_BY_VALUE, WD_TEST_CONTAINS, WD_CMP_EQ, WD_PART_NONE},
        {"startswith", WD_BY_VALUE, WD_TEST_STARTS, WD_CMP_EQ, WD_PART_NONE},
        {"endswith", WD_BY_VALUE, WD_TEST_ENDS, WD_CMP_EQ, WD_PART_NONE},
        {"re", WD_BY_REGEX, WD_TEST_EQUALS, WD_CMP_EQ, WD_PART_NONE},
        {"cidr", WD_BY_CIDR, WD_TEST_EQUALS, WD_CMP_EQ, WD_PART_NONE},
        {"lt", WD_BY_NUMBER, WD_TEST_EQUALS, WD_CMP_LT, WD_PART_NONE},
        {"lte", WD_BY_NUMBER, WD_TEST_EQUALS, WD_CMP_LTE, WD_PART_NONE},
        {"gt", WD_BY_NUMBER, WD_TEST_EQUALS, WD_CMP_GT, WD_PART_NONE},
        {"gte", WD_BY_NUMBER, WD_TEST_EQUALS, WD_CMP_GTE, WD_PART_NONE},
        {"fieldref", WD_BY_FIELD, WD_TEST_EQUALS, WD_CMP_EQ, WD_PART_NONE},
        {"exists", WD_BY_EXISTENCE, WD_TEST_EQUALS, WD_CMP_EQ, WD_PART_NONE},
        {"minute", WD_BY_NUMBER, WD_TEST_EQUALS, WD_CMP_EQ, WD_PART_MINUTE},
        {"hour", WD_BY_NUMBER, WD_TEST_EQUALS, WD_CMP_EQ, WD_PART_HOUR},
        {"day", WD_BY_NUMBER, WD_TEST_EQUALS, WD_CMP_EQ, WD_PART_DAY},
        {"week", WD_BY_NUMBER, WD_TEST_EQUALS, WD_CMP_EQ, WD_PART_WEEK},
        {"month", WD_BY_NUMBER, WD_TEST_EQUALS, WD_CMP_EQ, WD_PART_MONTH},
        {"year", WD_BY_NUMBER, WD_TEST_EQUALS, WD_CMP_EQ, WD_PART_YEAR},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (wd_slice_eq(name, wd_slice_str(table[i].name))) {
            s->by = table[i].by == WD_BY_VALUE ? s->by : table[i].by;
            s->position = table[i].position == WD_TEST_EQUALS ? s->position : table[i].position;
            s->cmp = table[i].cmp == WD_CMP_EQ ? s->cmp : table[i].cmp;
            s->part = table[i].part == WD_PART_NONE ? s->part : table[i].part;
            return true;
        }
    }
    return false;
}

static wd_status add_modifier(wd_sigma_spec *s, wd_slice name, wd_err *err)
{
    wd_sigma_step st = WD_STEP_WINDASH;
    if (set_simple(s, name)) {
        return WD_OK;
    }
    if (step_of(name, &st)) {
        if (s->n_steps == WD_SIGMA_MAX_STEPS) {
            return wd_sigma_refuse(err, "too many modifiers at", name);
        }
        s->steps[s->n_steps++] = st;
        s->expand = s->expand || st == WD_STEP_EXPAND;
        s->spreads = s->spreads || st == WD_STEP_EXPAND || st == WD_STEP_BASE64OFFSET;
        return WD_OK;
    }
    bool *flag = wd_slice_eq(name, WD_S("all"))     ? &s->all
                 : wd_slice_eq(name, WD_S("cased")) ? &s->cased
                 : wd_slice_eq(name, WD_S("neq"))   ? &s->neq
                 : s->by != WD_BY_REGEX             ? NULL
                 : wd_slice_eq(name, WD_S("i"))     ? &s->flags.nocase
                 : wd_slice_eq(name, WD_S("m"))     ? &s->flags.multiline
                 : wd_slice_eq(name, WD_S("s"))     ? &s->flags.dotall
                                                    : NULL;
    if (flag == NULL) {
        return wd_sigma_refuse(err, "unknown modifier", name);
    }
    *flag = true;
    return WD_OK;
}

wd_status wd_sigma_spec_parse(wd_slice key, wd_slice *field, wd_sigma_spec *out, wd_err *err)
{
    wd_slice rest = key;
    wd_slice name = {0};
    wd_sigma_spec *s = out;
    *s = (wd_sigma_spec){.position = WD_TEST_EQUALS};
    *field = (wd_slice){0};
    if (!wd_slice_split(&rest, '|', field)) {
        return WD_OK;
    }
    while (wd_slice_split(&rest, '|', &name)) {
        WD_TRY(add_modifier(s, name, err));
    }
    bool text_step = s->n_steps > 0 && s->by != WD_BY_VALUE;
    if (text_step ||
        (s->position != WD_TEST_EQUALS && s->by != WD_BY_VALUE && s->by != WD_BY_FIELD)) {
        return wd_sigma_refuse(err, "modifiers that do not go together in", key);
    }
    return WD_OK;
}
