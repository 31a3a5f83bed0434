/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether a machine is known by a host name: by what its client asked it for (TLS, QUIC, HTTP), by a
 * DNS answer seen before, or for want of these by what the capture file notes down.
 */
#ifndef FA_AUDIT_HOSTNAME_H
#define FA_AUDIT_HOSTNAME_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/names.h"
#include "base/addr.h"

/* The better first. */
enum fa_called {
	FA_CALLED,	     /* by this name */
	FA_CALLED_ONCE,	     /* by a DNS answer that had expired */
	FA_CALLED_UNKNOWN,   /* nobody said by which name */
	FA_CALLED_OTHERWISE  /* it was asked for by another name */
};

/* A machine, and where its name may come from. */
struct fa_machine {
	const struct fa_addr *addr;
	const struct fa_addr *peer;   /* whose questions to DNS count most */
	const char *asked;	      /* the name it was asked for; "" for none */
	const struct fa_names *names; /* NULL: none */
	int64_t at_ns;		      /* answers up to then count */
};

/* How a name became known. */
struct fa_called_by {
	const char *host; /* the pattern that fits, borrowed; NULL: none */
	bool by_dns;	  /* then DNS is the answer, or the note that stands in for it
			     (dns.by_capture); else it was asked for by this name */
	struct fa_name_found dns;
};

/*
 * Whether it rests on what a capture file notes down, and nothing on the wire. That may confirm, and
 * has to be said; it is not enough to refute, or to hide a finding.
 */
static inline bool fa_called_by_capture(const struct fa_called_by *by)
{
	return by->by_dns && by->dns.by_capture;
}

/*
 * Whether HOST is PATTERN: ASCII letters without case (RFC 4343), a final dot is the same name,
 * and "*.example.org" is any name below example.org.
 */
bool fa_host_is(const char *pattern, const char *host);

/* Whether MACHINE is called as PATTERN says. A name that was asked for goes before DNS. */
enum fa_called fa_machine_called(const struct fa_machine *machine, const char *pattern,
				 struct fa_called_by *by);

#endif
