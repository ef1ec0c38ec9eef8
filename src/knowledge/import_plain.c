#include "knowledge/kb_priv.h"

/*
 * A plain list: one value a line, '#' or "//" starts a comment, type by content, defanged forms
 * allowed. Lines of a hosts file ("0.0.0.0 name") give the name.
 */

static bool is_comment(wd_slice line)
{
    return line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == ';' ||
           wd_slice_starts(line, WD_S("//"));
}

static wd_slice first_word(wd_slice *rest)
{
    *rest = wd_slice_trim(*rest);
    size_t n = 0;
    while (n < rest->len && !wd_is_space(rest->ptr[n])) {
        n++;
    }
    wd_slice word = wd_slice_sub(*rest, 0, n);
    *rest = wd_slice_trim(wd_slice_sub(*rest, n, rest->len));
    return word;
}

static bool is_sink_address(wd_slice s)
{
    return wd_slice_eq(s, WD_S("0.0.0.0")) || wd_slice_eq(s, WD_S("127.0.0.1")) ||
           wd_slice_eq(s, WD_S("::")) || wd_slice_eq(s, WD_S("::1"));
}

static wd_status take_line(wd_kb_input *in, wd_slice line, uint32_t number)
{
    wd_indicator i = wd_kb_feed_indicator(in);
    wd_slice rest = line;
    i.value = first_word(&rest);
    if (is_sink_address(i.value) && !is_comment(rest)) {
        i.value = first_word(&rest);
    }
    if (rest.len > 1 && (rest.ptr[0] == '#' || rest.ptr[0] == ';')) {
        i.note = wd_slice_trim(wd_slice_sub(rest, 1, rest.len));
    }
    if (!wd_indicator_guess(i.value, &i.type)) {
        return wd_kb_refuse(in, WD_KB_LINE(number), line,
                            "neither a hash, a name, an address nor a URL; one value a line");
    }
    return wd_kb_take(in, &i, WD_KB_LINE(number), NULL);
}

wd_status wd_kb_import_plain(wd_kb_input *in)
{
    wd_slice rest = in->bytes;
    wd_slice line;
    uint32_t number = 0;
    if (wd_slice_starts(rest, WD_S("\xef\xbb\xbf"))) {
        rest = wd_slice_sub(rest, 3, rest.len);
    }
    while (wd_slice_line(&rest, &line)) {
        number++;
        line = wd_slice_trim(line);
        if (!is_comment(line)) {
            WD_TRY(take_line(in, line, number));
        }
        if (number % 1024 == 0) {
            wd_arena_reset(in->scratch);
        }
    }
    return WD_OK;
}
