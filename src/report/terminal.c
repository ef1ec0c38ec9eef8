#include "report/terminal.h"

#include "core/text.h"
#include "report/columns.h"
#include "report/defang.h"
#include "report/view.h"

#define TEXT_AT 19U                                     /* column where answers begin */
#define TEXT_WIDTH (WD_TERMINAL_COLUMNS - 1U - TEXT_AT) /* the last column stays free */
#define RULE_WIDTH (WD_TERMINAL_COLUMNS - 1U)
#define HEAD_ROWS 3U /* header, rule, and the blank line behind the verdict */
#define ANSWERS 5U
#define MAX_TEXT_ROWS 3U
#define FEW_HOSTS 6U

typedef struct screen {
    const wd_json *report;
    const wd_report_style *style;
    wd_defanger names;
    wd_buf *out;
    wd_buf scratch;
} screen;

typedef struct answer {
    const char *label[2];
    wd_buf text; /* wrapped, LF-ended lines */
    wd_buf tail; /* finished lines below it */
    size_t n_text;
    size_t n_tail;
} answer;

static void colour(screen *s, const char *code)
{
    if (s->style->colour) {
        wd_buf_printf(s->out, "\x1b[%sm", code);
    }
}

/* Text as it may stand on a terminal; borrowed from the scratch buffer until the next call. */
static wd_slice shown(screen *s, wd_slice text)
{
    wd_buf plain = {0};
    wd_defang(&s->names, text, &plain);
    wd_buf_clear(&s->scratch);
    wd_text_terminal(&s->scratch, wd_buf_slice(&plain));
    wd_buf_free(&plain);
    return wd_buf_slice(&s->scratch);
}

static void add_shown(screen *s, wd_buf *to, wd_slice text, size_t width)
{
    wd_columns_fit(to, shown(s, text), width);
}

static void rule(screen *s)
{
    colour(s, "2");
    wd_buf_fill(s->out, '-', RULE_WIDTH);
    colour(s, "0");
    wd_buf_byte(s->out, '\n');
}

static void header(screen *s)
{
    wd_buf line = {0};
    const wd_json *tool = wd_json_get(s->report, "tool");
    const wd_json *kb = wd_json_get(s->report, "knowledge");
    wd_buf_str(&line, "whodunit ");
    add_shown(s, &line, wd_json_text(tool, "version"), 12);
    wd_buf_str(&line, "  case ");
    add_shown(s, &line, wd_view_case_name(s->report), 26);
    if (wd_json_text(kb, "version").len > 0) {
        wd_buf_str(&line, "  KB ");
        add_shown(s, &line, wd_json_text(kb, "version"), 12);
    }
    wd_buf_printf(&line, "  TLP:%s  times UTC", wd_view_tlp(wd_json_text(s->report, "tlp")));
    wd_columns_fit(s->out, wd_buf_slice(&line), RULE_WIDTH);
    wd_buf_byte(s->out, '\n');
    wd_buf_free(&line);
    rule(s);
}

/* Never green: no verdict of this program says that all is well. */
static const char *verdict_colour(wd_slice verdict)
{
    if (wd_slice_eq(verdict, WD_S("AFFECTED"))) {
        return "1;31";
    }
    return wd_slice_eq(verdict, WD_S("EXPOSED")) ? "1;33" : "1;36";
}

static size_t verdict(screen *s)
{
    wd_slice word = wd_json_text(s->report, "verdict");
    wd_buf head = {0};
    add_shown(s, &head, word.len > 0 ? word : WD_S("INCONCLUSIVE"), 20);
    size_t indent = wd_columns(wd_buf_slice(&head)) + 2;
    wd_buf lines = {0};
    wd_slice sentence = wd_view_either(s->report, "verdict_sentence", "headline");
    size_t n = wd_columns_wrap(&lines, shown(s, sentence), RULE_WIDTH - indent, 2);
    colour(s, verdict_colour(word));
    wd_buf_add(s->out, wd_buf_slice(&head));
    colour(s, "0");
    wd_slice rest = wd_buf_slice(&lines);
    wd_slice line;
    for (size_t i = 0; wd_slice_line(&rest, &line); i++) {
        wd_buf_fill(s->out, ' ', i == 0 ? 2 : indent);
        wd_buf_add(s->out, line);
        wd_buf_byte(s->out, '\n');
    }
    wd_buf_str(s->out, n == 0 ? "\n\n" : "\n");
    wd_buf_free(&head);
    wd_buf_free(&lines);
    return n == 0 ? 1 : n;
}

/* As many ids as fit into `width`, separated by blanks. */
static void ids(screen *s, wd_buf *to, const wd_json *list, size_t width)
{
    size_t used = 0;
    WD_JSON_EACH (id, list) {
        wd_slice text = shown(s, wd_json_scalar(id));
        size_t need = wd_columns(text) + (used > 0 ? 1 : 0);
        if (text.len == 0 || used + need > width) {
            return;
        }
        wd_buf_str(to, used > 0 ? " " : "");
        wd_buf_add(to, text);
        used += need;
    }
}

/* "Very likely (80-95 %)                     E-003 E-017" */
static void likelihood_row(screen *s, answer *a, const wd_json *json)
{
    wd_buf left = {0};
    wd_buf right = {0};
    wd_buf word = {0};
    wd_view_likelihood(&word, wd_json_get(json, "likelihood"), true);
    add_shown(s, &left, wd_buf_slice(&word), 34);
    ids(s, &right, wd_json_get(json, "evidence"), TEXT_WIDTH - 36);
    size_t used = wd_columns(wd_buf_slice(&left)) + wd_columns(wd_buf_slice(&right));
    if (used > 0) {
        wd_buf_add(&a->tail, wd_buf_slice(&left));
        if (right.len > 0) {
            wd_buf_fill(&a->tail, ' ', TEXT_WIDTH - used);
            wd_buf_add(&a->tail, wd_buf_slice(&right));
        }
        wd_buf_byte(&a->tail, '\n');
        a->n_tail++;
    }
    wd_buf_free(&left);
    wd_buf_free(&right);
    wd_buf_free(&word);
}

static void sentence_rows(screen *s, answer *a, const wd_json *json, size_t max)
{
    wd_slice text = wd_json_text(json, "sentence");
    a->n_text = wd_columns_wrap(&a->text, shown(s, text.len > 0 ? text : WD_S("Cannot tell.")),
                                TEXT_WIDTH, max);
}

static void confidence_row(screen *s, answer *a, const wd_json *json)
{
    wd_slice word = wd_json_text(json, "confidence");
    if (word.len > 0) {
        wd_buf_str(&a->tail, "Analytic confidence: ");
        add_shown(s, &a->tail, word, 20);
        wd_buf_byte(&a->tail, '\n');
        a->n_tail++;
    }
}

/* "WS-004 +2: " in front of what is to be done there; nothing for actions on no host or on many. */
static void action_hosts(wd_buf *out, const wd_json *hosts)
{
    size_t n = wd_view_count(hosts);
    if (n == 0 || n > FEW_HOSTS) {
        return;
    }
    wd_buf_add(out, wd_json_scalar(wd_json_first(hosts)));
    if (n > 1) {
        wd_buf_printf(out, " +%zu", n - 1);
    }
    wd_buf_str(out, ": ");
}

/* The first three things to do, one line each. */
static void action_rows(screen *s, answer *a, const wd_json *json)
{
    const wd_json *list = wd_json_get(s->report, "actions");
    uint8_t letter = 'a';
    WD_JSON_EACH (action, list) {
        wd_slice text = wd_json_text(action, "text");
        if (letter > 'c' || text.len == 0) {
            break;
        }
        wd_buf_printf(&a->text, "%c  ", letter++);
        wd_buf line = {0};
        action_hosts(&line, wd_json_get(action, "hosts"));
        wd_buf_add(&line, text);
        add_shown(s, &a->text, wd_buf_slice(&line), TEXT_WIDTH - 3);
        wd_buf_byte(&a->text, '\n');
        wd_buf_free(&line);
        a->n_text++;
    }
    if (a->n_text == 0) {
        sentence_rows(s, a, json, MAX_TEXT_ROWS);
    }
}

static void collect(screen *s, answer answers[static ANSWERS])
{
    static const struct {
        const char *key;
        const char *label[2];
    } questions[ANSWERS] = {{"hit", {"1 Was I hit?", ""}},
                            {"path", {"2 How did it get", "  in and spread?"}},
                            {"deeds", {"3 What did it do?", ""}},
                            {"who", {"4 Who did it?", ""}},
                            {"now", {"5 What now?", ""}}};
    for (size_t i = 0; i < ANSWERS; i++) {
        const wd_json *json = wd_json_get(wd_json_get(s->report, "answers"), questions[i].key);
        answer *a = &answers[i];
        a->label[0] = questions[i].label[0];
        a->label[1] = questions[i].label[1];
        if (i == 4) {
            action_rows(s, a, json);
            continue;
        }
        sentence_rows(s, a, json, MAX_TEXT_ROWS);
        likelihood_row(s, a, json);
        if (i == 3) {
            confidence_row(s, a, json);
        }
    }
}

static size_t rows_of(const answer answers[static ANSWERS])
{
    size_t rows = 0;
    for (size_t i = 0; i < ANSWERS; i++) {
        rows += answers[i].n_text + answers[i].n_tail;
    }
    return rows;
}

/* Shortens the longest texts, later answers first, until all fit. */
static void shrink(screen *s, answer answers[static ANSWERS], size_t budget)
{
    static const char *const keys[ANSWERS] = {"hit", "path", "deeds", "who", "now"};
    while (rows_of(answers) > budget) {
        size_t longest = 0;
        for (size_t i = 0; i < ANSWERS; i++) {
            size_t n = i == 4 ? 0 : answers[i].n_text; /* the actions stay */
            longest = n >= answers[longest].n_text ? i : longest;
        }
        answer *a = &answers[longest];
        if (a->n_text <= 1) {
            return;
        }
        const wd_json *json = wd_json_get(wd_json_get(s->report, "answers"), keys[longest]);
        size_t max = a->n_text - 1;
        wd_buf_clear(&a->text);
        sentence_rows(s, a, json, max);
    }
}

static void put_answer(screen *s, answer *a)
{
    size_t row = 0;
    wd_slice parts[2] = {wd_buf_slice(&a->text), wd_buf_slice(&a->tail)};
    for (size_t i = 0; i < 2; i++) {
        wd_slice line;
        while (wd_slice_line(&parts[i], &line)) {
            const char *label = row < 2 ? a->label[row] : "";
            if (label[0] != '\0') {
                colour(s, "1");
                wd_buf_str(s->out, label);
                colour(s, "0");
            }
            wd_buf_fill(s->out, ' ', TEXT_AT - wd_columns(wd_slice_str(label)));
            colour(s, i == 1 ? "2" : "0");
            wd_buf_add(s->out, line);
            colour(s, "0");
            wd_buf_byte(s->out, '\n');
            row++;
        }
    }
}

/* What the answers do not cover, in one line. */
static void not_covered(screen *s)
{
    wd_buf text = {0};
    WD_JSON_EACH (one, wd_json_get(s->report, "answers")) {
        WD_JSON_EACH (why, wd_json_get(one, "limited_because")) {
            wd_buf_str(&text, text.len > 0 ? "; " : "");
            wd_buf_add(&text, wd_json_scalar(why));
        }
    }
    size_t unread = wd_view_count(wd_json_get(s->report, "not_read"));
    wd_buf_str(s->out, "Not covered: ");
    wd_buf tail = {0};
    if (unread > 0) {
        wd_buf_str(&tail, text.len > 0 ? "; " : "");
        wd_view_plural(&tail, unread, "item not read", "items not read");
    } else if (text.len == 0) {
        wd_buf_str(&tail, "nothing that the given evidence lacks");
    }
    add_shown(s, s->out, wd_buf_slice(&text), RULE_WIDTH - 13 - tail.len);
    wd_buf_add(s->out, wd_buf_slice(&tail));
    wd_buf_byte(s->out, '\n');
    wd_buf_free(&text);
    wd_buf_free(&tail);
}

/* The id whose explanation says most: the first finding behind an answer, else the first id. */
static void first_id(screen *s, wd_buf *to)
{
    wd_slice best = {0};
    WD_JSON_EACH (one, wd_json_get(s->report, "answers")) {
        WD_JSON_EACH (id, wd_json_get(one, "evidence")) {
            wd_slice text = wd_json_scalar(id);
            bool better = best.len == 0 ||
                          (wd_slice_starts(text, WD_S("F-")) && !wd_slice_starts(best, WD_S("F-")));
            best = better ? text : best;
        }
    }
    add_shown(s, to, best.len > 0 ? best : WD_S("ID"), 10);
}

/* Two things side by side, `right` behind its label, or below each other when they do not fit. */
static void two_columns(screen *s, wd_buf *left, const char *label, wd_buf *right)
{
    size_t used = wd_columns(wd_buf_slice(left));
    size_t need = right->len == 0 ? 0 : wd_columns(wd_buf_slice(right)) + 6;
    wd_columns_fit(s->out, wd_buf_slice(left), RULE_WIDTH);
    if (need > 0 && used + 2 + need <= RULE_WIDTH) {
        size_t column = used + 2 > 40 ? used + 2 : 40;
        column = column + need > RULE_WIDTH ? RULE_WIDTH - need : column;
        wd_buf_fill(s->out, ' ', column - used);
    } else if (need > 0) {
        wd_buf_byte(s->out, '\n');
    }
    if (need > 0) {
        wd_buf_printf(s->out, "%-6s", label);
        wd_columns_fit(s->out, wd_buf_slice(right), RULE_WIDTH - 6);
    }
    wd_buf_byte(s->out, '\n');
    wd_buf_clear(left);
    wd_buf_clear(right);
}

static void add_elapsed(wd_buf *to, uint64_t seconds)
{
    if (seconds >= 60) {
        wd_buf_printf(to, " in %llum%02llus", (unsigned long long) (seconds / 60),
                      (unsigned long long) (seconds % 60));
    } else if (seconds > 0) {
        wd_buf_printf(to, " in %llus", (unsigned long long) seconds);
    }
}

static void footer(screen *s)
{
    wd_buf left = {0};
    wd_buf right = {0};
    wd_slice dir = s->style->case_dir;
    const wd_json *summary = wd_json_get(s->report, "summary");
    rule(s);
    not_covered(s);
    if (dir.len > 0) {
        wd_buf_str(&left, "Report ");
        add_shown(s, &left, dir, 60);
        wd_buf_str(&left, "/report.html");
        wd_buf_str(&right, "whodunit explain ");
        add_shown(s, &right, dir, 46);
        wd_buf_byte(&right, ' ');
        first_id(s, &right);
        two_columns(s, &left, "Why?", &right);
    }
    wd_buf_str(&left, "Read ");
    wd_view_plural(&left, wd_view_u64(summary, "items", 0), "item", "items");
    wd_buf_str(&left, ", ");
    wd_view_bytes(&left, wd_view_u64(summary, "bytes", 0));
    add_elapsed(&left, s->style->elapsed_seconds);
    if (dir.len > 0) {
        wd_buf_str(&right, "whodunit export ");
        add_shown(s, &right, dir, 46);
    }
    two_columns(s, &left, "Next", &right);
    wd_buf_free(&left);
    wd_buf_free(&right);
}

static size_t rows_in(const wd_buf *b)
{
    size_t n = 0;
    for (size_t i = 0; i < b->len; i++) {
        n += b->ptr[i] == '\n' ? 1U : 0U;
    }
    return n;
}

void wd_report_terminal(const wd_json *report, const wd_report_style *style, wd_buf *out)
{
    wd_arena *arena = wd_arena_new(64U << 20);
    screen s = {.report = report, .style = style, .out = out};
    if (arena == NULL || wd_defanger_init(&s.names, report, arena, NULL) != WD_OK) {
        out->failed = true;
        wd_arena_free(arena);
        return;
    }
    answer answers[ANSWERS] = {0};
    wd_buf foot = {0};
    s.out = &foot; /* its height decides how much room the answers have */
    footer(&s);
    s.out = out;
    header(&s);
    size_t verdict_rows = verdict(&s);
    collect(&s, answers);
    shrink(&s, answers, WD_TERMINAL_ROWS - HEAD_ROWS - verdict_rows - rows_in(&foot));
    for (size_t i = 0; i < ANSWERS; i++) {
        put_answer(&s, &answers[i]);
        wd_buf_free(&answers[i].text);
        wd_buf_free(&answers[i].tail);
    }
    wd_buf_add(out, wd_buf_slice(&foot));
    out->failed = out->failed || foot.failed;
    wd_buf_free(&foot);
    wd_buf_free(&s.scratch);
    wd_arena_free(arena);
}

void wd_report_terminal_line(const wd_json *report, wd_buf *out)
{
    static const char *const counts[][2] = {{"hosts", "hosts"},
                                            {"compromised", "compromised"},
                                            {"infected", "infected"},
                                            {"exposed", "exposed"}};
    const wd_json *summary = wd_json_get(report, "summary");
    wd_slice word = wd_json_text(report, "verdict");
    wd_text_terminal(out, word.len > 0 ? word : WD_S("INCONCLUSIVE"));
    wd_buf_byte(out, ' ');
    wd_text_terminal(out, wd_view_case_name(report));
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        wd_buf_printf(out, " %s=%llu", counts[i][0],
                      (unsigned long long) wd_view_u64(summary, counts[i][1], 0));
    }
    uint64_t unread =
        wd_view_u64(summary, "not_read", wd_view_count(wd_json_get(report, "not_read")));
    wd_buf_printf(out, " unread=%llu\n", (unsigned long long) unread);
}
