#ifndef WD_CORE_TEXT_H
#define WD_CORE_TEXT_H

#include "core/arena.h"
#include "core/buf.h"

/*
 * Every string from evidence is hostile. Each sink has one function here that adds a string to a
 * buffer so that it can only be read as text there. Invalid UTF-8 becomes U+FFFD; control
 * characters, bidirectional overrides and zero-width characters become visible escapes where people
 * read.
 */

/** Terminal: no control bytes, escapes or direction changes reach it ("\x1b", "\u{202e}"). One
 * line. */
void wd_text_terminal(wd_buf *out, wd_slice s);
/** HTML text and double-quoted attribute values. */
void wd_text_html(wd_buf *out, wd_slice s);
/** Body of a JSON string, without the quotes. */
void wd_text_json(wd_buf *out, wd_slice s);
/** One CSV field with quotes where needed; a leading = + - @ tab or CR gets an apostrophe in front.
 */
void wd_text_csv(wd_buf *out, wd_slice s);
/** Defanged for people: dots of names and addresses as "[.]", "http" as "hxxp". Escaped as for a
 * terminal. */
void wd_text_defang(wd_buf *out, wd_slice s);

/** Bytes of the UTF-8 sequence at s (1 to 4), 0 when it is not valid there; `*cp` gets the code
 * point. */
size_t wd_utf8_next(wd_slice s, uint32_t *cp);
bool wd_utf8_valid(wd_slice s);
/** Appends a code point as UTF-8; surrogates and values past 0x10ffff become U+FFFD. */
void wd_utf8_add(wd_buf *out, uint32_t cp);
/** UTF-16LE to UTF-8 in the arena; lone surrogates become U+FFFD; an odd last byte is dropped. ptr
 * NULL on the limit. */
wd_slice wd_utf16le_to_utf8(wd_arena *a, wd_slice s);

/** 16 bytes a line: offset, hexadecimal, printable. For excerpts. */
void wd_text_hexdump(wd_buf *out, wd_slice s, uint64_t base);

/** Shannon entropy in bits per byte (0 to 8); 0 for the empty slice. H = -sum p log2 p, Shannon
 * 1948. */
double wd_entropy(wd_slice s);

/** Matches `text` against a pattern with * (any run) and ? (one byte), ASCII letters folded. Linear
 * in practice, never exponential. */
bool wd_glob_nocase(wd_slice pattern, wd_slice text);
/** The same for paths: '/' and '\\' are equal. */
bool wd_glob_path(wd_slice pattern, wd_slice path);

#endif
