#ifndef WD_CORE_SLICE_H
#define WD_CORE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A borrowed run of bytes: pointer and length, never a bare pointer. Whoever hands one out says
 * what it is borrowed from. The empty slice may have a NULL pointer. Start at {0}.
 */
typedef struct wd_slice {
    const uint8_t *ptr;
    size_t len;
} wd_slice;

/** Literal text as a slice; the literal lives for ever. */
#define WD_S(literal) ((wd_slice){(const uint8_t *) ("" literal), sizeof(literal) - 1})

/** The empty slice, for places where the bare `(wd_slice){0}` confuses checkers (after `?`). */
#define WD_EMPTY ((wd_slice){0})

/** A slice as the two arguments of "%.*s". */
#define WD_ARG(s) (int) (s).len, (const char *) (s).ptr

static inline wd_slice wd_slice_of(const void *ptr, size_t len)
{
    return (wd_slice){(const uint8_t *) ptr, len};
}

/** From a NUL-terminated string; NULL gives the empty slice. */
wd_slice wd_slice_str(const char *s);

bool wd_slice_eq(wd_slice a, wd_slice b);
/** Equality with ASCII letters folded. */
bool wd_slice_eq_nocase(wd_slice a, wd_slice b);
/** Bytewise order, shorter first on a tie: a total order for sorting. */
int wd_slice_cmp(wd_slice a, wd_slice b);
bool wd_slice_starts(wd_slice s, wd_slice prefix);
bool wd_slice_ends(wd_slice s, wd_slice suffix);
bool wd_slice_starts_nocase(wd_slice s, wd_slice prefix);
bool wd_slice_ends_nocase(wd_slice s, wd_slice suffix);
/** Position of the first `needle` in `s`, SIZE_MAX when absent. The empty needle is at 0. */
size_t wd_slice_find(wd_slice s, wd_slice needle);
size_t wd_slice_find_nocase(wd_slice s, wd_slice needle);
/** Position of the first / last `byte`, SIZE_MAX when absent. */
size_t wd_slice_find_byte(wd_slice s, uint8_t byte);
size_t wd_slice_rfind_byte(wd_slice s, uint8_t byte);
/** Part of `s` from `from`, at most `len` bytes; clamped, never past the end. */
wd_slice wd_slice_sub(wd_slice s, size_t from, size_t len);
/** Without ASCII white space at both ends. */
wd_slice wd_slice_trim(wd_slice s);
/** Takes the text up to `sep` off the front of `*rest` (all of it when there is none); false at the
 * end. */
bool wd_slice_split(wd_slice *rest, uint8_t sep, wd_slice *piece);
/** Next line without its LF or CRLF; false at the end. */
bool wd_slice_line(wd_slice *rest, wd_slice *line);
/** Whole slice as a decimal number (no sign); false on anything else or overflow. */
bool wd_slice_to_u64(wd_slice s, uint64_t *out);
bool wd_slice_to_i64(wd_slice s, int64_t *out);
/** Whole slice as hexadecimal, with or without 0x; false on anything else or overflow. */
bool wd_slice_hex_to_u64(wd_slice s, uint64_t *out);
/** Whole slice as a decimal fraction, C locale whatever the process locale; false on anything else.
 */
bool wd_slice_to_double(wd_slice s, double *out);
/** Last component after the last '/' or '\\'. Borrowed from `path`. */
wd_slice wd_path_base(wd_slice path);
/** 64-bit FNV-1a of the bytes, for hash tables (never for security). */
uint64_t wd_slice_hash(wd_slice s);
/** Sorts `n` elements of `size` bytes. Nothing is done for none or one, so the list may be NULL
 * then, which qsort itself does not allow. */
void wd_sort(void *list, size_t n, size_t size, int (*order)(const void *, const void *));
/** Comparator for arrays of wd_slice. */
int wd_slice_qsort(const void *a, const void *b);

static inline uint8_t wd_lower(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') ? (uint8_t) (c + 32) : c;
}
static inline bool wd_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}
static inline bool wd_is_alpha(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static inline bool wd_is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

#endif
