/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a conversation goes to the host names, networks and systems that a row names. */
#ifndef FA_AUDIT_DESTINATION_H
#define FA_AUDIT_DESTINATION_H

#include <stdbool.h>

#include "audit/context.h"
#include "audit/hostname.h"
#include "core/flow.h"
#include "core/policy.h"

/* What a rule says about the far end, best first. */
enum fa_destination {
	FA_TO_HOST,	    /* names hosts, and this is one */
	FA_TO_NETWORK,	    /* names networks or systems, and the server is in one */
	FA_TO_ANYBODY,	    /* does not restrict it */
	FA_TO_UNKNOWN,	    /* restricts it, but the name or the system is not known */
	FA_TO_SOMEBODY_ELSE /* restricts it, and this is another */
};

struct fa_destined {
	enum fa_destination to;
	unsigned differs;	    /* FA_DIFFERS_ HOST, NETWORK */
	bool host_unknown;	    /* a name is demanded, and none was seen in time */
	bool host_expired;	    /* likewise, but a DNS answer had told it long before */
	bool as_unknown;	    /* a system is demanded, and there is no list of prefixes */
	bool as_by_list;	    /* the system fits by the user's list */
	struct fa_called_by called; /* the name that fits */
	const char *other_host;	    /* HOST differs: a host of the row, but of another variant */
	const char *other_value;    /* and of which */
};

/*
 * A destination given by name and by network has to fit both. A DNS answer confirms a name. It
 * contradicts only when it tells the name of another variant of the row: else the address may have
 * had the row's name, too, and the answer was not seen.
 */
void fa_destination_weigh(const struct fa_audit_context *context,
			  const struct fa_conversation *conv, const struct fa_binding *binding,
			  struct fa_destined *out);

#endif
