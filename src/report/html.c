/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frame of an HTML report, and texts within it. */
#include "report/html.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "report/html_parts.h"
#include "report/output.h"

void fa_html_put(struct fa_html *page, const char *markup)
{
	fputs(markup, page->out);
}

void fa_html_putf(struct fa_html *page, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(page->out, format, args);
	va_end(args);
}

static const char *reference(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void fa_html_words(struct fa_html *page, const char *words)
{
	while (words != NULL && *words != '\0') {
		size_t plain = strcspn(words, "&<>\"'");

		fwrite(words, 1, plain, page->out);
		words += plain;
		if (*words != '\0')
			fputs(reference(*words++), page->out);
	}
}

static void put_text(struct fa_html *page)
{
	page->failed = page->failed || page->text.failed;
	fa_html_words(page, fa_buffer_text(&page->text));
}

void fa_html_text(struct fa_html *page, const char *text)
{
	fa_buffer_reset(&page->text);
	fa_buffer_safe(&page->text, text);
	put_text(page);
}

void fa_html_clip(struct fa_html *page, const char *text, size_t columns)
{
	fa_buffer_reset(&page->text);
	fa_buffer_clip(&page->text, text, columns);
	put_text(page);
}

void fa_html_json(FILE *out, const char *words)
{
	for (; *words != '\0'; words++) {
		unsigned char c = (unsigned char)*words;

		/* No "</script" and no "<!--" can come of it. */
		if (c < 0x20 || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&')
			fprintf(out, "\\u%04x", c);
		else
			putc(c, out);
	}
}

static void put_policy(struct fa_html *page)
{
	fa_html_putf(page,
		     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		     "style-src 'sha256-%s'; script-src 'sha256-%s'; base-uri 'none'; "
		     "form-action 'none'; require-trusted-types-for 'script'\">\n",
		     fa_html_style_hash, fa_html_script_hash);
}

/* The script offers them to choose from. */
static void put_verdicts(struct fa_html *page)
{
	fa_html_put(page, "<body data-verdicts=\"");
	for (unsigned i = 0; i < FA_VERDICT_COUNT; i++)
		fa_html_putf(page, "%s%s", i > 0 ? " " : "", fa_verdict_text(i));
	fa_html_put(page, "\">\n");
}

static void put_parts(struct fa_html *page, const struct fa_html_part *parts)
{
	fa_html_put(page, "<nav aria-label=\"Sections\"><ul>\n");
	for (; parts->id != NULL; parts++)
		fa_html_putf(page, "<li><a href=\"#%s\">%s</a></li>\n", parts->id, parts->title);
	fa_html_put(page, "</ul></nav>\n");
}

void fa_html_begin(struct fa_html *page, FILE *out, const char *title,
		   const struct fa_html_part *parts, struct fa_diag *diag)
{
	memset(page, 0, sizeof(*page));
	page->out = out;
	page->diag = diag;
	page->data_room = FA_HTML_DATA_BYTES;
	fa_html_put(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
	put_policy(page);
	fa_html_put(page,
		    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		    "<meta name=\"color-scheme\" content=\"light dark\">\n"
		    "<meta name=\"referrer\" content=\"no-referrer\">\n"
		    "<title>");
	fa_html_text(page, title);
	/* Their bytes are what the hashes are of. */
	fa_html_putf(page, "</title>\n<style>%s</style>\n</head>\n", fa_html_style);
	put_verdicts(page);
	fa_html_put(page, "<a class=\"skip\" href=\"#content\">To the content</a>\n<header><h1>");
	fa_html_text(page, title);
	fa_html_put(page, "</h1></header>\n");
	put_parts(page, parts);
	fa_html_put(page, "<main id=\"content\">\n");
}

int fa_html_end(struct fa_html *page, const char *version)
{
	int error = page->failed ? fa_fail(page->diag, FA_ENOMEM, "out of memory for the page") : 0;

	fa_html_put(page, "</main>\n<footer><p>Made by flowaudit ");
	fa_html_text(page, version);
	fa_html_putf(page,
		     ". Times are UTC. This page loads nothing and sends nothing.</p></footer>\n"
		     "<script>%s</script>\n</body>\n</html>\n",
		     fa_html_script);
	if (error == 0)
		error = fa_output_flush(page->out, page->diag);
	fa_html_deinit(page);
	return error;
}

void fa_html_deinit(struct fa_html *page)
{
	fa_buffer_deinit(&page->text);
}

void fa_html_section(struct fa_html *page, const char *id, const char *title)
{
	fa_html_putf(page, "<section id=\"%s\" aria-labelledby=\"%s-title\">\n", id, id);
	fa_html_putf(page, "<h2 id=\"%s-title\">", id);
	fa_html_words(page, title);
	fa_html_put(page, "</h2>\n");
}

void fa_html_section_end(struct fa_html *page)
{
	fa_html_put(page, "</section>\n");
}

void fa_html_verdict(struct fa_html *page, enum fa_verdict verdict)
{
	const char *word = fa_verdict_text(verdict);

	fa_html_putf(page, "<span class=\"v v-%s\">%s</span>", word, word);
}

const char *fa_html_mark(enum fa_verdict verdict)
{
	static const char *const marks[FA_VERDICT_COUNT] = {
		[FA_VERDICT_DOCUMENTED] = "✓",	   [FA_VERDICT_DISCOURAGED] = "!",
		[FA_VERDICT_WRONG_PROTOCOL] = "≠", [FA_VERDICT_WRONG_ENDPOINT] = "⇄",
		[FA_VERDICT_UNDOCUMENTED] = "?",   [FA_VERDICT_REFUSED] = "×",
		[FA_VERDICT_WAIVED] = "○",	   [FA_VERDICT_INDETERMINATE] = "~",
	};

	return marks[verdict];
}

void fa_html_link(struct fa_html *page, const char *kind, const char *name)
{
	/* As encodeURIComponent leaves it, which the script uses. */
	static const char plain[] = "-_.!~*()";

	fa_buffer_reset(&page->text);
	fa_buffer_safe(&page->text, name);
	page->failed = page->failed || page->text.failed;
	fa_html_putf(page, "<a href=\"#%s-", kind);
	for (const char *at = fa_buffer_text(&page->text); *at != '\0'; at++) {
		unsigned char c = (unsigned char)*at;

		if (c < 0x80 && (isalnum(c) || strchr(plain, c) != NULL))
			putc(c, page->out);
		else
			fa_html_putf(page, "%%%02X", c);
	}
	fa_html_put(page, "\">");
}

void fa_html_anchor(struct fa_html *page, const char *kind, const char *name)
{
	fa_html_putf(page, " id=\"%s-", kind);
	fa_html_text(page, name);
	fa_html_put(page, "\"");
}
