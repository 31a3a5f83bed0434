/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What workers know of the catalogs, in shared memory. */
#include "pipeline/lore.h"

#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

enum { LORE_BYTES = 512 << 10 };

struct copy {
	struct fa_port_set documented;
	struct fa_rulebook book;
	size_t used;
	_Alignas(16) unsigned char bytes[LORE_BYTES];
};

struct fa_lore_shared {
	_Atomic uint64_t generation; /* its last bit tells which copy is in use */
	struct copy copies[2];
};

struct fa_lore_shared *fa_lore_new(void)
{
	void *memory = mmap(NULL, sizeof(struct fa_lore_shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void fa_lore_free(struct fa_lore_shared *shared)
{
	if (shared != NULL)
		munmap(shared, sizeof(*shared));
}

/* COUNT elements of SIZE copied behind what is there, or NULL. */
static void *put(struct copy *copy, const void *from, size_t count, size_t size)
{
	size_t at = (copy->used + 15) & ~(size_t)15;
	unsigned char *to = copy->bytes + at;

	if (at > sizeof(copy->bytes) || count > (sizeof(copy->bytes) - at) / size)
		return NULL;
	if (count > 0)
		memcpy(to, from, count * size);
	copy->used = at + count * size;
	return to;
}

static int put_patterns(struct copy *copy, const struct fa_pattern **patterns, size_t count)
{
	struct fa_pattern *mine = put(copy, *patterns, count, sizeof(*mine));

	if (mine == NULL)
		return FA_EFULL;
	for (size_t i = 0; i < count; i++) {
		mine[i].bytes = put(copy, mine[i].bytes, mine[i].len, 1);
		mine[i].mask = put(copy, mine[i].mask, mine[i].len, 1);
		if (mine[i].bytes == NULL || mine[i].mask == NULL)
			return FA_EFULL;
	}
	*patterns = mine;
	return 0;
}

static int put_signatures(struct copy *copy, const struct fa_product *product,
			  struct fa_product *out)
{
	size_t count = product->signature_count;
	struct fa_signature *mine = put(copy, product->signatures, count, sizeof(*mine));
	int error = mine == NULL ? FA_EFULL : 0;

	for (size_t i = 0; i < count && error == 0; i++) {
		mine[i].about = "";
		mine[i].source = NULL;
		mine[i].name = put(copy, mine[i].name, strlen(mine[i].name) + 1, 1);
		error = mine[i].name == NULL ? FA_EFULL : 0;
		if (error == 0)
			error = put_patterns(copy, &mine[i].client, mine[i].client_count);
		if (error == 0)
			error = put_patterns(copy, &mine[i].server, mine[i].server_count);
	}
	out->signatures = mine;
	out->signature_count = count;
	return error;
}

int fa_lore_publish(struct fa_lore_shared *shared, const struct fa_policy *policy)
{
	uint64_t next = atomic_load(&shared->generation) + 1;
	const struct fa_rulebook *book = policy->book;
	struct copy *copy = &shared->copies[next & 1];
	struct fa_product *products;
	int error = 0;

	copy->used = 0;
	memset(&copy->book, 0, sizeof(copy->book));
	fa_port_set_fill(&copy->documented, policy);
	products = put(copy, book->products, book->product_count, sizeof(*products));
	if (products == NULL)
		return FA_EFULL;
	memset(products, 0, book->product_count * sizeof(*products));
	for (size_t i = 0; i < book->product_count && error == 0; i++)
		error = put_signatures(copy, &book->products[i], &products[i]);
	if (error != 0)
		return error;
	copy->book.products = products;
	copy->book.product_count = book->product_count;
	atomic_store(&shared->generation, next);
	return 0;
}

uint64_t fa_lore_generation(const struct fa_lore_shared *shared)
{
	return atomic_load(&shared->generation);
}

void fa_lore_adopt(struct fa_lore *lore, const struct fa_lore_shared *shared, uint64_t generation)
{
	const struct copy *copy = &shared->copies[generation & 1];

	if (generation == lore->generation)
		return;
	lore->documented = copy->documented;
	lore->book = copy->book;
	lore->generation = generation;
}
