/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the processes of a job share beside the rings. */
#include "pipeline/shared.h"

#include <string.h>
#include <sys/mman.h>

_Static_assert(sizeof(struct fa_capture_counts) % sizeof(uint64_t) == 0 &&
		       sizeof(struct fa_worker_counts) % sizeof(uint64_t) == 0 &&
		       sizeof(struct fa_loss_counts) % sizeof(uint64_t) == 0 &&
		       sizeof(struct fa_run_interfaces) % sizeof(uint64_t) == 0,
	       "boards hold whole words");

void fa_board_put(_Atomic uint64_t *board, const void *value, size_t words)
{
	const unsigned char *bytes = value;

	for (size_t i = 0; i < words; i++) {
		uint64_t word;

		memcpy(&word, bytes + i * sizeof(word), sizeof(word));
		atomic_store_explicit(&board[i], word, memory_order_relaxed);
	}
}

void fa_board_get(const _Atomic uint64_t *board, void *value, size_t words)
{
	unsigned char *bytes = value;

	for (size_t i = 0; i < words; i++) {
		uint64_t word = atomic_load_explicit(&board[i], memory_order_relaxed);

		memcpy(bytes + i * sizeof(word), &word, sizeof(word));
	}
}

void *fa_shared_map(size_t size)
{
	void *memory =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static void add_worker(const _Atomic uint64_t *board, struct fa_worker_counts *sum)
{
	struct fa_worker_counts counts;

	fa_board_get(board, &counts, FA_BOARD_WORDS(counts));
	fa_worker_counts_add(sum, &counts);
}

/* All lanes hear the same interfaces, each a part of their packets; what the device lost each has in
 * full. */
static void add_interfaces(const struct fa_shared *shared, unsigned lanes,
			   struct fa_run_interfaces *out)
{
	fa_board_get(shared->lanes[0].interfaces, out, FA_BOARD_WORDS(*out));
	for (unsigned lane = 1; lane < lanes; lane++) {
		struct fa_run_interfaces part;

		fa_board_get(shared->lanes[lane].interfaces, &part, FA_BOARD_WORDS(part));
		for (uint32_t i = 0; i < out->count && i < part.count; i++) {
			out->items[i].packets += part.items[i].packets;
			out->items[i].dropped_kernel += part.items[i].dropped_kernel;
		}
	}
}

void fa_shared_totals(const struct fa_shared *shared, const struct fa_channel *channels,
		      const struct fa_job *job, struct fa_run_totals *totals)
{
	memset(totals, 0, sizeof(*totals));
	for (unsigned i = 0; i < job->lanes; i++) {
		struct fa_capture_counts counts;

		fa_board_get(shared->lanes[i].counts, &counts, FA_BOARD_WORDS(counts));
		fa_capture_counts_add(&totals->capture, &counts);
	}
	add_interfaces(shared, job->lanes, &totals->interfaces);
	fa_board_get(shared->loss, &totals->loss, FA_BOARD_WORDS(totals->loss));
	for (unsigned i = 0; i < job->workers; i++) {
		const struct fa_worker_shared *worker = channels[i].worker;

		add_worker(worker->before, &totals->workers);
		add_worker(worker->counts, &totals->workers);
		totals->loss.evidence_dropped += atomic_load(&worker->kept_dropped);
	}
	totals->loss.evidence_dropped += atomic_load(&shared->kept_dropped);
	totals->loss.judged_early += atomic_load(&shared->judged_early);
	totals->conversations = atomic_load(&shared->conversations);
	totals->end = (enum fa_run_end)atomic_load(&shared->end);
}
