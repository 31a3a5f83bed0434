/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the auditor of a live capture gathers. */
#include "pipeline/gathered.h"

#include <stdlib.h>

#include "base/slots.h"

enum { NAMES_MAX = 200000 };

struct fa_gathered *fa_gathered_new(size_t room)
{
	struct fa_gathered *gathered = calloc(1, sizeof(*gathered));

	if (gathered != NULL && fa_convmap_new(&gathered->sums, room) != 0) {
		free(gathered);
		return NULL;
	}
	return gathered;
}

void fa_gathered_free(struct fa_gathered *gathered)
{
	if (gathered == NULL)
		return;
	fa_convmap_free(gathered->sums);
	fa_keep_candidates_free(gathered->kept);
	free(gathered->names);
	free(gathered);
}

void fa_gathered_clear(struct fa_gathered *gathered)
{
	fa_convmap_clear(gathered->sums);
	fa_keep_candidates_free(gathered->kept);
	gathered->kept = NULL;
	gathered->name_count = 0;
	gathered->names_full = false;
	gathered->flags = 0;
	gathered->last = false;
	gathered->part = false;
}

void fa_gathered_name(struct fa_gathered *gathered, const struct fa_name_answer *answer)
{
	if (gathered->name_count >= NAMES_MAX ||
	    !fa_array_reserve((void **)&gathered->names, &gathered->name_room,
			      gathered->name_count + 1, sizeof(*gathered->names)))
		gathered->names_full = true;
	else
		gathered->names[gathered->name_count++] = *answer;
}
