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
};

struct fa_worker_stages {
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
	options.book = setup->job->policy->book;
	options.max_states = setup->max_states;
	error = fa_classifier_new(&stages->classifier, &options);
	if (error != 0) {
		fa_fail(diag, error, "worker: nDPI does not start: %s", fa_strerror(error));
		goto out;
	}
	flow.max_flows = setup->max_flows;
	flow.documented = setup->documented;
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
	struct fa_ring_consumer in;
	struct fa_ring_producer out;
	struct fa_worker_stages *stages;
	int parent;
	uint64_t sent; /* packets in the conversations written so far */
};

/* Puts a record into the ring to the auditor, waiting for space as long as the parent lives. */
static int send(struct worker *worker, uint32_t kind, const void *record, size_t len)
{
	void *space = fa_ring_reserve(&worker->out, len, kind);

	while (space == NULL) {
		int error;

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

	worker->sent +=
		conversation->counts.packets_to_server + conversation->counts.packets_to_client;
	return send(worker, FA_RECORD_CONVERSATION, conversation, sizeof(*conversation));
}

static int send_flow(void *context, const struct fa_flow_record *flow)
{
	return send(context, FA_RECORD_FLOW, flow, sizeof(*flow));
}

static int send_name(void *context, const struct fa_name_answer *answer)
{
	return send(context, FA_RECORD_NAME, answer, sizeof(*answer));
}

/* Everything handed on so far becomes visible, and with it what would be lost with us. */
static void publish(struct worker *worker)
{
	fa_ring_publish(&worker->out);
	worker->shared->counts = *fa_flows_counts(worker->stages->flows);
	atomic_store_explicit(&worker->shared->reported, worker->sent, memory_order_relaxed);
}

static int take_record(struct worker *worker, const void *record, uint32_t len)
{
	struct fa_flows *flows = worker->stages->flows;
	const struct fa_packet *packet = record;
	int error;

	/* The capture process made it, but a check is cheap and a surprise is not. */
	if (len < sizeof(*packet) || len - sizeof(*packet) < packet->captured ||
	    packet->payload_offset > packet->captured)
		return FA_ECORRUPT;
	atomic_store_explicit(&worker->shared->taken, fa_flows_counts(flows)->packets + 1,
			      memory_order_relaxed);
	atomic_store_explicit(&worker->shared->at_position, fa_ring_position(&worker->in),
			      memory_order_relaxed);
	atomic_store_explicit(&worker->shared->at_number, packet->number, memory_order_relaxed);
	error = fa_flows_packet(flows, packet, (const uint8_t *)(packet + 1));
	atomic_store_explicit(&worker->shared->active, fa_flows_active(flows),
			      memory_order_relaxed);
	return error;
}

static int work(struct worker *worker)
{
	uint64_t since_release = 0;
	uint64_t since_flush = 0;
	const void *record;
	uint32_t len, kind;
	int error = 0;

	while (error == 0) {
		record = fa_ring_next(&worker->in, &len, &kind);
		if (record == NULL) {
			publish(worker);
			error = fa_ring_wait_data(&worker->in, WAIT_MS);
			if (error == FA_RING_DRAINED)
				return 0;
			if (error == FA_ETIMEDOUT)
				error = getppid() == worker->parent ? 0 : FA_EDEAD;
			continue;
		}
		error = take_record(worker, record, len);
		if (++since_release == BATCH) {
			fa_ring_release(&worker->in);
			since_release = 0;
		}
		if (error == 0 && ++since_flush == FLUSH_PACKETS) {
			error = fa_flows_flush(worker->stages->flows);
			publish(worker);
			since_flush = 0;
		}
	}
	return error;
}

int fa_worker_main(const struct fa_worker_setup *setup, const struct fa_channel *channel,
		   int parent)
{
	struct fa_worker_shared *shared = channel->worker;
	struct worker worker = {.shared = shared, .parent = parent};
	struct fa_flow_sink sink = {
		.conversation = send_conversation,
		.flow = setup->job->flows != NULL ? send_flow : NULL,
		.name = send_name,
		.context = &worker,
	};
	struct fa_diag *diag = &shared->diag;
	int error = fa_sandbox_tie_to_parent(parent, "fa-worker");

	fa_sandbox_close_descriptors();
	if (error == 0)
		error = fa_ring_consumer_init(&worker.in, channel->packets);
	if (error == 0)
		error = fa_ring_producer_init(&worker.out, channel->conversations);
	if (error == 0)
		error = fa_worker_stages_new(&worker.stages, setup, &sink, diag);
	if (error == 0 && setup->job->sandbox)
		error = fa_sandbox_worker(diag);
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
