#include "detect/mentions.h"

#include <string.h>

#include "core/buf.h"
#include "core/limits.h"
#include "core/map.h"

#define MAX_NAME 64

/* Kinds of files that programs load, run, or hide things in. */
static const char *const extensions[] = {".dll", ".exe", ".sys",  ".ocx", ".dat", ".bin",
                                         ".ico", ".png", ".node", ".drv", ".so",  ".dylib"};

static bool is_name_char(uint8_t c)
{
    return wd_is_alpha(c) || wd_is_digit(c) || c == '_' || c == '-' || c == '.' || c == '+';
}

/* Character `i` steps away from `at` in a text of `width` bytes each; 0 outside or when wide text
 * has a high byte. */
static uint8_t char_at(wd_slice d, size_t at, ptrdiff_t i, size_t width)
{
    ptrdiff_t pos = (ptrdiff_t) at + i * (ptrdiff_t) width;
    if (pos < 0 || (size_t) pos + width > d.len || (width == 2 && d.ptr[pos + 1] != 0)) {
        return 0;
    }
    return d.ptr[pos];
}

/* Length of the extension that starts with the dot at `at`; 0 when it is none that counts. */
static size_t extension_at(wd_slice d, size_t at, size_t width)
{
    for (size_t k = 0; k < sizeof extensions / sizeof extensions[0]; k++) {
        const char *ext = extensions[k];
        size_t n = strlen(ext);
        size_t i = 1;
        while (i < n && wd_lower(char_at(d, at, (ptrdiff_t) i, width)) == (uint8_t) ext[i]) {
            i++;
        }
        if (i == n && !is_name_char(char_at(d, at, (ptrdiff_t) n, width))) {
            return n;
        }
    }
    return 0;
}

/* The name around the dot at `at`, lower case, into `out`; 0 when there is none. */
static size_t name_at(wd_slice d, size_t at, size_t width, uint8_t out[static MAX_NAME])
{
    size_t ext = extension_at(d, at, width);
    ptrdiff_t start = 0;
    if (ext == 0) {
        return 0;
    }
    while (is_name_char(char_at(d, at, start - 1, width)) && start > -(ptrdiff_t) MAX_NAME) {
        start--;
    }
    size_t len = (size_t) -start + ext;
    if (start == 0 || len > MAX_NAME) {
        return 0;
    }
    for (size_t i = 0; i < len; i++) {
        out[i] = wd_lower(char_at(d, at, start + (ptrdiff_t) i, width));
    }
    return len;
}

static bool add_name(wd_map *seen, wd_buf *out, wd_slice name, wd_arena *arena)
{
    if (wd_map_find(seen, name) != NULL) {
        return true;
    }
    wd_slice copy = wd_arena_copy(arena, name);
    if (copy.ptr == NULL || wd_map_put(seen, copy, NULL) == NULL) {
        return false;
    }
    if (out->len > 0) {
        wd_buf_byte(out, ' ');
    }
    wd_buf_add(out, copy);
    return true;
}

wd_slice wd_mentions_of(wd_slice data, wd_arena *arena)
{
    wd_map seen = {.arena = arena};
    wd_buf out = {0};
    bool ok = true;
    size_t at = 0;
    while (ok && at < data.len && seen.n < WD_MAX_MENTIONS) {
        const uint8_t *dot = memchr(data.ptr + at, '.', data.len - at);
        if (dot == NULL) {
            break;
        }
        at = (size_t) (dot - data.ptr);
        uint8_t name[MAX_NAME];
        size_t width = at + 1 < data.len && data.ptr[at + 1] == 0 ? 2 : 1;
        size_t len = name_at(data, at, width, name);
        if (len > 0) {
            ok = add_name(&seen, &out, wd_slice_of(name, len), arena);
        }
        at++;
    }
    wd_slice copy = ok && !out.failed ? wd_arena_copy(arena, wd_buf_slice(&out)) : (wd_slice){0};
    wd_buf_free(&out);
    return copy;
}
