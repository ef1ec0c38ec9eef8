#include "formats/sniff_text.h"

#include "formats/net_looks.h"

enum {
    TEXT_HEAD = 4096,  /* bytes that decide whether something is text */
    JSON_HEAD = 32768, /* keys of the first record stand in here */
    LINES = 5          /* lines in which a log must show itself */
};

static bool has(wd_slice s, const char *needle)
{
    return wd_slice_find(s, wd_slice_str(needle)) != SIZE_MAX;
}

static bool is_text(wd_slice head)
{
    size_t odd = 0;
    head = wd_slice_sub(head, 0, TEXT_HEAD);
    for (size_t i = 0; i < head.len; i++) {
        uint8_t c = head.ptr[i];
        if (c == 0) {
            return false;
        }
        odd += c < ' ' && !wd_is_space(c) && c != 0x1b ? 1 : 0;
    }
    return odd <= head.len / 100;
}

/* --- JSON ----------------------------------------------------------------------------------- */

/* True when the text has a member of this name: the name in quotes, then a colon. */
static bool has_key(wd_slice s, const char *name)
{
    wd_slice wanted = wd_slice_str(name);
    for (;;) {
        size_t at = wd_slice_find(s, wanted);
        if (at == SIZE_MAX) {
            return false;
        }
        bool quoted = at > 0 && s.ptr[at - 1] == '"';
        s = wd_slice_sub(s, at + wanted.len, s.len);
        wd_slice after = wd_slice_trim(wd_slice_sub(s, 1, 16));
        if (quoted && wd_slice_starts(s, WD_S("\"")) && wd_slice_starts(after, WD_S(":"))) {
            return true;
        }
    }
}

static bool is_event_json(wd_slice s)
{
    static const char *const beside[] = {"Channel",  "Provider", "SourceName",
                                         "Computer", "Hostname", "ProviderName"};
    if (has_key(s, "winlog") || has_key(s, "SyslogMessage")) {
        return true;
    }
    if (!has_key(s, "EventID") && !has_key(s, "event_id") && !has_key(s, "EventId")) {
        return false;
    }
    for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++) {
        if (has_key(s, beside[i])) {
            return true;
        }
    }
    return false;
}

static wd_kind sniff_json(wd_slice head)
{
    wd_slice s = wd_slice_sub(head, 0, JSON_HEAD);
    if (wd_zeek_looks(s)) {
        return WD_KIND_ZEEK;
    }
    if (wd_eve_looks(s)) {
        return WD_KIND_EVE;
    }
    if (is_event_json(s)) {
        return WD_KIND_EVENT_JSON;
    }
    if (has(s, "\"bundle\"") && (has_key(s, "objects") || has(s, "\"bundle--"))) {
        return WD_KIND_STIX;
    }
    if (has_key(s, "Event") && (has_key(s, "Attribute") || has_key(s, "orgc_id"))) {
        return WD_KIND_MISP;
    }
    return WD_KIND_JSON;
}

/* --- XML ------------------------------------------------------------------------------------ */

static wd_kind sniff_xml(wd_slice head)
{
    if (has(head, "schemas.microsoft.com/win/2004/08/events/event") ||
        (has(head, "<Event") && has(head, "<System>"))) {
        return WD_KIND_EVENT_XML;
    }
    bool tag = wd_slice_starts(head, WD_S("<?xml")) ||
               (head.len > 1 && wd_is_alpha(head.ptr[1]) && has(head, ">"));
    return tag ? WD_KIND_XML : WD_KIND_TEXT;
}

/* --- CSV ------------------------------------------------------------------------------------ */

/* The first line that is neither empty nor a comment. */
static wd_slice header_line(wd_slice rest)
{
    wd_slice line;
    while (wd_slice_line(&rest, &line)) {
        line = wd_slice_trim(line);
        if (line.len > 0 && line.ptr[0] != '#') {
            return line;
        }
    }
    return (wd_slice){0};
}

static bool has_column_by(wd_slice header, uint8_t separator, const char *name)
{
    wd_slice column;
    while (wd_slice_split(&header, separator, &column)) {
        column = wd_slice_trim(column);
        if (column.len >= 2 && column.ptr[0] == '"' && column.ptr[column.len - 1] == '"') {
            column = wd_slice_trim(wd_slice_sub(column, 1, column.len - 2));
        }
        if (wd_slice_eq_nocase(column, wd_slice_str(name))) {
            return true;
        }
    }
    return false;
}

/* With any of the separators of core/csv.h. */
static bool has_column(wd_slice header, const char *name)
{
    return has_column_by(header, ',', name) || has_column_by(header, ';', name) ||
           has_column_by(header, '\t', name) || has_column_by(header, '|', name);
}

bool wd_assets_looks(wd_slice head)
{
    wd_slice header = header_line(head);
    return has_column(header, "host") &&
           (has_column(header, "addresses") || has_column(header, "product") ||
            has_column(header, "version"));
}

static bool indicators_look(wd_slice head)
{
    wd_slice header = header_line(head);
    return has_column(header, "type") &&
           (has_column(header, "value") || has_column(header, "indicator") ||
            has_column(header, "ioc"));
}

/* --- log lines ------------------------------------------------------------------------------ */

static bool audit_line(wd_slice line)
{
    if (wd_slice_starts(line, WD_S("node="))) {
        size_t blank = wd_slice_find_byte(line, ' ');
        line = blank == SIZE_MAX ? line : wd_slice_sub(line, blank + 1, line.len);
    }
    return wd_slice_starts(line, WD_S("type=")) && has(line, " msg=audit(");
}

static bool audit_looks(wd_slice head)
{
    wd_slice line;
    for (unsigned i = 0; i < LINES && wd_slice_line(&head, &line); i++) {
        if (audit_line(line)) {
            return true;
        }
    }
    return false;
}

static wd_kind sniff_lines(wd_slice head)
{
    static const struct {
        bool (*looks)(wd_slice head);
        wd_kind kind;
    } kinds[] = {
        {wd_zeek_looks, WD_KIND_ZEEK},          {audit_looks, WD_KIND_AUDITD},
        {wd_assets_looks, WD_KIND_ASSETS},      {indicators_look, WD_KIND_INDICATORS},
        {wd_proxylog_looks, WD_KIND_PROXY_LOG}, {wd_dnslog_looks, WD_KIND_DNS_LOG},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].looks(head)) {
            return kinds[i].kind;
        }
    }
    return WD_KIND_TEXT;
}

wd_kind wd_sniff_text(wd_slice head)
{
    if (wd_slice_starts(head, WD_S("\xef\xbb\xbf"))) {
        head = wd_slice_sub(head, 3, head.len);
    }
    if (!is_text(head)) {
        return WD_KIND_OTHER;
    }
    wd_slice s = wd_slice_trim(head);
    if (s.len == 0) {
        return WD_KIND_TEXT;
    }
    if (s.ptr[0] == '{' || (s.ptr[0] == '[' && has(s, "{"))) {
        return sniff_json(s);
    }
    return s.ptr[0] == '<' ? sniff_xml(s) : sniff_lines(s);
}
