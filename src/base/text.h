/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text that comes from outside: made harmless before it reaches a terminal or a document. */
#ifndef FA_BASE_TEXT_H
#define FA_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Copies at most OUT_SIZE - 1 bytes of printable text: control characters, DEL, invalid UTF-8,
 * C1 controls, and the Unicode characters that change direction or hide (bidirectional controls,
 * zero-width, line and paragraph separators) or are none (U+FFFE, U+FFFF) become "\xNN" per byte;
 * a backslash becomes "\\". Never cuts inside an escape or a character. Always ends with NUL.
 * Returns OUT.
 */
char *fa_text_safe(const char *text, size_t len, char *out, size_t out_size);

/* Whether every byte of TEXT would pass fa_text_safe unchanged. */
bool fa_text_is_safe(const char *text, size_t len);

/* Number of terminal columns of UTF-8 text, one per code point. */
size_t fa_text_columns(const char *text);

/*
 * TEXT as one word of a shell's command line, harmless to print: as it is, else in '...', and where
 * fa_text_safe would have to change more than a backslash, in $'...' with octal escapes (POSIX.1-2024
 * section 2.2.4; dash does not know that form). The caller frees it; NULL: no memory.
 */
char *fa_text_shell(const char *text);

/* Copies TEXT into OUT, always NUL-terminated, cut if too long. Returns false when cut. */
bool fa_text_copy(char *out, size_t out_size, const char *text);

#endif
