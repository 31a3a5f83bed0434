/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What DNS answers on the wire called addresses, and when they told whom. A connection carries no
 * name of its own unless its protocol does (TLS, HTTP); what its client was told shortly before
 * stands in for it.
 *
 * Names that a capture file notes down (by_capture) are no more than somebody's word. They hold at
 * any time and for every client, but count only for an address about which no DNS answer was seen,
 * or of which some answer said the same: they never contradict DNS.
 *
 * Kept per address, host name, client and minute of packet time: the first and the last answer;
 * and the same once more for "anybody". Nothing here depends on the order of the calls: at the
 * limit a fixed hash decides what stays, so that what is kept is a function of the set of answers,
 * until fa_names_forget() is called.
 */
#ifndef FA_AUDIT_NAMES_H
#define FA_AUDIT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/name.h"

struct fa_names;

/* An answer that gave an address a name, as seen from a later moment. */
struct fa_name_found {
	int64_t age_ns;		 /* from the answer to that moment; >= 0 */
	uint32_t ttl_s;		 /* what the answer allowed */
	struct fa_addr resolver; /* who gave it */
	bool expired;		 /* older than it allowed, and than FA_NAMES_GRACE_S */
	bool own;		 /* it was told to the client asked for, not to somebody else */
	bool by_capture;	 /* no answer: a capture file notes it down; nothing above is set */
};

/* An answer is good for this long whatever it says: of answers within one minute those between
 * the first and the last are not kept, and a TTL of 0 still serves the connection it was for
 * (RFC 1035 section 3.2.1). */
enum { FA_NAMES_GRACE_S = 60 };

/* Names that capture files note down and that are held, and those of an address that are looked at;
 * more are left out. */
enum { FA_NAMES_NOTED_MAX = 65536, FA_NAMES_NOTES_OF = 256 };

/* Holds at most MAX_ENTRIES (an answer takes up to two), about 250 bytes each, and what captures note
 * down. 0 or FA_ENOMEM. */
int fa_names_new(struct fa_names **out, size_t max_entries);
void fa_names_free(struct fa_names *names);

/* Takes one answer, whose texts end with NUL; one without a host name tells nothing. 0 or
 * FA_ENOMEM. */
int fa_names_add(struct fa_names *names, const struct fa_name_answer *answer);

/* Makes what was added so far visible to the functions below; more may be added after. 0 or
 * FA_ENOMEM. */
int fa_names_ready(struct fa_names *names);

/*
 * Gives back the room of answers that were told before BEFORE_NS and were no longer good then
 * (their time to live counts up to 7 days); those that came after one that is still good, about
 * the same, stay with it. For moments at or after BEFORE_NS what stays is found as before. A table
 * that held only part of the answers and is now less than half full takes all of them again.
 *
 * Makes what was added so far visible, as fa_names_ready() does. 0 or FA_ENOMEM, with nothing
 * forgotten. Linear in the number of entries if nothing was added since fa_names_ready().
 */
int fa_names_forget(struct fa_names *names, int64_t before_ns);

/*
 * Whether ADDRESS was told to be HOST (ASCII case does not matter, nor does a final dot) at or
 * before AT_NS: to CLIENT itself if there is such an answer, else to anybody. *OUT is the latest
 * of these answers; without one, what a capture notes down. NAMES and HOST may be NULL: nothing
 * known.
 */
bool fa_names_find(const struct fa_names *names, const struct fa_addr *client,
		   const struct fa_addr *address, const char *host, int64_t at_ns,
		   struct fa_name_found *out);

/*
 * The names of ADDRESS that anybody was told at or before AT_NS, by text, then those that captures
 * note down and that count, by text (one may be there twice): at most MAX of them, borrowed until
 * more is added or forgotten. Of notes that a file heaps upon one address the first FA_NAMES_NOTES_OF
 * are looked at. Returns how many.
 */
size_t fa_names_of(const struct fa_names *names, const struct fa_addr *address, int64_t at_ns,
		   const char **out, size_t max);

/* Whether some answers were not kept, for want of room, that are not too old by now in any case
 * (see fa_names_forget). */
bool fa_names_is_full(const struct fa_names *names);

#endif
