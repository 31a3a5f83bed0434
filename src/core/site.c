/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking up addresses in what a site says. */
#include "core/site.h"

/* Position behind the last of COUNT prefixes, STRIDE bytes apart, that begins at or before ADDR. */
static size_t behind(const struct fa_prefix *first, size_t count, size_t stride,
		     const struct fa_addr *addr)
{
	size_t low = 0;
	size_t high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct fa_prefix *prefix =
			(const void *)((const char *)first + middle * stride);

		if (fa_addr_compare(&prefix->addr, addr) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct fa_place *fa_site_role_place(const struct fa_site_role *role,
					  const struct fa_addr *addr)
{
	const struct fa_place *place;
	size_t at;

	if (role->prefix_count == 0)
		return NULL;
	at = behind(&role->places[0].prefix, role->prefix_count, sizeof(*role->places), addr);
	if (at == 0)
		return NULL;
	place = &role->places[at - 1]; /* they are disjoint: no other can hold it */
	return fa_prefix_contains(&place->prefix, addr) ? place : NULL;
}

uint32_t fa_as_of(const struct fa_as_list *systems, const struct fa_addr *addr)
{
	size_t at;

	if (systems->count == 0)
		return 0;
	at = behind(&systems->items[0].prefix, systems->count, sizeof(*systems->items), addr);
	/* Whatever lies between ADDR and the longest prefix around it lies within that prefix. */
	while (at > 0 && !fa_prefix_contains(&systems->items[at - 1].prefix, addr))
		at--;
	return at == 0 ? 0 : systems->items[at - 1].asn;
}
