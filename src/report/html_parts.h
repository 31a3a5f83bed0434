/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The style sheet and the script of HTML reports, from src/report/page/ at build time, and the
 * hashes (SHA-256 in base64) by which the page allows them and nothing else.
 */
#ifndef FA_REPORT_HTML_PARTS_H
#define FA_REPORT_HTML_PARTS_H

extern const char fa_html_style[], fa_html_style_hash[];
extern const char fa_html_script[], fa_html_script_hash[];

#endif
