/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packets that are kept as evidence: gathering them while a window is open. */
#include "pipeline/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/time.h"
#include "pipeline/keep_internal.h"

enum {
	SEEN_BITS = 20,
	CAPTURED_MAX = 65535, /* of an IP packet; more is nothing that decoding made */
};

/* Of the limit: for gathering, and of that the part in which nothing is left out. */
#define GATHERING_SHARE 4
#define PLENTY_SHARE	4

/*
 * A disk may cost the caller a quarter of its time, and a second at once; what comes while it is
 * slower than that is dropped. After a failure it is tried again ten times a second.
 */
#define CREDIT_SHARE   4
#define CREDIT_MAX_NS  1000000000ll
#define AFTER_FAILURE_NS (-100000000ll / CREDIT_SHARE)

static int failed(const char *folder, int errnum, struct fa_diag *diag)
{
	char safe[512];

	fa_text_safe(folder, strlen(folder), safe, sizeof(safe));
	return fa_fail(diag, fa_error_from_errno(errnum), "saved packets: %s: %s", safe,
		       strerror(errnum));
}

/* A file without a name, where the file system has such; else one whose name is gone at once. */
static int open_nameless(const char *folder)
{
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	char name[4096];

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd;
	if (snprintf(name, sizeof(name), "%s/.flowaudit-XXXXXX", folder) >= (int)sizeof(name)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0)
		unlink(name);
	return fd;
}

int fa_keep_new(struct fa_keep **out, const char *folder, uint64_t limit_bytes,
		struct fa_diag *diag)
{
	struct fa_keep *keep = calloc(1, sizeof(*keep));
	int error = 0;
	int fd;

	if (keep == NULL)
		return fa_fail(diag, FA_ENOMEM, "saved packets: no memory");
	if (limit_bytes < FA_KEEP_MIN_BYTES)
		error = fa_fail(diag, FA_EINVAL,
				"saved packets: the limit must be %llu MiB at least",
				(unsigned long long)(FA_KEEP_MIN_BYTES >> 20));
	keep->limit_bytes = limit_bytes;
	keep->credit_ns = CREDIT_MAX_NS;
	keep->folder = realpath(folder, NULL);
	if (error == 0 && keep->folder == NULL)
		error = failed(folder, errno, diag);
	keep->seen = calloc(1, (size_t)1 << SEEN_BITS);
	if (error == 0 && keep->seen == NULL)
		error = fa_fail(diag, FA_ENOMEM, "saved packets: no memory");
	fd = error == 0 ? open_nameless(keep->folder) : -1;
	if (error == 0 && fd < 0)
		error = failed(folder, errno, diag);
	if (error != 0) {
		fa_keep_free(keep);
		return error;
	}
	close(fd);
	fa_keep_clean(keep->folder);
	*out = keep;
	return 0;
}

void fa_keep_free(struct fa_keep *keep)
{
	if (keep == NULL)
		return;
	fa_keep_candidates_free(keep->now);
	free(keep->folder);
	free(keep->seen);
	free(keep);
}

void fa_keep_candidates_free(struct fa_keep_candidates *candidates)
{
	if (candidates == NULL)
		return;
	atomic_fetch_sub(&candidates->keep->gathered_bytes, candidates->blocks * FA_KEEP_BLOCK);
	if (candidates->fd >= 0)
		close(candidates->fd);
	free(candidates);
}

uint64_t fa_keep_dropped(const struct fa_keep *keep)
{
	return keep->dropped;
}

struct fa_keep_candidates *fa_keep_window_take(struct fa_keep *keep)
{
	struct fa_keep_candidates *candidates = keep->now;

	keep->now = NULL;
	if (candidates != NULL)
		memset(keep->seen, 0, (size_t)1 << SEEN_BITS);
	return candidates;
}

static bool begin_window(struct fa_keep *keep)
{
	struct fa_keep_candidates *candidates = malloc(sizeof(*candidates));

	if (candidates == NULL)
		return false;
	candidates->keep = keep;
	candidates->fd = -1;
	candidates->blocks = 0;
	candidates->trouble = 0;
	candidates->block.used = 0;
	keep->now = candidates;
	return true;
}

/* How often what seems to be the conversation of PACKET was seen in this window, up to 255. */
static unsigned count_seen(struct fa_keep *keep, const struct fa_packet *packet)
{
	uint16_t port = packet->src_port < packet->dst_port ? packet->src_port : packet->dst_port;
	uint64_t kind = (uint64_t)packet->transport << 16 | port;
	uint64_t mixed = (packet->pair_hash ^ kind) * UINT64_C(0x9e3779b97f4a7c15);
	uint8_t *seen = &keep->seen[mixed >> (64 - SEEN_BITS)];

	if (*seen < UINT8_MAX)
		++*seen;
	return *seen;
}

static bool write_block(struct fa_keep_candidates *candidates)
{
	const struct fa_keep_block *block = &candidates->block;
	size_t len = offsetof(struct fa_keep_block, bytes) + block->used;
	off_t at = (off_t)(candidates->blocks * FA_KEEP_BLOCK);
	size_t done = 0;

	if (candidates->fd < 0)
		candidates->fd = open_nameless(candidates->keep->folder);
	if (candidates->fd < 0)
		return false;
	while (done < len) {
		ssize_t wrote = pwrite(candidates->fd, (const char *)block + done, len - done,
				       at + (off_t)done);

		if (wrote < 0 && errno != EINTR)
			return false;
		if (wrote > 0)
			done += (size_t)wrote;
	}
	return true;
}

static bool has_credit(struct fa_keep *keep)
{
	int64_t now_ns = fa_monotonic_ns();

	keep->credit_ns += (now_ns - keep->credit_at_ns) / CREDIT_SHARE;
	keep->credit_at_ns = now_ns;
	if (keep->credit_ns > CREDIT_MAX_NS)
		keep->credit_ns = CREDIT_MAX_NS;
	return keep->credit_ns >= 0;
}

/* Empties the block, onto the disk if there is room. */
static bool make_room(struct fa_keep *keep)
{
	struct fa_keep_candidates *candidates = keep->now;
	uint64_t used = atomic_load(&keep->gathered_bytes) + FA_KEEP_BLOCK;
	int64_t begun_ns;
	bool written;

	if (used > keep->limit_bytes / GATHERING_SHARE || !has_credit(keep))
		return false;
	begun_ns = keep->credit_at_ns;
	written = write_block(candidates);
	if (!written && candidates->trouble == 0)
		candidates->trouble = errno;
	keep->credit_at_ns = fa_monotonic_ns();
	keep->credit_ns -= keep->credit_at_ns - begun_ns;
	if (!written) {
		keep->credit_ns = AFTER_FAILURE_NS;
		return false;
	}
	atomic_fetch_add(&keep->gathered_bytes, FA_KEEP_BLOCK);
	candidates->blocks++;
	candidates->block.used = 0;
	return true;
}

static bool has_plenty(const struct fa_keep *keep)
{
	return keep->now->blocks * FA_KEEP_BLOCK <
	       keep->limit_bytes / (GATHERING_SHARE * PLENTY_SHARE);
}

static bool gather(struct fa_keep *keep, const struct fa_packet *packet, const uint8_t *ip_bytes)
{
	const struct fa_keep_head head = {
		.ts_ns = packet->ts_ns,
		.wire = packet->ip_bytes,
		.captured = packet->captured,
		.tunnel_id = packet->tunnel_id,
		.tunnel = packet->tunnel,
	};
	struct fa_keep_block *block;
	size_t len = sizeof(head) + head.captured;

	if (keep->now == NULL && !begin_window(keep))
		return false;
	if (head.captured > CAPTURED_MAX || head.captured > head.wire)
		return false;
	if (count_seen(keep, packet) > FA_KEEP_PER_CONVERSATION && !has_plenty(keep))
		return false;
	block = &keep->now->block;
	if (block->used + len > sizeof(block->bytes) && !make_room(keep))
		return false;
	memcpy(block->bytes + block->used, &head, sizeof(head));
	memcpy(block->bytes + block->used + sizeof(head), ip_bytes, head.captured);
	block->used += (uint32_t)len;
	return true;
}

void fa_keep_packet(struct fa_keep *keep, const struct fa_packet *packet, const uint8_t *ip_bytes)
{
	if (!gather(keep, packet, ip_bytes))
		keep->dropped++;
}
