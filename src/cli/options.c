#include "cli/options.h"

#include <stdio.h>
#include <string.h>

typedef enum kind { FLAG, TEXT, LIST, NUMBER, TIME, SEVERITY, TLP } kind;

typedef struct option {
    const char *name;
    char letter;
    kind kind;
    size_t offset; /* of the member in wd_options */
} option;

#define AT(member) offsetof(wd_options, member)

static const option options[] = {
    {"output", 'o', TEXT, AT(output)},
    {"case-name", 0, TEXT, AT(case_name)},
    {"tlp", 0, TLP, AT(tlp)},
    {"fail-on", 0, SEVERITY, AT(fail_on)},
    {"techniques", 0, TEXT, AT(techniques)},
    {"software", 0, TEXT, AT(software)},
    {"hold-out", 0, TEXT, AT(hold_out)},
    {"evidence", 0, TEXT, AT(who_evidence)},
    {"incidents", 0, TEXT, AT(incidents)},
    {"reports", 0, TEXT, AT(reports)},
    {"protocol", 0, TEXT, AT(protocol)},
    {"track", 0, TEXT, AT(track)},
    {"variant", 0, TEXT, AT(variant)},
    {"unknown-prior", 0, TEXT, AT(unknown_prior)},
    {"attack", 0, TEXT, AT(attack)},
    {"galaxy", 0, TEXT, AT(galaxy)},
    {"kb-version", 0, TEXT, AT(kb_version)},
    {"json", 0, FLAG, AT(json)},
    {"jsonl", 0, FLAG, AT(jsonl)},
    {"records", 0, FLAG, AT(records)},
    {"facts", 0, FLAG, AT(facts)},
    {"quiet", 'q', FLAG, AT(quiet)},
    {"verbose", 'v', FLAG, AT(verbose)},
    {"no-color", 0, FLAG, AT(no_color)},
    {"no-builtin-rules", 0, FLAG, AT(no_builtin_rules)},
    {"no-builtin-knowledge", 0, FLAG, AT(no_builtin_knowledge)},
    {"no-sandbox", 0, FLAG, AT(no_sandbox)},
    {"require-sandbox", 0, FLAG, AT(require_sandbox)},
    {"help", 'h', FLAG, AT(help)},
    {"jobs", 'j', NUMBER, AT(jobs)},
    {"since", 0, TIME, AT(since)},
    {"until", 0, TIME, AT(until)},
    {"sigma", 0, LIST, AT(sigma)},
    {"intel", 0, LIST, AT(intel)},
    {"kb", 0, LIST, AT(kb)},
    {"assets", 0, LIST, AT(assets)},
};

static wd_status add(wd_strings *list, const char *value, wd_arena *arena)
{
    if (list->list == NULL) {
        list->list = WD_ARRAY(arena, WD_MAX_WORDS, const char *);
    }
    if (list->list == NULL || list->n >= WD_MAX_WORDS) {
        fprintf(stderr, "whodunit: too many words on the command line; name a folder instead\n");
        return WD_E_USAGE;
    }
    list->list[list->n++] = value;
    return WD_OK;
}

static const option *find(const char *name, size_t len, char letter)
{
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        const option *o = &options[i];
        if (letter != 0 ? o->letter == letter
                        : strlen(o->name) == len && memcmp(o->name, name, len) == 0) {
            return o;
        }
    }
    return NULL;
}

static wd_status wrong(const option *o, const char *value, const char *wants)
{
    fprintf(stderr, "whodunit: --%s wants %s, not '%s'\n", o->name, wants, value);
    return WD_E_USAGE;
}

/* A typing mistake in a marking must not become another marking. */
static bool is_tlp(wd_slice s)
{
    static const char *const labels[] = {"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"};
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        if (wd_slice_eq(s, wd_slice_str(labels[i]))) {
            return true;
        }
    }
    return false;
}

static wd_status set(wd_options *out, const option *o, const char *value, wd_arena *arena)
{
    void *member = (char *) out + o->offset;
    wd_slice text = wd_slice_str(value);
    uint64_t number = 0;
    switch (o->kind) {
    case FLAG: *(bool *) member = true; return WD_OK;
    case TEXT: *(const char **) member = value; return WD_OK;
    case LIST: return add(member, value, arena);
    case NUMBER:
        if (!wd_slice_to_u64(text, &number) || number == 0 || number > 256) {
            return wrong(o, value, "a number from 1 to 256");
        }
        *(unsigned *) member = (unsigned) number;
        return WD_OK;
    case TIME:
        return wd_time_parse(text, member)
                   ? WD_OK
                   : wrong(o, value, "a UTC time such as 2023-03-29 or 2023-03-29T11:10:00Z");
    case TLP:
        if (!is_tlp(text)) {
            return wrong(o, value, "CLEAR, GREEN, AMBER, AMBER+STRICT or RED");
        }
        *(const char **) member = value;
        out->tlp_given = true;
        return WD_OK;
    case SEVERITY:
        out->fail_on_given = true;
        return wd_severity_parse(text, member)
                   ? WD_OK
                   : wrong(o, value, "info, low, medium, high or critical");
    }
    return WD_OK;
}

/* One option word; *used tells whether the following word was its value. */
static wd_status parse_one(wd_options *out, const char *word, const char *following, bool *used,
                           wd_arena *arena)
{
    bool is_long = word[1] == '-';
    const char *name = word + (is_long ? 2 : 1);
    const char *equals = is_long ? strchr(name, '=') : NULL;
    size_t len = equals != NULL ? (size_t) (equals - name) : strlen(name);
    const option *o = find(name, len, is_long ? '\0' : name[0]);
    *used = false;
    if (o == NULL || (!is_long && name[1] != '\0' && o->kind == FLAG)) {
        fprintf(stderr, "whodunit: unknown option '%s'; see whodunit help\n", word);
        return WD_E_USAGE;
    }
    if (o->kind == FLAG) {
        return equals == NULL ? set(out, o, "", arena) : wrong(o, equals + 1, "no value");
    }
    const char *value =
        equals != NULL ? equals + 1 : (!is_long && name[1] != '\0' ? name + 1 : NULL);
    if (value == NULL) {
        value = following;
        *used = true;
    }
    if (value == NULL) {
        fprintf(stderr, "whodunit: --%s wants a value\n", o->name);
        return WD_E_USAGE;
    }
    return set(out, o, value, arena);
}

wd_status wd_options_parse(wd_options *out, int argc, char **argv, wd_arena *arena)
{
    *out =
        (wd_options){.fail_on = WD_HIGH, .since = WD_NO_TIME, .until = WD_NO_TIME, .tlp = "AMBER"};
    bool only_words = false;
    for (int i = 2; i < argc; i++) {
        const char *word = argv[i];
        bool used = false;
        if (only_words || word[0] != '-' || word[1] == '\0') {
            WD_TRY(add(&out->words, word, arena));
        } else if (strcmp(word, "--") == 0) {
            only_words = true;
        } else {
            WD_TRY(parse_one(out, word, i + 1 < argc ? argv[i + 1] : NULL, &used, arena));
            i += used ? 1 : 0;
        }
    }
    return WD_OK;
}
