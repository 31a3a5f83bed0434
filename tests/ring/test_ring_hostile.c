/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ring when the other side lies: positions and headers that cannot be are noticed, never
 * followed, and the ring can be used again once the liar is gone.
 */
#include "both_sides.h"

enum word { HEAD, TAIL, HEADER };

struct attack {
	const char *what;
	enum word word;
	uint64_t value; /* added to START for HEAD and TAIL */
};

/*
 * The ring holds three records of 64 bytes each from START, where 256 bytes are left before the
 * end of the buffer; the first one is taken and released. A false head comes when the other two
 * are taken, a false header is that of the second.
 */
#define ATTACK_START (UINT64_MAX - 255)

static const struct attack attacks_on_consumer[] = {
	{"head before the last head", HEAD, 128},
	{"head before the tail", HEAD, 0},
	{"head more than a buffer ahead", HEAD, 64 + 1024 + 8},
	{"head far ahead", HEAD, UINT64_C(1) << 40},
	{"head not aligned", HEAD, 204},
	{"length over the limit", HEADER, 257},
	{"length huge", HEADER, 0x7fffffff},
	{"length of minus one", HEADER, 0xffffffff},
	{"length that wraps to nothing", HEADER, 0xfffffff9},
	{"length beyond the head", HEADER, 121},
	{"pad to the end, nothing behind", HEADER, FA_RING_PAD | 184},
};

static void prepare_attack(struct both_sides *b)
{
	uint32_t i;

	make(b, 1024, ATTACK_START);
	for (i = 0; i < 3; i++)
		assert_true(put(&b->p, 56, i));
	fa_ring_publish(&b->p);
	expect_record(&b->c, 56, 0);
	fa_ring_release(&b->c);
}

static void set_header(struct both_sides *b, uint64_t position, uint64_t value)
{
	memcpy(&b->ring->data[position % 1024], &value, sizeof(value));
}

static void test_consumer_under_attack(void **state)
{
	struct both_sides b;
	uint32_t len;
	uint32_t kind;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(attacks_on_consumer) / sizeof(attacks_on_consumer[0]); i++) {
		const struct attack *attack = &attacks_on_consumer[i];

		prepare_attack(&b);
		if (attack->word == HEAD) {
			expect_record(&b.c, 56, 1);
			expect_record(&b.c, 56, 2);
			atomic_store(&b.ring->shared->head, ATTACK_START + attack->value);
			assert_in_range(fa_ring_pending_bytes(b.ring), 0, 1024);
		} else {
			set_header(&b, ATTACK_START + 64, attack->value);
		}
		if (fa_ring_next(&b.c, &len, &kind) != NULL)
			fail_msg("%s: got a record", attack->what);
		if (fa_ring_consumer_error(&b.c) != FA_ECORRUPT)
			fail_msg("%s: not noticed", attack->what);
		assert_int_equal(fa_ring_wait_data(&b.c, 1000), FA_ECORRUPT);
		assert_int_equal(fa_ring_skip_to(&b.c, ATTACK_START + 192), FA_ECORRUPT);
		unmake(&b);
	}
}

static void expect_corrupt(struct fa_ring_consumer *c)
{
	uint32_t len;
	uint32_t kind;

	assert_null(fa_ring_next(c, &len, &kind));
	assert_int_equal(fa_ring_consumer_error(c), FA_ECORRUPT);
}

/*
 * The producer claims to have filled the whole buffer from START on, so that the head stops
 * nothing; only the limits and the end of the buffer do. FIRST is the header at START, SECOND the
 * one at the buffer's first byte, if that is elsewhere.
 */
struct claim {
	const char *what;
	uint64_t start;
	uint64_t first;
	uint64_t second;
	int error;
};

static const struct claim claims[] = {
	{"good record", 768, 248, 0, FA_OK},
	{"one byte over the end", 832, 185, 0, FA_ECORRUPT},
	{"good longest record", 512, 256, 0, FA_OK},
	{"one byte over the limit", 512, 257, 0, FA_ECORRUPT},
	{"good pad", 832, FA_RING_PAD | 184, 200, FA_OK},
	{"pad before a pad", 832, FA_RING_PAD | 184, FA_RING_PAD | 200, FA_ECORRUPT},
	{"pad short of the end", 832, FA_RING_PAD | 176, 200, FA_ECORRUPT},
	{"pad beyond the end", 832, FA_RING_PAD | 192, 200, FA_ECORRUPT},
	{"pad over the limit", 512, FA_RING_PAD | 504, 200, FA_ECORRUPT},
	{"pad over the whole buffer", 0, FA_RING_PAD | 1016, 0, FA_ECORRUPT},
	{"record after a pad beyond the head", 832, FA_RING_PAD | 184, 900, FA_ECORRUPT},
};

static void test_claims_over_the_whole_buffer(void **state)
{
	struct both_sides b;
	uint32_t len;
	uint32_t kind;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		const struct claim *claim = &claims[i];
		const void *got;

		make(&b, 1024, claim->start);
		set_header(&b, 0, claim->second);
		set_header(&b, claim->start, claim->first);
		atomic_store(&b.ring->shared->head, claim->start + 1024);
		got = fa_ring_next(&b.c, &len, &kind);
		if (fa_ring_consumer_error(&b.c) != claim->error)
			fail_msg("%s: got error %d", claim->what, fa_ring_consumer_error(&b.c));
		assert_int_equal(got != NULL, claim->error == FA_OK);
		if (got == NULL)
			assert_int_equal(fa_ring_position(&b.c), claim->start);
		unmake(&b);
	}
}

static const struct attack attacks_on_producer[] = {
	{"tail before the last tail", TAIL, 0},
	{"tail past the published head", TAIL, 200},
	{"tail past everything", TAIL, UINT64_C(1) << 40},
	{"tail not aligned", TAIL, 100},
};

static void test_producer_under_attack(void **state)
{
	struct both_sides b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(attacks_on_producer) / sizeof(attacks_on_producer[0]); i++) {
		const struct attack *attack = &attacks_on_producer[i];

		prepare_attack(&b);
		assert_int_equal(fa_ring_wait_space(&b.p, 256, 0), FA_OK);
		while (put(&b.p, 56, 9)) /* looks at the tail when it thinks the ring is full */
			continue;
		assert_int_equal(b.p.tail, ATTACK_START + 64);
		/* Committed, but not published: the tail has no business there. */
		b.p.published = ATTACK_START + 192;
		atomic_store(&b.ring->shared->tail, ATTACK_START + attack->value);
		if (fa_ring_reserve(&b.p, 56, 9) != NULL)
			fail_msg("%s: got space", attack->what);
		if (fa_ring_producer_error(&b.p) != FA_ECORRUPT)
			fail_msg("%s: not noticed", attack->what);
		assert_int_equal(fa_ring_wait_space(&b.p, 56, 1000), FA_ECORRUPT);
		/* The error stays, even when the position is mended. */
		atomic_store(&b.ring->shared->tail, ATTACK_START + 128);
		assert_null(fa_ring_reserve(&b.p, 56, 9));
		unmake(&b);
	}
}

static void test_takeover_of_a_spoilt_ring(void **state)
{
	struct both_sides b;

	(void)state;
	prepare_attack(&b);
	atomic_store(&b.ring->shared->tail, ATTACK_START + 1000);
	assert_int_equal(fa_ring_consumer_init(&b.c, b.ring), FA_ECORRUPT);
	assert_int_equal(fa_ring_producer_init(&b.p, b.ring), FA_ECORRUPT);
	atomic_store(&b.ring->shared->tail, ATTACK_START + 68);
	assert_int_equal(fa_ring_consumer_init(&b.c, b.ring), FA_ECORRUPT);
	unmake(&b);
}

static void test_resets(void **state)
{
	struct both_sides b;

	(void)state;
	prepare_attack(&b);
	set_header(&b, ATTACK_START + 64, 300);
	expect_corrupt(&b.c);
	atomic_store(&b.ring->shared->closed, 1);
	fa_ring_consumer_reset(&b.c);
	expect_nothing(&b.c);
	assert_int_equal(fa_ring_wait_data(&b.c, 0), FA_ETIMEDOUT);
	assert_int_equal(fa_ring_producer_init(&b.p, b.ring), FA_OK);
	assert_true(put(&b.p, 256, 20));
	fa_ring_publish(&b.p);
	expect_record(&b.c, 256, 20);
	unmake(&b);

	prepare_attack(&b);
	atomic_store(&b.ring->shared->tail, 4);
	assert_int_equal(fa_ring_wait_space(&b.p, 0, 0), FA_OK); /* not looked at yet */
	while (put(&b.p, 56, 9))
		continue;
	assert_int_equal(fa_ring_producer_error(&b.p), FA_ECORRUPT);
	assert_int_equal(fa_ring_producer_reset(&b.p), 1024 - 64 + 64);
	assert_int_equal(fa_ring_consumer_init(&b.c, b.ring), FA_OK);
	expect_nothing(&b.c);
	assert_true(put(&b.p, 256, 21));
	fa_ring_publish(&b.p);
	expect_record(&b.c, 256, 21);
	unmake(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_consumer_under_attack),
		cmocka_unit_test(test_claims_over_the_whole_buffer),
		cmocka_unit_test(test_producer_under_attack),
		cmocka_unit_test(test_takeover_of_a_spoilt_ring),
		cmocka_unit_test(test_resets),
	};

	limit_time();
	return cmocka_run_group_tests_name("ring, hostile", tests, NULL, NULL);
}
