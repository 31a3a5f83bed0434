/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What loss and hours may have made, by arithmetic.
 *
 * Loss. When a share L of all packets is lost, k packets are all lost with L^k, if each is lost by
 * itself. They are not: a ring that is full loses what comes in a row, often a whole flow. So a
 * flow counts for two packets at most: how it begins, and what comes later, since a sender waits a
 * second before it repeats what nobody answered (RFC 6298 section 2.1), which few bursts outlast.
 * With k = min(packets, 2 flows), a difference may be loss when L^k is above one in a hundred. That
 * errs on the side of saying "maybe": what it says nothing about is no loss. A flow that is there may
 * lack a packet that tells: of k flows all do with (1 - (1 - L)^4)^k. Where more than a hundred
 * relations are compared, what happens to one of all of them is likely enough.
 *
 * Hours. What was seen at times of day when the other span did not look says nothing about the
 * traffic, unless the two have no time of day in common at all: then all of it would be so, and
 * that is said once, as a difference of coverage, and as "maybe" here. It is likewise when a
 * kind of tunnel that was seen was looked for at other ports.
 */
#include "audit/drift_work.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define UNLIKELY 0.01

/* Targets that make a sweep, and ports that make "many"; see struct fa_stored_finding. */
#define MANY 20

static const struct fa_span_facts *facts_of(const struct fa_drift_work *work,
					    enum fa_drift_side side)
{
	return side == FA_NOW ? &work->drift->now : &work->drift->before;
}

void fa_drift_say(char *sentence, const char *format, ...)
{
	size_t used = strlen(sentence);
	size_t begun = used;
	va_list args;
	int len;

	if (used > 0 && used + 3 < FA_DRIFT_SENTENCE) {
		memcpy(&sentence[used], "; ", 3);
		used += 2;
	}
	va_start(args, format);
	len = vsnprintf(&sentence[used], FA_DRIFT_SENTENCE - used, format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= FA_DRIFT_SENTENCE - used)
		sentence[begun] = '\0';
}

void fa_drift_percent(double share, char *text, size_t size)
{
	double percent = share * 100;
	int digits = percent >= 9.95 || share <= 0 ? 0 : percent >= 0.095 ? 1 : 2;

	snprintf(text, size, "%.*f%%", digits, percent);
}

static bool may_vanish(const struct fa_drift_work *work, double loss, uint64_t k)
{
	uint64_t relations = work->relation_counts[FA_BEFORE] > work->relation_counts[FA_NOW]
				     ? work->relation_counts[FA_BEFORE]
				     : work->relation_counts[FA_NOW];
	double unlikely = relations > 1 / UNLIKELY ? 1 / (double)relations : UNLIKELY;
	double all = 1;

	for (uint64_t i = 0; i < k && all > unlikely; i++)
		all *= loss;
	return all > unlikely;
}

static uint64_t independent(uint64_t packets, uint64_t flows)
{
	uint64_t k = flows < UINT64_MAX / 2 ? 2 * flows : UINT64_MAX;

	if (k > packets)
		k = packets;
	return k == 0 ? 1 : k;
}

bool fa_drift_may_be_lost(const struct fa_drift_work *work, enum fa_drift_side side,
			  uint64_t packets, uint64_t flows)
{
	double loss = facts_of(work, side)->loss;

	return loss > 0 && may_vanish(work, loss, independent(packets, flows));
}

/*
 * A verdict rests on the first packets of a flow: who began it, whether it was answered, what was
 * said. Each flow that lacks one of these may be judged otherwise.
 */
#define TELLING_PACKETS 4

bool fa_drift_may_be_misjudged(const struct fa_drift_work *work, enum fa_drift_side side,
			       uint64_t flows)
{
	double loss = facts_of(work, side)->loss;
	double whole = 1;

	for (unsigned i = 0; i < TELLING_PACKETS; i++)
		whole *= 1 - loss;
	return loss > 0 && may_vanish(work, 1 - whole, flows == 0 ? 1 : flows);
}

/* "30% of packets were lost (run 12), and this had 3 in 1 flow"; PACKETS 0: only flows count. */
static void say_loss(const struct fa_drift_work *work, enum fa_drift_side side, char *sentence,
		     const char *what, uint64_t packets, uint64_t flows)
{
	char percent[16];
	char count[64] = "";

	fa_drift_percent(facts_of(work, side)->loss, percent, sizeof(percent));
	if (packets > 0)
		snprintf(count, sizeof(count), "%llu packet%s in ", (unsigned long long)packets,
			 packets == 1 ? "" : "s");
	fa_drift_say(sentence, "%s of packets were lost (%.100s), and %s %s%llu flow%s", percent,
		     work->spans[side].words, what, count, (unsigned long long)flows,
		     flows == 1 ? "" : "s");
}

/* --- Hours --- */

static unsigned minute_of_day(int64_t ts_ns)
{
	int64_t minute = fa_bucket_start(ts_ns, FA_MINUTE_NS) / FA_MINUTE_NS % FA_DAY_MINUTES;

	return (unsigned)(minute < 0 ? minute + FA_DAY_MINUTES : minute);
}

/* Whether at most a tenth of the minutes from the first to the last packet are covered. */
static bool lies_outside(const struct fa_drift_cover *cover, const struct fa_drift_total *total)
{
	unsigned first = minute_of_day(total->first_ns);
	unsigned count = 1 + (minute_of_day(total->last_ns) + FA_DAY_MINUTES - first) %
				     FA_DAY_MINUTES;
	unsigned covered = 0;

	for (unsigned i = 0; i < count; i++)
		covered += cover->minutes[(first + i) % FA_DAY_MINUTES];
	return covered * 10 <= count;
}

/* The same of what was seen on several days, by half hours. */
static bool half_hours_lie_outside(const struct fa_drift_cover *cover, uint64_t half_hours)
{
	for (unsigned i = 0; i < FA_DAY_MINUTES; i++)
		if (cover->minutes[i] && (half_hours >> (i / 30) & 1) != 0)
			return false;
	return true;
}

static bool is_outside(const struct fa_drift_work *work, enum fa_drift_side absent,
		       const struct fa_drift_total *total)
{
	const struct fa_drift_cover *cover = &work->cover[absent];

	if (cover->covered == FA_DAY_MINUTES || fa_drift_cover_common(work) == 0)
		return false;
	return total->last_ns - total->first_ns < FA_DAY_NS
		       ? lies_outside(cover, total)
		       : half_hours_lie_outside(cover, total->half_hours);
}

static void say_hours(const struct fa_drift_work *work, enum fa_drift_side absent,
		      const struct fa_drift_total *total, char *sentence)
{
	unsigned first = minute_of_day(total->first_ns);
	unsigned last = minute_of_day(total->last_ns);
	char covers[96];

	fa_drift_cover_text(&work->cover[absent], covers, sizeof(covers));
	fa_drift_say(sentence, "seen %02u:%02u to %02u:%02u, covered (%.100s) is %s", first / 60,
		     first % 60, last / 60, last % 60, work->spans[absent].words, covers);
}

/* --- What is there on one side only --- */

/* Of many services in one line each must be one that loss may have taken. */
static void find_largest(const struct fa_drift_work *work, const struct fa_drift_slice *slice,
			 struct fa_drift_total *total)
{
	total->packets = total->flows = 0;
	for (uint32_t i = 0; i < slice->count; i++) {
		const struct fa_drift_sum *sum = fa_drift_sum_of(
			work, &work->relations[slice->members[i]], slice->side);

		if (sum == NULL)
			continue;
		if (independent(sum->packets, sum->flows) >
		    independent(total->packets, total->flows)) {
			total->packets = sum->packets;
			total->flows = sum->flows;
		}
		if (total->packets == 0) {
			total->packets = sum->packets;
			total->flows = sum->flows;
		}
	}
}

/*
 * A sweep of 22 targets of which some were lost is none of 20. And who began a flow that lacks its
 * beginning is open, so that it may seem to be one of many ports.
 */
static bool explain_bundle(const struct fa_drift_work *work,
			   const struct fa_drift_candidate *candidate,
			   const struct fa_drift_total *total, enum fa_drift_side there,
			   struct fa_drift_reason *out)
{
	enum fa_drift_side absent = fa_drift_other(there);
	const struct fa_drift_relation *relation =
		&work->relations[work->members[candidate->members[there]]];
	double loss = facts_of(work, absent)->loss;
	double left = (double)total->flows * (1 - loss);
	double spread = left * loss; /* the variance */

	if (relation->kind == FA_KIND_PORT)
		return false;
	if (loss > 0 && (left < MANY || (left - MANY) * (left - MANY) < 4 * spread)) {
		say_loss(work, absent, out->maybe, "what makes many of it was", 0, total->flows);
		return true;
	}
	if (!fa_drift_may_be_misjudged(work, there, total->flows))
		return false;
	say_loss(work, there, out->maybe, "this rests on", 0, total->flows);
	return true;
}

/* What is a conversation inside a tunnel for one is a part of the tunnel for the other. */
static bool peels_otherwise(const struct fa_drift_work *work)
{
	const struct fa_drift_basis *before = &work->basis[FA_BEFORE];
	const struct fa_drift_basis *now = &work->basis[FA_NOW];

	return (fa_tunnel_ports_differ(&before->wire.ports, &now->wire.ports) &
		(before->layers | now->layers)) != 0;
}

static bool explain_absence(struct fa_drift_work *work, const struct fa_drift_candidate *candidate,
			    enum fa_drift_side there, struct fa_drift_reason *out)
{
	enum fa_drift_side absent = fa_drift_other(there);
	struct fa_drift_slice slice = fa_drift_slice_of(work, candidate, there);
	struct fa_drift_total total;

	fa_drift_total(work, &slice, &total);
	if (work->cover[absent].covered == 0) {
		out->cause = FA_CAUSE_COVERAGE;
		fa_drift_say(out->why, "no packet was seen (%.100s)", work->spans[absent].words);
		return true;
	}
	if (is_outside(work, absent, &total)) {
		out->cause = FA_CAUSE_COVERAGE;
		say_hours(work, absent, &total, out->why);
		return true;
	}
	if (fa_drift_cover_common(work) == 0)
		fa_drift_say(out->maybe, "the two have no time of day in common");
	if (peels_otherwise(work))
		fa_drift_say(out->maybe, "tunnels were not taken off alike");
	if (candidate->is_joined)
		find_largest(work, &slice, &total);
	if (!fa_drift_may_be_lost(work, absent, total.packets, total.flows))
		return explain_bundle(work, candidate, &total, there, out);
	say_loss(work, absent, out->maybe,
		 candidate->is_joined ? "the largest of these had" : "this had",
		 total.packets, total.flows);
	return true;
}

/* --- What changed --- */

/* Flows on a side that are judged so. */
static uint64_t flows_judged(const struct fa_drift_work *work, const struct fa_drift_slice *slice,
			     enum fa_verdict verdict)
{
	uint64_t flows = 0;

	for (uint32_t i = 0; i < slice->count; i++) {
		const struct fa_drift_sum *sum = fa_drift_sum_of(
			work, &work->relations[slice->members[i]], slice->side);

		if (sum == NULL)
			continue;
		FA_DRIFT_EACH_STRAND(work, sum, strand)
			if (work->judgements[strand->judgement].verdict == verdict)
				flows += strand->flows > 0 ? strand->flows : 1;
	}
	return flows;
}

static bool is_thin(enum fa_verdict verdict)
{
	return verdict == FA_VERDICT_REFUSED || verdict == FA_VERDICT_INDETERMINATE;
}

/*
 * Loss makes flows look refused, or too thin to judge: about that share of all of them, or all of
 * a few. And it takes the flows that decided.
 */
static bool explain_verdict(struct fa_drift_work *work, const struct fa_drift_candidate *candidate,
			    struct fa_drift_reason *out)
{
	for (unsigned side = 0; side < FA_SIDES; side++) {
		enum fa_drift_side other = fa_drift_other(side);
		struct fa_drift_slice slice = fa_drift_slice_of(work, candidate, side);
		uint32_t decides = fa_drift_deciding(work, &slice, false);
		double loss = facts_of(work, side)->loss;
		struct fa_drift_total total;
		enum fa_verdict verdict;
		uint64_t flows;

		if (decides == FA_DRIFT_NONE)
			return false;
		verdict = work->judgements[decides].verdict;
		flows = flows_judged(work, &slice, verdict);
		fa_drift_total(work, &slice, &total);
		if (is_thin(verdict) && loss > UNLIKELY &&
		    ((double)flows <= loss * (double)total.flows ||
		     fa_drift_may_be_lost(work, side, flows, flows))) {
			say_loss(work, side, out->maybe, "this rests on", 0, flows);
			return true;
		}
		if (fa_drift_importance(verdict) <= fa_drift_importance(FA_VERDICT_DISCOURAGED) &&
		    flows < total.flows && fa_drift_may_be_lost(work, other, UINT64_MAX, flows)) {
			say_loss(work, other, out->maybe, "what decided was", 0, flows);
			return true;
		}
		if (fa_drift_may_be_misjudged(work, side, total.flows)) {
			say_loss(work, side, out->maybe, "this rests on", 0, total.flows);
			return true;
		}
	}
	return false;
}

/* Flows of protocols that only one side has, if all of these may have been lost on the other. */
static bool explain_protocol(struct fa_drift_work *work, const struct fa_drift_candidate *candidate,
			     struct fa_drift_reason *out)
{
	uint64_t news[FA_SIDES] = {0, 0};
	bool may_be = false;

	for (unsigned side = 0; side < FA_SIDES; side++) {
		struct fa_drift_slice slice = fa_drift_slice_of(work, candidate, side);

		fa_drift_shares(work, &slice);
	}
	for (size_t i = 0; i < work->touched_count; i++)
		for (unsigned side = 0; side < FA_SIDES; side++)
			if (work->shares[fa_drift_other(side)][work->touched[i]].named == 0)
				news[side] += work->shares[side][work->touched[i]].seen;
	fa_drift_shares_clear(work);
	for (unsigned side = 0; side < FA_SIDES; side++) {
		enum fa_drift_side other = fa_drift_other(side);

		if (news[side] == 0)
			continue;
		if (fa_drift_may_be_lost(work, other, UINT64_MAX, news[side]))
			say_loss(work, other, out->maybe, "it was seen in", 0, news[side]);
		else if (fa_drift_may_be_misjudged(work, side, news[side]))
			say_loss(work, side, out->maybe, "this rests on", 0, news[side]);
		else
			return false;
		may_be = true;
	}
	return may_be;
}

/* Clients that are fewer because some were lost, or came at other times. */
static bool explain_clients(struct fa_drift_work *work, const struct fa_drift_candidate *candidate,
			    struct fa_drift_reason *out)
{
	struct fa_drift_total totals[FA_SIDES];
	enum fa_drift_side more;
	enum fa_drift_side less;
	double ratio;

	for (unsigned side = 0; side < FA_SIDES; side++) {
		struct fa_drift_slice slice = fa_drift_slice_of(work, candidate, side);

		fa_drift_total(work, &slice, &totals[side]);
	}
	more = totals[FA_NOW].clients > totals[FA_BEFORE].clients ? FA_NOW : FA_BEFORE;
	less = fa_drift_other(more);
	if (fa_drift_may_be_lost(work, less, totals[more].packets / totals[more].clients,
				 totals[more].flows / totals[more].clients)) {
		say_loss(work, less, out->maybe, "a client had about",
			 totals[more].packets / totals[more].clients,
			 totals[more].flows / totals[more].clients);
		return true;
	}
	ratio = fa_drift_hours(work, less) / fa_drift_hours(work, more);
	if (ratio * (double)totals[more].clients >=
	    (double)totals[less].clients * work->options.factor)
		return false;
	fa_drift_say(out->maybe, "%.1f hours are covered (%.100s), %.1f (%.100s)",
		     fa_drift_hours(work, less), work->spans[less].words,
		     fa_drift_hours(work, more), work->spans[more].words);
	return true;
}

bool fa_drift_explain(struct fa_drift_work *work, const struct fa_drift_candidate *candidate,
		      struct fa_drift_reason *out)
{
	switch ((enum fa_drift_section)candidate->section) {
	case FA_DRIFT_APPEARED:
		return explain_absence(work, candidate, FA_NOW, out);
	case FA_DRIFT_VANISHED:
		return explain_absence(work, candidate, FA_BEFORE, out);
	default:
		break;
	}
	switch ((enum fa_drift_aspect)candidate->aspect) {
	case FA_ASPECT_VERDICT:
		/* A cause that is known needs no other. */
		return out->cause == FA_CAUSE_TRAFFIC && explain_verdict(work, candidate, out);
	case FA_ASPECT_PROTOCOL:
		return explain_protocol(work, candidate, out);
	case FA_ASPECT_CLIENT_COUNT:
		return explain_clients(work, candidate, out);
	default:
		return false;
	}
}
