/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What workers know of the catalogs: the same as the catalogs say, as they were last read. */
#include "pipeline/lore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "catalog/catalog.h"
#include "classify/pattern.h"

static const uint8_t transports[] = {FA_IP_TCP, FA_IP_UDP, FA_IP_SCTP, FA_IP_ICMP};

static struct fa_rulebook real; /* the catalogs of the project */
static struct fa_policy real_policy;

/* Catalogs made here: every pattern begins with FIRST, and names tell which they are. */
struct made {
	struct fa_product products[3];
	struct fa_signature signatures[3][4];
	struct fa_pattern patterns[3][4][2];
	uint8_t bytes[3][4][2][FA_PATTERN_MAX], masks[3][4][2][FA_PATTERN_MAX];
	char names[3][4][32];
	struct fa_port_range port;
	struct fa_rule rule;
	struct fa_binding binding;
	struct fa_rulebook book;
	struct fa_policy policy;
};

static void make_pattern(struct made *made, size_t p, size_t s, size_t side, uint8_t first)
{
	struct fa_pattern *pattern = &made->patterns[p][s][side];
	uint8_t *bytes = made->bytes[p][s][side];
	uint8_t *mask = made->masks[p][s][side];

	pattern->bytes = bytes;
	pattern->mask = mask;
	pattern->len = 3 + p + s;
	for (size_t i = 0; i < pattern->len; i++) {
		bytes[i] = (uint8_t)(i == 0 ? first : 16 * p + 4 * s + side + i);
		mask[i] = 0xff;
	}
}

static struct made *make(const char *name, uint8_t first, uint16_t port)
{
	struct made *made = mmap(NULL, sizeof(*made), PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(made != MAP_FAILED);
	for (size_t p = 0; p < 3; p++) {
		for (size_t s = 0; s < p + 2; s++) {
			struct fa_signature *signature = &made->signatures[p][s];

			snprintf(made->names[p][s], sizeof(made->names[p][s]), "%s %zu-%zu", name,
				 p, s);
			make_pattern(made, p, s, 0, first);
			make_pattern(made, p, s, 1, first);
			signature->name = made->names[p][s];
			signature->about = signature->source = "not for workers";
			signature->transports = FA_RULE_TCP;
			signature->client = &made->patterns[p][s][0];
			signature->client_count = s != 1;
			signature->server = &made->patterns[p][s][1];
			signature->server_count = s != 2;
		}
		made->products[p].signatures = made->signatures[p];
		made->products[p].signature_count = p + 2;
	}
	made->port = (struct fa_port_range){port, port};
	made->rule.transports = FA_RULE_TCP;
	made->binding.rule = &made->rule;
	made->binding.ports = (struct fa_port_ranges){&made->port, 1};
	made->book = (struct fa_rulebook){.products = made->products, .product_count = 3,
					  .rules = &made->rule, .rule_count = 1};
	made->policy.book = &made->book;
	made->policy.bindings = &made->binding;
	made->policy.count = 1;
	assert_int_equal(fa_policy_index(&made->policy), 0);
	return made;
}

/* Nothing that was there can be read any more: who follows a pointer to it dies. */
static void unmake(struct made *made)
{
	struct fa_policy policy = made->policy;

	made->policy.bindings = NULL;
	fa_policy_deinit(&policy);
	munmap(made, sizeof(*made));
}

/* The first payloads that fit one signature from the client's side, the server's, or both. */
static struct fa_first_payload fitting(const struct fa_signature *signature, unsigned client,
				       bool with_server)
{
	struct fa_first_payload first;

	memset(&first, 0, sizeof(first));
	if (signature->client_count > 0) {
		memcpy(first.bytes[client], signature->client[0].bytes, signature->client[0].len);
		first.len[client] = (uint8_t)signature->client[0].len;
	}
	if (signature->server_count > 0 && with_server) {
		memcpy(first.bytes[1 - client], signature->server[0].bytes,
		       signature->server[0].len);
		first.len[1 - client] = (uint8_t)signature->server[0].len;
	}
	return first;
}

/* Returns 1 when there was a match. */
static size_t match_alike(const struct fa_rulebook *book, const struct fa_lore *lore,
			  const struct fa_first_payload *first)
{
	size_t matches = 0;

	for (size_t t = 0; t < sizeof(transports); t++) {
		const struct fa_signature *a = fa_payload_signature(book, transports[t], first);
		const struct fa_signature *b =
			fa_payload_signature(&lore->book, transports[t], first);

		assert_int_equal(a == NULL, b == NULL);
		if (a == NULL)
			continue;
		assert_string_equal(a->name, b->name);
		assert_ptr_not_equal(a, b);
		assert_int_equal(a->transports, b->transports);
		matches++;
	}
	return matches;
}

/* Whether every signature of BOOK is found by its own bytes, and those bytes with one bit changed
 * tell the same, too. Returns how many matched. */
static size_t know_alike(const struct fa_rulebook *book, const struct fa_lore *lore)
{
	size_t matches = 0;

	for (size_t p = 0; p < book->product_count; p++)
		for (size_t s = 0; s < book->products[p].signature_count; s++)
			for (unsigned way = 0; way < 4; way++) {
				struct fa_first_payload first = fitting(
					&book->products[p].signatures[s], way & 1, way & 2);

				matches += match_alike(book, lore, &first);
				for (size_t bit = 0; bit < 2 * 8 * 24; bit++) {
					first.bytes[bit & 1][bit / 16] ^= (uint8_t)(1 << bit / 2 % 8);
					match_alike(book, lore, &first);
					first.bytes[bit & 1][bit / 16] ^= (uint8_t)(1 << bit / 2 % 8);
				}
			}
	return matches;
}

static bool has_port(const struct fa_lore *lore, uint16_t port)
{
	return fa_port_set_has(&lore->documented, FA_IP_TCP, port);
}

static void the_same_as_the_catalogs(void **state)
{
	struct fa_lore_shared *shared = fa_lore_new();
	struct fa_lore lore = {.generation = 0};
	struct fa_port_set ports;
	size_t signatures = 0;

	(void)state;
	assert_non_null(shared);
	assert_int_equal(fa_lore_publish(shared, &real_policy), 0);
	assert_int_equal(fa_lore_generation(shared), 1);
	fa_lore_adopt(&lore, shared, 1);
	assert_int_equal(lore.generation, 1);
	for (size_t p = 0; p < real.product_count; p++)
		signatures += real.products[p].signature_count;
	assert_true(signatures > 3);
	assert_true(know_alike(&real, &lore) >= signatures);
	fa_port_set_fill(&ports, &real_policy);
	assert_memory_equal(&lore.documented, &ports, sizeof(ports));
	fa_lore_free(shared);
}

/* The catalogs were read by a process that does not share its memory. */
static void nothing_points_to_the_catalogs(void **state)
{
	struct fa_lore_shared *shared = fa_lore_new();
	struct made *made = make("a", 'A', 1000);
	struct made *again = make("a", 'A', 1000);
	struct fa_lore lore = {.generation = 0};

	(void)state;
	assert_int_equal(fa_lore_publish(shared, &made->policy), 0);
	unmake(made);
	fa_lore_adopt(&lore, shared, fa_lore_generation(shared));
	assert_true(know_alike(&again->book, &lore) > 9);
	assert_true(has_port(&lore, 1000));
	assert_string_equal(lore.book.products[0].signatures[0].about, "");
	assert_null(lore.book.products[0].signatures[0].source);
	unmake(again);
	fa_lore_free(shared);
}

static void another_process_knows_the_same(void **state)
{
	struct fa_lore_shared *shared = fa_lore_new();
	struct made *second;
	int go[2];
	int status;
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(go), 0);
	assert_int_equal(fa_lore_publish(shared, &real_policy), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct made *mine = make("b", 'B', 2000);
		struct fa_first_payload first = fitting(&mine->signatures[2][3], 0, true);
		const struct fa_signature *found;
		struct fa_lore lore = {.generation = 0};

		fa_lore_adopt(&lore, shared, 1);
		found = fa_payload_signature(&lore.book, FA_IP_TCP, &first);
		if (found != NULL || read(go[0], &byte, 1) != 1)
			_exit(1);
		fa_lore_adopt(&lore, shared, fa_lore_generation(shared));
		found = fa_payload_signature(&lore.book, FA_IP_TCP, &first);
		_exit(found != NULL && strcmp(found->name, "b 2-3") == 0 &&
				      has_port(&lore, 2000)
			      ? 0
			      : 2);
	}
	second = make("b", 'B', 2000); /* after the fork: the child cannot see it */
	assert_int_equal(fa_lore_publish(shared, &second->policy), 0);
	unmake(second);
	assert_int_equal(write(go[1], "x", 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(go[0]);
	close(go[1]);
	fa_lore_free(shared);
}

/* Workers take a generation over one after the other: the one before stays whole till the next. */
static void a_later_one_replaces(void **state)
{
	struct fa_lore_shared *shared = fa_lore_new();
	struct made *made[3] = {make("a", 'A', 1000), make("b", 'B', 2000), make("c", 'C', 3000)};
	struct fa_lore early = {.generation = 0}, late = {.generation = 0};

	(void)state;
	assert_int_equal(fa_lore_publish(shared, &made[0]->policy), 0);
	fa_lore_adopt(&early, shared, 1);
	assert_int_equal(fa_lore_publish(shared, &made[1]->policy), 0);
	assert_int_equal(fa_lore_generation(shared), 2);
	assert_true(know_alike(&made[0]->book, &early) > 0);
	fa_lore_adopt(&late, shared, 1); /* a tick from before */
	assert_true(know_alike(&made[0]->book, &late) > 0);
	assert_true(has_port(&late, 1000));
	fa_lore_adopt(&late, shared, 2);
	assert_true(know_alike(&made[1]->book, &late) > 0);
	assert_true(has_port(&late, 2000) && !has_port(&late, 1000));
	fa_lore_adopt(&early, shared, 1); /* the same again changes nothing */
	assert_true(know_alike(&made[0]->book, &early) > 0);
	fa_lore_adopt(&early, shared, 2);
	assert_int_equal(fa_lore_publish(shared, &made[2]->policy), 0);
	assert_int_equal(fa_lore_generation(shared), 3);
	assert_true(know_alike(&made[1]->book, &early) > 0);
	fa_lore_adopt(&early, shared, 3);
	assert_true(know_alike(&made[2]->book, &early) > 0);
	assert_true(has_port(&early, 3000) && !has_port(&early, 2000));
	for (size_t i = 0; i < 3; i++)
		unmake(made[i]);
	fa_lore_free(shared);
}

/* One product with COUNT signatures of one pattern, whose names take NAME_LEN bytes. */
static int publish_many(struct fa_lore_shared *shared, size_t count, size_t name_len)
{
	static const uint8_t bytes[FA_PATTERN_MAX] = {'M'}, mask[FA_PATTERN_MAX] = {0xff};
	static const struct fa_pattern pattern = {bytes, mask, sizeof(bytes)};
	static struct fa_signature signatures[20000];
	char name[100] = "";
	struct fa_product product = {.signatures = signatures, .signature_count = count};
	const struct fa_rulebook book = {.products = &product, .product_count = 1};
	struct made *ports = make("p", 'P', 4000);
	int error;

	memset(name, 'n', name_len);
	for (size_t i = 0; i < count; i++)
		signatures[i] = (struct fa_signature){.name = name, .about = "",
						      .transports = FA_RULE_TCP,
						      .client = &pattern, .client_count = 1};
	ports->policy.book = &book;
	error = fa_lore_publish(shared, &ports->policy);
	unmake(ports);
	return error;
}

/* Everything of the last signature is there. */
static void assert_whole(const struct fa_lore *lore, size_t count)
{
	const struct fa_product *product = &lore->book.products[0];
	const struct fa_signature *last;

	assert_int_equal(product->signature_count, count);
	last = &product->signatures[count - 1];
	assert_int_equal(last->name[0], 'n');
	assert_int_equal(last->client[0].bytes[0], 'M');
	assert_int_equal(last->client[0].mask[0], 0xff);
	assert_int_equal(last->client[0].mask[FA_PATTERN_MAX - 1], 0);
}

/* The most signatures that fit, and one more: wherever the room ends, what was in force stays so. */
static void too_many_change_nothing(void **state)
{
	struct fa_lore_shared *shared = fa_lore_new();
	struct fa_lore lore = {.generation = 0};

	(void)state;
	for (size_t name_len = 1; name_len < 100; name_len += 3) {
		size_t fits = 1, many = 20000;

		while (many - fits > 1) {
			size_t count = (fits + many) / 2;
			int error = publish_many(shared, count, name_len);

			assert_true(error == 0 || error == FA_EFULL);
			*(error == 0 ? &fits : &many) = count;
		}
		assert_int_equal(publish_many(shared, fits, name_len), 0);
		fa_lore_adopt(&lore, shared, fa_lore_generation(shared));
		assert_whole(&lore, fits);
		for (int i = 0; i < 3; i++) {
			uint64_t before = fa_lore_generation(shared);

			assert_int_equal(publish_many(shared, fits + 1, name_len), FA_EFULL);
			assert_int_equal(fa_lore_generation(shared), before);
			assert_whole(&lore, fits);
			assert_true(has_port(&lore, 4000));
		}
	}
	assert_int_equal(publish_many(shared, 20000, 8), FA_EFULL); /* not even their table fits */
	fa_lore_free(shared);
}

static void no_catalogs_at_all(void **state)
{
	struct fa_lore_shared *shared = fa_lore_new();
	static const struct fa_rulebook none;
	struct fa_first_payload first = {.bytes = {{'A'}}, .len = {8, 8}};
	struct fa_policy policy = {.book = &none};
	struct fa_lore lore = {.generation = 0};

	(void)state;
	assert_int_equal(fa_policy_index(&policy), 0);
	assert_int_equal(fa_lore_publish(shared, &policy), 0);
	fa_lore_adopt(&lore, shared, 1);
	assert_null(fa_payload_signature(&lore.book, FA_IP_TCP, &first));
	for (unsigned port = 0; port < 65536; port++)
		assert_false(has_port(&lore, (uint16_t)port));
	fa_policy_deinit(&policy);
	fa_lore_free(shared);
	fa_lore_free(NULL);
}

static int setup(void **state)
{
	const char *top = getenv("FA_TOP_SRCDIR");
	char rules[1024];
	const char *paths[] = {rules};
	const struct fa_catalog_options options = {.error = NULL};

	(void)state;
	alarm(100);
	snprintf(rules, sizeof(rules), "%s/rules", top != NULL ? top : ".");
	if (fa_rulebook_load(paths, 1, &options, &real) != 0) {
		print_error("no catalogs in %s (FA_TOP_SRCDIR)\n", rules);
		return -1;
	}
	return fa_policy_from_rulebook(&real_policy, &real);
}

static int teardown(void **state)
{
	(void)state;
	fa_policy_deinit(&real_policy);
	fa_rulebook_deinit(&real);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_as_the_catalogs),
		cmocka_unit_test(nothing_points_to_the_catalogs),
		cmocka_unit_test(another_process_knows_the_same),
		cmocka_unit_test(a_later_one_replaces),
		cmocka_unit_test(too_many_change_nothing),
		cmocka_unit_test(no_catalogs_at_all),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
