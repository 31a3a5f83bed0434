/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of capture files on their way to the auditor: each once, in their order, as they come. */
#include "pipeline/captured_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

enum { REFUSED = -77 };

static char folder[] = "/tmp/fa-names-XXXXXX";
static char path[64];

static int set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/named.pcapng", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void put(FILE *file, const void *bytes, size_t len)
{
	assert_int_equal(fwrite(bytes, 1, len, file), len);
}

static void put_block(FILE *file, uint32_t type, const void *body, uint32_t len)
{
	uint32_t total = len + 12;

	put(file, &type, 4);
	put(file, &total, 4);
	put(file, body, len);
	put(file, &total, 4);
}

/* Names block N has the name "hN" for 10.0.0.N; a packet behind each. */
static void write_file(unsigned count)
{
	/* section header (version 1.0, length unknown), Ethernet interface: see pcapng */
	static const uint32_t section[] = {0x1a2b3c4d, 1, 0xffffffff, 0xffffffff};
	static const uint32_t interface[] = {1, 0};
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	put_block(file, 0x0a0d0d0a, section, sizeof(section));
	put_block(file, 1, interface, sizeof(interface));
	for (uint8_t i = 1; i <= count; i++) {
		const uint8_t names[] = {1, 0, 7, 0, 10, 0, 0, i, 'h', (uint8_t)('0' + i), 0, 0};
		const uint32_t packet[] = {0, 0, i * 1000000u, 4, 4, 0};

		put_block(file, 4, names, sizeof(names));
		put_block(file, 6, packet, sizeof(packet));
	}
	assert_int_equal(fclose(file), 0);
}

struct taken {
	unsigned count;
	unsigned refuse_at;
	char hosts[64];
};

static int take(void *context, const struct fa_name_answer *name)
{
	struct taken *taken = context;

	if (++taken->count == taken->refuse_at)
		return REFUSED;
	assert_true(name->by_capture);
	assert_int_equal(name->address.bytes[3], name->host[1] - '0');
	strcat(taken->hosts, name->host);
	return 0;
}

static int ignore(void *context, const struct fa_frame *frame)
{
	(void)context;
	(void)frame;
	return 0;
}

static struct fa_source *open_file(void)
{
	const struct fa_source_options options = {.filter = NULL};
	const char *const names[] = {path};
	struct fa_source *source;
	struct fa_diag diag = {{0}};

	assert_int_equal(fa_source_open_files(&source, names, 1, &options, &diag), 0);
	return source;
}

static void as_they_come(void **state)
{
	const struct fa_frame_sink sink = {.fn = ignore};
	struct fa_captured_names *names = fa_captured_names_new();
	struct taken taken = {0};
	struct fa_diag diag = {{0}};
	struct fa_source *source;
	uint32_t at = 0;

	(void)state;
	assert_non_null(names);
	assert_int_equal(fa_captured_names_take(names, &at, take, &taken), 0);
	assert_int_equal(taken.count, 0);
	write_file(5);
	source = open_file();
	while (fa_source_read(source, 1, &sink, &diag) > 0) {
		fa_captured_names_put(names, source);
		fa_captured_names_put(names, source);
		assert_int_equal(fa_captured_names_take(names, &at, take, &taken), 0);
		assert_int_equal(fa_captured_names_take(names, &at, take, &taken), 0);
		assert_true(taken.count > 0);
	}
	assert_string_equal(taken.hosts, "h1h2h3h4h5");
	fa_source_free(source);
	fa_captured_names_free(names);
}

/* What cannot be taken ends it, and is not taken again. */
static void refused(void **state)
{
	const struct fa_frame_sink sink = {.fn = ignore};
	struct fa_captured_names *names = fa_captured_names_new();
	struct taken taken = {.refuse_at = 2};
	struct fa_diag diag = {{0}};
	struct fa_source *source;
	uint32_t at = 0;

	(void)state;
	assert_non_null(names);
	write_file(3);
	source = open_file();
	while (fa_source_read(source, 100, &sink, &diag) > 0)
		continue;
	fa_captured_names_put(names, source);
	assert_int_equal(fa_captured_names_take(names, &at, take, &taken), REFUSED);
	assert_int_equal(fa_captured_names_take(names, &at, take, &taken), 0);
	assert_string_equal(taken.hosts, "h1h3");
	fa_source_free(source);
	fa_captured_names_free(names);
	fa_captured_names_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_they_come),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests_name("pipeline/captured_names", tests, set_up, tear_down);
}
