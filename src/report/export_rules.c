#include "report/export_job.h"
#include "report/uuid.h"
#include "report/view.h"

/*
 * Rules for host logs and files.
 *
 *   sigma  specification 2.1: one document per log source, dates with hyphens, tags with ATT&CK
 *          ids and the marking. Values are single-quoted YAML; report/blocklist.h has proved that
 *          they hold no quote.
 *   yara   YARA 4: by digest and, where the evidence holds the file, by its size and first bytes,
 *          so that a scan does not hash every file of a disk.
 */

/* --- Sigma ---------------------------------------------------------------------------------- */

typedef struct sigma_source {
    const char *title;
    const char *about;
    const char *logsource; /* its lines, two blanks in front */
    struct {
        const char *name;   /* of the selection, NULL for none */
        const char *field;  /* field and modifier that the values belong to */
        const char *prefix; /* in front of every value */
    } selections[2];
    const char *condition;
    unsigned kinds;
    const char *tag;
} sigma_source;

static const sigma_source sources[] = {
    {"DNS query for a name of this case",
     "A host asked for a name of the attackers.",
     "  product: windows\n  category: dns_query\n",
     {{"name", "QueryName", ""}, {"below", "QueryName|endswith", "."}},
     "name or below",
     WD_KIND(WD_BLOCK_DOMAIN),
     "attack.t1071"},
    {"Connection to an address of this case",
     "A host connected to an address of the attackers.",
     "  product: windows\n  category: network_connection\n",
     {{"selection", "DestinationIp", ""}, {NULL, NULL, NULL}},
     "selection",
     WD_KIND(WD_BLOCK_IPV4) | WD_KIND(WD_BLOCK_IPV6),
     "attack.t1071"},
    {"Proxy request for a URL of this case",
     "A host fetched a URL of the attackers.",
     "  category: proxy\n",
     {{"selection", "c-uri|contains", ""}, {NULL, NULL, NULL}},
     "selection",
     WD_KIND(WD_BLOCK_URL),
     "attack.t1102"},
    {"Library of this case loaded",
     "A process loaded a file of the attackers.",
     "  product: windows\n  category: image_load\n",
     {{"selection", "Hashes|contains", "SHA256="}, {NULL, NULL, NULL}},
     "selection",
     WD_KIND(WD_BLOCK_SHA256),
     "attack.t1195.002"},
};

static bool usable(const wd_block_entry *e, const sigma_source *s)
{
    bool whole = e->kind != WD_BLOCK_IPV4 || e->prefix == 32;
    whole = whole && (e->kind != WD_BLOCK_IPV6 || e->prefix == 128);
    return wd_export_takes(e, s->kinds) && whole;
}

static void sigma_values(wd_export_job *job, const sigma_source *s, const char *prefix)
{
    for (size_t i = 0; i < job->blocks.n; i++) {
        const wd_block_entry *e = &job->blocks.list[i];
        if (!usable(e, s)) {
            continue;
        }
        if (!e->listed) {
            wd_export_held(job, "      # ", e);
            continue;
        }
        wd_buf_printf(job->out, "      - '%s", prefix);
        wd_buf_add(job->out, e->value);
        wd_buf_str(job->out, "' # ");
        wd_export_trace(job, e);
        wd_buf_byte(job->out, '\n');
    }
}

static void sigma_rule(wd_export_job *job, const sigma_source *s)
{
    char id[WD_UUID_TEXT];
    char time[WD_TIME_TEXT];
    wd_buf name = {0};
    wd_buf *out = job->out;
    wd_buf_printf(&name, "sigma:%s:", s->logsource);
    wd_buf_add(&name, wd_view_case_name(job->report));
    wd_buf_printf(out, "---\ntitle: %s\nid: %s\nstatus: experimental\ndescription: %s\n", s->title,
                  wd_uuid5(wd_uuid_whodunit, wd_buf_slice(&name), id), s->about);
    wd_buf_free(&name);
    if (job->as_of != WD_NO_TIME) {
        wd_buf_printf(out, "date: %.10s\n", wd_time_format_seconds(job->as_of, time));
    }
    wd_buf_printf(out, "author: whodunit\ntags:\n  - %s\n  - tlp.", s->tag);
    for (const char *c = job->tlp; *c != '\0'; c++) {
        wd_buf_byte(out, *c == '+' ? '-' : wd_lower((uint8_t) *c));
    }
    wd_buf_printf(out, "\nlogsource:\n%sdetection:\n", s->logsource);
    for (size_t i = 0; i < 2 && s->selections[i].name != NULL; i++) {
        wd_buf_printf(out, "  %s:\n    %s:\n", s->selections[i].name, s->selections[i].field);
        sigma_values(job, s, s->selections[i].prefix);
    }
    wd_buf_printf(out,
                  "  condition: %s\nfalsepositives:\n  - Research and scanning of these "
                  "indicators\nlevel: high\n",
                  s->condition);
}

wd_status wd_export_sigma(wd_export_job *job, wd_err *err)
{
    unsigned kinds = 0;
    size_t rules = 0;
    (void) err;
    for (size_t s = 0; s < sizeof sources / sizeof sources[0]; s++) {
        kinds |= sources[s].kinds;
    }
    wd_export_head(job, "# ", "Sigma 2.1 rules", kinds);
    for (size_t s = 0; s < sizeof sources / sizeof sources[0]; s++) {
        bool any = false;
        for (size_t i = 0; i < job->blocks.n && !any; i++) {
            any = job->blocks.list[i].listed && usable(&job->blocks.list[i], &sources[s]);
        }
        if (any) {
            sigma_rule(job, &sources[s]);
            rules++;
        }
    }
    wd_buf_str(job->out, rules == 0 ? "# no rule: nothing in this case may be looked for\n" : "");
    return WD_OK;
}

/* --- YARA ----------------------------------------------------------------------------------- */

static const wd_json *item_of(wd_export_job *job, wd_slice sha256)
{
    WD_JSON_EACH (item, wd_json_get(job->report, "evidence")) {
        if (wd_slice_eq_nocase(wd_json_text(item, "sha256"), sha256)) {
            return item;
        }
    }
    return NULL;
}

/* Body of a quoted meta string: printable ASCII without quotes and backslashes. */
static void meta_text(wd_buf *out, wd_slice text)
{
    wd_buf line = {0};
    wd_export_comment(&line, text, 120);
    for (size_t i = 0; i < line.len; i++) {
        uint8_t c = line.ptr[i];
        wd_buf_byte(out, c == '"' || c == '\\' ? '_' : c);
    }
    wd_buf_free(&line);
}

static void yara_rule(wd_export_job *job, const wd_block_entry *e)
{
    wd_buf *out = job->out;
    const char *kind = wd_block_kind_name(e->kind);
    const wd_json *item = item_of(job, e->value);
    wd_buf_printf(out, "\nrule whodunit_%s_%.16s\n{\n    meta:\n        description = \"", kind,
                  (const char *) e->value.ptr);
    meta_text(out, wd_json_text(e->json, "role"));
    if (item != NULL) {
        wd_buf_str(out, ", ");
        meta_text(out, wd_path_base(wd_json_text(item, "path")));
    }
    wd_buf_printf(out,
                  "\"\n        author = \"whodunit\"\n        tlp = \"%s\"\n        "
                  "evidence = \"",
                  job->tlp);
    meta_text(out, e->evidence);
    wd_buf_str(out, "\"\n        date = \"");
    meta_text(out, wd_slice_sub(wd_json_text(e->json, "date"), 0, 10));
    wd_buf_str(out, "\"\n        hash1 = \"");
    wd_buf_add(out, e->value);
    wd_buf_str(out, "\"\n    condition:\n        ");
    uint64_t size = wd_view_u64(item, "size", 0);
    if (size > 0) {
        wd_buf_printf(out, "filesize == %llu and ", (unsigned long long) size);
    }
    if (wd_view_is(item, "kind", "pe")) {
        wd_buf_str(out, "uint16(0) == 0x5A4D and ");
    }
    wd_buf_printf(out, "hash.%s(0, filesize) == \"", kind);
    wd_buf_add(out, e->value);
    wd_buf_str(out, "\"\n}\n");
}

wd_status wd_export_yara(wd_export_job *job, wd_err *err)
{
    unsigned kinds = WD_KIND(WD_BLOCK_SHA256) | WD_KIND(WD_BLOCK_SHA1) | WD_KIND(WD_BLOCK_MD5);
    (void) err;
    wd_export_head(job, "// ", "YARA rules by digest", kinds);
    wd_buf_str(job->out, "import \"hash\"\n");
    for (size_t i = 0; i < job->blocks.n; i++) {
        const wd_block_entry *e = &job->blocks.list[i];
        if (wd_export_takes(e, kinds) && e->listed) {
            yara_rule(job, e);
        } else if (wd_export_takes(e, kinds)) {
            wd_export_held(job, "// ", e);
        }
    }
    return WD_OK;
}
