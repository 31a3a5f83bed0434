/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * MPLS label stacks (RFC 3032). Nothing on the wire says what follows one: that was agreed upon
 * when the label was given out. So it is guessed, from the first nibble (RFC 4928, RFC 4385 section
 * 3) and from what fits:
 *
 * 1. 4 or 6, and an IP header whose lengths agree with what is left: IP. If it leaves a rest and
 * the bytes are an Ethernet header of a known type just as well, that.
 * 2. 0: a control word, if an Ethernet header of a known type follows; else, as any nibble, an
 *    Ethernet header without one, if its type is known. (Many addresses begin with 0.)
 * 3. 4 or 6, and a header that only claims more than is left: IP, which the mirror cut.
 * 4. 1: an associated channel, in which the ends of a pseudowire talk with each other. So is what
 *    follows the label 13 (RFC 5586).
 *
 * What is none of these is FA_DECODE_ENCAPSULATION: a pseudowire of something else. Where nothing
 * but a UDP port says that there are labels at all, lengths must agree exactly.
 *
 * Entropy labels (RFC 6790) are labels like others here.
 */
#include "decode/walk.h"

/* Takes all labels; *LAST is the value of the one at the bottom. */
static enum fa_decode_result take_labels(struct fa_walk *w, uint32_t *last)
{
	enum { LABELS_MAX = 16, BOTTOM = 0x100 };
	struct fa_cursor h;
	uint32_t entry;

	for (unsigned labels = 0; labels < LABELS_MAX; labels++) {
		if (!fa_walk_take(w, 4, &h))
			return fa_walk_short(w, 4, FA_DECODE_MALFORMED_LINK);
		entry = fa_cursor_u32(&h);
		*last = entry >> 12;
		if ((entry & BOTTOM) != 0)
			return FA_DECODE_DECODED;
	}
	return FA_DECODE_TOO_MANY_HEADERS;
}

static enum fa_decode_result walk_channel(const struct fa_walk *w)
{
	return w->doubtful ? FA_DECODE_ENCAPSULATION : FA_DECODE_NOT_IP;
}

/* An Ethernet header, behind a control word if that is what fits. */
static enum fa_decode_result walk_pseudowire(struct fa_walk *w, uint8_t nibble)
{
	enum { CONTROL_WORD = 4 };
	enum fa_look least = w->doubtful ? FA_LOOK_FITS : FA_LOOK_MAYBE;
	enum fa_look behind_word = FA_LOOK_OTHER;
	enum fa_look here;

	if (nibble == 0)
		behind_word = fa_look_ethernet(w, CONTROL_WORD);
	if (behind_word >= least) {
		fa_cursor_skip(&w->c, CONTROL_WORD);
		return fa_walk_ethernet(w);
	}
	here = fa_look_ethernet(w, 0);
	if (here == FA_LOOK_CUT || behind_word == FA_LOOK_CUT)
		return FA_DECODE_TRUNCATED;
	return here >= least ? fa_walk_ethernet(w) : FA_DECODE_ENCAPSULATION;
}

static enum fa_decode_result walk_ip_or_pseudowire(struct fa_walk *w, uint8_t nibble)
{
	enum fa_look ip = fa_look_ip(w, 0);
	enum fa_decode_result result;

	if (ip == FA_LOOK_CUT)
		return FA_DECODE_TRUNCATED;
	if (w->doubtful)
		return ip == FA_LOOK_FILLS ? fa_walk_ip(w) : walk_pseudowire(w, nibble);
	if (ip == FA_LOOK_FILLS || (ip == FA_LOOK_FITS && fa_look_ethernet(w, 0) < FA_LOOK_MAYBE))
		return fa_walk_ip(w);
	result = walk_pseudowire(w, nibble);
	if (ip == FA_LOOK_MAYBE && result == FA_DECODE_ENCAPSULATION)
		return fa_walk_ip(w);
	return result;
}

enum fa_decode_result fa_walk_mpls(struct fa_walk *w)
{
	enum { CHANNEL_LABEL = 13 };
	struct fa_cursor peek;
	uint32_t last;
	uint8_t nibble;
	enum fa_decode_result result;

	if (!fa_walk_enter(w))
		return FA_DECODE_TOO_MANY_HEADERS;
	result = take_labels(w, &last);
	if (result != FA_DECODE_DECODED)
		return result;
	peek = w->c;
	nibble = fa_cursor_u8(&peek) >> 4;
	if (!fa_cursor_ok(&peek))
		return fa_walk_short(w, 1, FA_DECODE_ENCAPSULATION);
	fa_walk_set_layer(w, FA_TUNNEL_MPLS);
	if (last == CHANNEL_LABEL)
		return walk_channel(w);
	if (nibble == 4 || nibble == 6)
		return walk_ip_or_pseudowire(w, nibble);
	result = walk_pseudowire(w, nibble);
	return nibble == 1 && result == FA_DECODE_ENCAPSULATION ? walk_channel(w) : result;
}
