/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names that capture files note down, in shared memory. */
#include "pipeline/captured_names.h"

#include <stdatomic.h>
#include <sys/mman.h>

#include "pipeline/shared.h"

struct fa_captured_names {
	_Atomic uint32_t count; /* of items that are written */
	struct fa_name_answer items[FA_CAPTURE_NAMES_MAX];
};

struct fa_captured_names *fa_captured_names_new(void)
{
	return fa_shared_map(sizeof(struct fa_captured_names));
}

void fa_captured_names_free(struct fa_captured_names *names)
{
	if (names != NULL)
		munmap(names, sizeof(*names));
}

void fa_captured_names_put(struct fa_captured_names *names, const struct fa_source *source)
{
	uint32_t count = atomic_load_explicit(&names->count, memory_order_relaxed);
	uint64_t more;
	size_t all = fa_source_names(source, &more);

	if (count == all)
		return;
	for (; count < all; count++)
		fa_source_name(source, count, &names->items[count]);
	atomic_store_explicit(&names->count, count, memory_order_release);
}

int fa_captured_names_take(const struct fa_captured_names *names, uint32_t *taken,
			   int (*fn)(void *context, const struct fa_name_answer *name),
			   void *context)
{
	uint32_t count = atomic_load_explicit(&names->count, memory_order_acquire);
	int error = 0;

	while (*taken < count && error == 0)
		error = fn(context, &names->items[(*taken)++]);
	return error;
}
