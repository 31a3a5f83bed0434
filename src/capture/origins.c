/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interfaces that captures describe. */
#include "capture/origins.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/slots.h"
#include "capture/source.h"

int fa_origins_add(struct fa_origins *origins, const struct fa_run_interface *like,
		   uint32_t *number)
{
	void *items = origins->items;

	*number = FA_ORIGINS_MAX - 1;
	if (origins->count == FA_ORIGINS_MAX)
		return FA_OK;
	if (!fa_array_reserve(&items, &origins->room, origins->count + 1, sizeof(*like)))
		return FA_ENOMEM;
	origins->items = items;
	*number = (uint32_t)origins->count;
	origins->items[origins->count++] = *like;
	return FA_OK;
}

void fa_origins_deinit(struct fa_origins *origins)
{
	free(origins->items);
	*origins = (struct fa_origins){.count = 0};
}

void fa_origins_count(const struct fa_origins *origins, struct fa_capture_counts *counts)
{
	counts->link_type_count = 0;
	counts->dropped_kernel = 0;
	counts->dropped_interface = 0;
	for (size_t i = 0; i < origins->count; i++) {
		const struct fa_run_interface *origin = &origins->items[i];

		fa_source_add_link_type(counts, origin->link_type);
		counts->dropped_kernel += origin->dropped_kernel;
		counts->dropped_interface += origin->dropped_interface;
	}
}

void fa_origins_list(const struct fa_origins *origins, struct fa_run_interfaces *out)
{
	size_t count = origins->count < FA_INTERFACES_MAX ? origins->count : FA_INTERFACES_MAX;

	memset(out, 0, sizeof(*out));
	if (count > 0)
		memcpy(out->items, origins->items, count * sizeof(out->items[0]));
	out->count = (uint32_t)count;
	out->more = (uint32_t)(origins->count - count);
}
