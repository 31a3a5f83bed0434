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

/*
 * Where a copy is filled. Workers can write to the shared memory, too, and one that was subverted may
 * do so at any time: so nothing that is read back from there is ever followed.
 */
struct filling {
	unsigned char *bytes;
	size_t used;
};

int fa_lore_only_read(struct fa_lore_shared *shared)
{
	return mprotect(shared, sizeof(*shared), PROT_READ) == 0 ? 0 : FA_EDEAD;
}

/* COUNT elements of SIZE copied behind what is there, or NULL. */
static void *put(struct filling *to, const void *from, size_t count, size_t size)
{
	size_t at = (to->used + 15) & ~(size_t)15;

	if (at > LORE_BYTES || count > (LORE_BYTES - at) / size)
		return NULL;
	if (count > 0)
		memcpy(to->bytes + at, from, count * size);
	to->used = at + count * size;
	return to->bytes + at;
}

static int put_patterns(struct filling *to, const struct fa_pattern **out,
			const struct fa_pattern *patterns, size_t count)
{
	struct fa_pattern *mine = put(to, patterns, count, sizeof(*mine));

	if (mine == NULL)
		return FA_EFULL;
	for (size_t i = 0; i < count; i++) {
		const struct fa_pattern copy = {
			.bytes = put(to, patterns[i].bytes, patterns[i].len, 1),
			.mask = put(to, patterns[i].mask, patterns[i].len, 1),
			.len = patterns[i].len,
		};

		if (copy.bytes == NULL || copy.mask == NULL)
			return FA_EFULL;
		mine[i] = copy;
	}
	*out = mine;
	return 0;
}

static int put_signature(struct filling *to, struct fa_signature *out,
			 const struct fa_signature *signature)
{
	struct fa_signature copy = *signature;
	int error;

	copy.about = "";
	copy.source = NULL;
	copy.name = put(to, signature->name, strlen(signature->name) + 1, 1);
	error = copy.name == NULL ? FA_EFULL : 0;
	if (error == 0)
		error = put_patterns(to, &copy.client, signature->client, signature->client_count);
	if (error == 0)
		error = put_patterns(to, &copy.server, signature->server, signature->server_count);
	*out = copy;
	return error;
}

static int put_signatures(struct filling *to, struct fa_product *out,
			  const struct fa_product *product)
{
	size_t count = product->signature_count;
	struct fa_signature *mine = put(to, product->signatures, count, sizeof(*mine));
	int error = mine == NULL ? FA_EFULL : 0;

	for (size_t i = 0; i < count && error == 0; i++)
		error = put_signature(to, &mine[i], &product->signatures[i]);
	memset(out, 0, sizeof(*out));
	out->signatures = mine;
	out->signature_count = count;
	return error;
}

int fa_lore_publish(struct fa_lore_shared *shared, const struct fa_policy *policy)
{
	uint64_t next = atomic_load(&shared->generation) + 1;
	const struct fa_rulebook *book = policy->book;
	struct copy *copy = &shared->copies[next & 1];
	struct filling to = {.bytes = copy->bytes};
	struct fa_product *products =
		put(&to, book->products, book->product_count, sizeof(*products));
	int error = products == NULL ? FA_EFULL : 0;

	for (size_t i = 0; i < book->product_count && error == 0; i++)
		error = put_signatures(&to, &products[i], &book->products[i]);
	if (error != 0)
		return error;
	fa_port_set_fill(&copy->documented, policy);
	copy->book = (struct fa_rulebook){.products = products, .product_count = book->product_count};
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
