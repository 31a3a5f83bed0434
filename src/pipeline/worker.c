/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The worker process. */
#include "pipeline/worker.h"

#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/log.h"
#include "classify/classify.h"
#include "sandbox/sandbox.h"

enum {
	WAIT_MS = 100,
	/* Give space back and publish after this many packets. */
	BATCH = 256,
	/* Conversations are handed on at least this often, so that little is lost with a worker. */
	FLUSH_PACKETS = 1 << 20,
	/* Flows looked at between two batches while a window closes: well below a millisecond. */
	CLOSE_FLOWS = 1024,
	/* Of a packet that is kept for evidence: what an Ethernet carries, and some more. */
	KEPT_BYTES = 2048,
	/* With several rings a sleep on the first must not keep us from the others for long; while
	 * nothing comes at all it may grow. */
	WAIT_MANY_MS = 5,
	/* What is handed on becomes visible after so many bytes; less than the ring would wait for,
	 * so that it is always told with it what would be lost with us. */
	PUBLISH_BYTES = 16 << 10,
};

struct fa_worker_stages {
	struct fa_lore lore;
	struct fa_classifier *classifier;
	struct fa_flows *flows;
};

int fa_worker_stages_new(struct fa_worker_stages **out, const struct fa_worker_setup *setup,
			 const struct fa_flow_sink *sink, struct fa_diag *diag)
{
	struct fa_classifier_options options = fa_classifier_options_default();
	struct fa_worker_stages *stages = calloc(1, sizeof(*stages));
	struct fa_flow_options flow = setup->job->flow;
	struct fa_inspector inspector;
	int error;

	if (stages == NULL)
		return fa_fail(diag, FA_ENOMEM, "worker: no memory");
	fa_lore_adopt(&stages->lore, setup->lore, fa_lore_generation(setup->lore));
	options.book = &stages->lore.book;
	options.max_states = setup->max_states;
	error = fa_classifier_new(&stages->classifier, &options);
	if (error != 0) {
		fa_fail(diag, error, "worker: nDPI does not start: %s", fa_strerror(error));
		goto out;
	}
	flow.max_flows = setup->max_flows;
	flow.keep_packets = setup->keep_packets;
	flow.spread_ends = setup->job->live != NULL;
	flow.documented = &stages->lore.documented;
	inspector = fa_classifier_inspector(stages->classifier);
	error = fa_flows_new(&stages->flows, &flow, &inspector, sink);
	if (error != 0) {
		fa_fail(diag, error, "worker: no memory for %zu flows", flow.max_flows);
		goto out;
	}
	*out = stages;
	return 0;
out:
	fa_worker_stages_free(stages);
	return error;
}

void fa_worker_stages_free(struct fa_worker_stages *stages)
{
	if (stages == NULL)
		return;
	fa_flows_free(stages->flows);
	fa_classifier_free(stages->classifier);
	free(stages);
}

struct fa_flows *fa_worker_stages_flows(struct fa_worker_stages *stages)
{
	return stages->flows;
}

struct worker {
	struct fa_worker_shared *shared;
	const struct fa_lore_shared *lore;
	struct fa_ring_consumer in[FA_LANES_MAX];
	bool drained[FA_LANES_MAX];
	uint64_t marks[FA_LANES_MAX]; /* windows that are over, as each lane says */
	unsigned lanes;
	unsigned wait_ms; /* how long to sleep next */
	struct fa_ring_producer out;
	struct fa_worker_stages *stages;
	int parent;
	uint64_t sent;	  /* packets in the conversations written so far */
	size_t unpublished; /* bytes */
	uint64_t closing; /* the window that is being handed over; 0: none */
	uint64_t since_flush;
};

/* Everything handed on so far becomes visible, and with it what would be lost with us. */
static void publish(struct worker *worker)
{
	fa_ring_publish(&worker->out);
	fa_board_put(worker->shared->counts, fa_flows_counts(worker->stages->flows),
		     FA_BOARD_WORDS(struct fa_worker_counts));
	atomic_store_explicit(&worker->shared->reported, worker->sent, memory_order_relaxed);
	worker->unpublished = 0;
}

static void publish_often(struct worker *worker, size_t len)
{
	worker->unpublished += len;
	if (worker->unpublished >= PUBLISH_BYTES)
		publish(worker);
}

/* Puts a record into the ring to the auditor, waiting for space as long as the parent lives. */
static int send(struct worker *worker, uint32_t kind, const void *record, size_t len)
{
	void *space = fa_ring_reserve(&worker->out, len, kind);

	while (space == NULL) {
		int error;

		publish(worker); /* the wait would */
		atomic_store_explicit(&worker->shared->waiting, true, memory_order_relaxed);
		error = fa_ring_wait_space(&worker->out, len, WAIT_MS);
		if (error == FA_ETIMEDOUT && getppid() != worker->parent)
			error = FA_EDEAD;
		if (error != 0 && error != FA_ETIMEDOUT)
			return error;
		atomic_store_explicit(&worker->shared->waiting, false, memory_order_relaxed);
		space = fa_ring_reserve(&worker->out, len, kind);
	}
	memcpy(space, record, len);
	fa_ring_commit(&worker->out, len);
	return 0;
}

static int send_conversation(void *context, const struct fa_conversation *conversation)
{
	struct worker *worker = context;
	int error = send(worker, FA_RECORD_CONVERSATION, conversation, sizeof(*conversation));

	if (error != 0)
		return error;
	worker->sent +=
		conversation->counts.packets_to_server + conversation->counts.packets_to_client;
	publish_often(worker, sizeof(*conversation));
	return 0;
}

static int send_flow(void *context, const struct fa_flow_record *flow)
{
	int error = send(context, FA_RECORD_FLOW, flow, sizeof(*flow));

	if (error == 0)
		publish_often(context, sizeof(*flow));
	return error;
}

static int send_name(void *context, const struct fa_name_answer *answer)
{
	int error = send(context, FA_RECORD_NAME, answer, sizeof(*answer));

	if (error == 0)
		publish_often(context, sizeof(*answer));
	return error;
}

/* Evidence is welcome, but nothing waits for it. */
static int send_kept(void *context, const struct fa_packet *packet, const uint8_t *ip_bytes)
{
	struct worker *worker = context;
	uint32_t bytes = packet->captured < KEPT_BYTES ? packet->captured : KEPT_BYTES;
	size_t len = sizeof(*packet) + bytes;
	struct fa_packet *copy = fa_ring_reserve(&worker->out, len, FA_RECORD_KEPT);

	if (copy == NULL) {
		atomic_fetch_add_explicit(&worker->shared->kept_dropped, 1, memory_order_relaxed);
		return fa_ring_producer_error(&worker->out);
	}
	*copy = *packet;
	copy->captured = bytes;
	if (copy->payload_offset > bytes)
		copy->payload_offset = bytes;
	memcpy(copy + 1, ip_bytes, bytes);
	fa_ring_commit(&worker->out, len);
	publish_often(worker, len);
	return 0;
}

static void count_packet(struct worker *worker)
{
	atomic_store_explicit(&worker->shared->taken,
			      fa_flows_counts(worker->stages->flows)->packets + 1,
			      memory_order_relaxed);
}

static int take_packet(struct worker *worker, const void *record, uint32_t len)
{
	struct fa_flows *flows = worker->stages->flows;
	const struct fa_packet *packet = record;
	int error;

	/* The capture process made it, but a check is cheap and a surprise is not. */
	if (len < sizeof(*packet) || len - sizeof(*packet) < packet->captured ||
	    packet->payload_offset > packet->captured)
		return FA_ECORRUPT;
	atomic_store_explicit(&worker->shared->at_number, packet->number, memory_order_relaxed);
	atomic_store_explicit(&worker->shared->at_clock_ns, packet->clock_ns,
			      memory_order_relaxed);
	error = fa_flows_packet(flows, packet, (const uint8_t *)(packet + 1));
	atomic_store_explicit(&worker->shared->active, fa_flows_active(flows),
			      memory_order_relaxed);
	return error;
}

/* The window that every lane says is over. */
static uint64_t window_over(const struct worker *worker)
{
	uint64_t window = worker->marks[0];

	for (unsigned lane = 1; lane < worker->lanes; lane++)
		if (worker->marks[lane] < window)
			window = worker->marks[lane];
	return window;
}

/* Begins to hand over what belongs to windows that are over, unless that is going on already. */
static int begin_closing(struct worker *worker)
{
	uint64_t window = window_over(worker);

	if (worker->closing != 0 || window <= atomic_load(&worker->shared->window_seen))
		return 0;
	worker->closing = window;
	atomic_store(&worker->shared->window_seen, window);
	return fa_flows_close_window(worker->stages->flows);
}

static int send_window(struct worker *worker, uint64_t window)
{
	int error = send(worker, FA_RECORD_WINDOW, &window, sizeof(window));

	if (error != 0)
		return error;
	publish(worker);
	fa_ring_flush(&worker->out);
	atomic_store(&worker->shared->window_sent, window);
	return 0;
}

/* Goes on with handing over, a few flows at a time. */
static int close_some(struct worker *worker)
{
	uint64_t window = worker->closing;
	bool done = false;
	int error = fa_flows_close_some(worker->stages->flows, CLOSE_FLOWS, &done);

	if (error != 0 || !done)
		return error;
	worker->closing = 0;
	error = send_window(worker, window);
	return error == 0 ? begin_closing(worker) : error;
}

static int take_tick(struct worker *worker, unsigned lane, const void *record, uint32_t len)
{
	struct fa_tick tick;
	int error;

	if (len != sizeof(tick))
		return FA_ECORRUPT;
	memcpy(&tick, record, sizeof(tick));
	fa_lore_adopt(&worker->stages->lore, worker->lore, tick.lore);
	atomic_store_explicit(&worker->shared->at_clock_ns, tick.clock_ns, memory_order_relaxed);
	error = fa_flows_tick(worker->stages->flows, tick.clock_ns);
	atomic_store_explicit(&worker->shared->active, fa_flows_active(worker->stages->flows),
			      memory_order_relaxed);
	worker->marks[lane] = tick.window;
	return error == 0 ? begin_closing(worker) : error;
}

/* Takes a batch of what LANE has; TAKEN counts it. */
static int take_batch(struct worker *worker, unsigned lane, unsigned *taken)
{
	struct fa_ring_consumer *in = &worker->in[lane];
	const void *record;
	uint32_t len, kind;
	unsigned count = 0;
	int error = 0;

	atomic_store_explicit(&worker->shared->at_lane, lane, memory_order_relaxed);
	while (error == 0 && count < BATCH && (record = fa_ring_next(in, &len, &kind)) != NULL) {
		/* In this order: one that dies in between has counted a packet that the next one
		 * takes, rather than passed over one that nobody counts. */
		if (kind != FA_RECORD_TICK)
			count_packet(worker);
		atomic_store_explicit(&worker->shared->at_position[lane], fa_ring_position(in),
				      memory_order_release);
		error = kind == FA_RECORD_TICK ? take_tick(worker, lane, record, len)
					       : take_packet(worker, record, len);
		count++;
	}
	fa_ring_release(in);
	*taken += count;
	return error != 0 ? error : fa_ring_consumer_error(in);
}

/* Waits for more; FA_RING_DRAINED when no lane will have any. */
static int wait_more(struct worker *worker)
{
	int error = FA_RING_DRAINED;

	publish(worker);
	for (unsigned lane = 0; lane < worker->lanes; lane++) {
		if (worker->drained[lane])
			continue;
		error = fa_ring_wait_data(&worker->in[lane], worker->wait_ms);
		worker->drained[lane] = error == FA_RING_DRAINED;
		if (error != FA_RING_DRAINED)
			break;
	}
	worker->wait_ms = worker->wait_ms < WAIT_MS / 2 ? 2 * worker->wait_ms : WAIT_MS;
	if (error == FA_ETIMEDOUT)
		error = getppid() == worker->parent ? 0 : FA_EDEAD;
	return error;
}

static int work(struct worker *worker)
{
	int error = 0;

	while (error == 0) {
		unsigned taken = 0;

		for (unsigned lane = 0; lane < worker->lanes && error == 0; lane++)
			error = take_batch(worker, lane, &taken);
		if (error == 0 && worker->closing != 0)
			error = close_some(worker);
		else if (error == 0 && taken == 0)
			error = wait_more(worker);
		if (taken > 0)
			worker->wait_ms = worker->lanes == 1 ? WAIT_MS : WAIT_MANY_MS;
		worker->since_flush += taken;
		if (error == 0 && worker->since_flush >= FLUSH_PACKETS) {
			error = fa_flows_flush(worker->stages->flows);
			publish(worker);
			worker->since_flush = 0;
		}
	}
	return error == FA_RING_DRAINED ? 0 : error;
}

int fa_worker_main(const struct fa_worker_setup *setup, const struct fa_channel *channel,
		   int parent)
{
	struct fa_worker_shared *shared = channel->worker;
	struct worker worker = {
		.shared = shared,
		.lore = setup->lore,
		.lanes = setup->job->lanes,
		.wait_ms = WAIT_MANY_MS,
		.parent = parent,
	};
	struct fa_flow_sink sink = {
		.conversation = send_conversation,
		.flow = setup->job->flows != NULL ? send_flow : NULL,
		.name = send_name,
		.packet = setup->keep_packets > 0 ? send_kept : NULL,
		.context = &worker,
	};
	struct fa_diag *diag = &shared->diag;
	int error = fa_sandbox_tie_to_parent(parent, "fa-worker");

	fa_sandbox_close_descriptors();
	for (unsigned lane = 0; lane < worker.lanes && error == 0; lane++)
		error = fa_ring_consumer_init(&worker.in[lane], channel->packets[lane]);
	if (error == 0)
		error = fa_ring_producer_init(&worker.out, channel->conversations);
	if (error == 0)
		fa_ring_producer_tune(&worker.out, UINT64_MAX, UINT64_MAX);
	if (error == 0)
		error = fa_worker_stages_new(&worker.stages, setup, &sink, diag);
	if (error == 0 && setup->job->sandbox)
		error = fa_sandbox_worker(diag);
	/* The one before us died while it handed a window over: what it had is lost and counted. */
	if (error == 0 && atomic_load(&shared->window_sent) < atomic_load(&shared->window_seen))
		error = send_window(&worker, atomic_load(&shared->window_seen));
	if (error == 0)
		error = work(&worker);
	if (error == 0)
		error = fa_flows_finish(worker.stages->flows);
	if (error != 0) {
		fa_fail(diag, error, "worker: %s", fa_strerror(error));
		return 1;
	}
	publish(&worker);
	fa_ring_close(&worker.out);
	return 0;
}
