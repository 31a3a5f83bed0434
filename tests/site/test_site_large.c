/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A site as large as one may be is read in a moment. */
#include <time.h>

#include "site/place.h"

enum { INSTANCES = 256, HOSTS = 4096, SHARED = 2 };

/* Processor time for reading it; far more than it takes, far less than to compare all with all. */
#define SECONDS_MAX 3

/* HOSTS machines, each in one instance; the last SHARED ones in all, with ports of their own. */
static char *large_site(bool clash)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	fprintf(out, "format: 1\nsite: s\nhosts:\n");
	for (int i = 0; i < HOSTS; i++)
		fprintf(out, "  h%d: [10.0.%d.%d]\n", i, i / 256, i % 256);
	fprintf(out, "instances:\n");
	for (int i = 0; i < INSTANCES; i++) {
		fprintf(out, "  - name: i%d\n    product: many\n    parameters: {offset: %d}\n"
			     "    roles:\n      srv: [", i, clash && i == INSTANCES - 1 ? 70 : 10 * i);
		for (int k = i; k < HOSTS - SHARED; k += INSTANCES)
			fprintf(out, "h%d, ", k);
		fprintf(out, "h%d, h%d]\n", HOSTS - 2, HOSTS - 1);
	}
	fclose(out);
	return text;
}

static void test_large(void **state)
{
	static const char many[] =
		"format: 1\nproduct: many\nname: P\ndocument: {title: T, publisher: P}\n"
		"parameters: {offset: {type: integer, default: 0, about: O}}\n"
		"roles: {srv: S, cli: C}\n"
		"components:\n  c:\n    name: C\n    rules:\n"
		RULE("two", "direction: inbound, from: [cli], to: [srv], transport: [tcp], ports: "
			    "[100-103, 105], moves-with: offset, requirement: required")
		RULE("udp", "direction: inbound, from: [cli], to: [srv], transport: [udp], ports: "
			    "[104], moves-with: offset, requirement: required");
	const struct fa_catalog_text one = {"many.yaml", many, sizeof(many) - 1};
	const struct fa_catalog_options options = {.error = NULL};
	struct fa_rulebook book;

	(void)state;
	assert_int_equal(fa_rulebook_parse(&one, 1, &options, &book), 0);
	for (int clash = 0; clash < 2; clash++) {
		char *text = large_site(clash != 0);
		clock_t before = clock();
		struct heard heard;
		struct fa_site site;
		int error = parse_site(text, NULL, &book, &heard, &site);

		assert_true(clock() - before < (clock_t)SECONDS_MAX * CLOCKS_PER_SEC);
		assert_int_equal(error, clash ? FA_EFORMAT : 0);
		assert_int_equal(heard.count, clash ? SHARED : 0);
		if (clash)
			assert_non_null(strstr(heard.text,
					       "\"h4094\" would serve tcp port 170 for instance "
					       "\"i7\""));
		fa_site_deinit(&site);
		free(text);
	}
	fa_rulebook_deinit(&book);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
