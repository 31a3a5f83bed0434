/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bounded file of conversations that could not be stored. */
#include "pipeline/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xxhash.h>

#include "base/text.h"

/* Whoever changes struct fa_conversation or these, counts on. */
enum { VERSION = 2, NAMES_MAX = 100, RECORDS_AT_ONCE = 128 };

struct head {
	char magic[8];
	uint32_t version, record_bytes;
	int64_t run;
	uint64_t done; /* records that nobody needs any more */
};

static const char magic[8] = "fa-spool";

struct record {
	uint32_t version, length; /* of what is checked */
	uint64_t checksum;	  /* XXH3, seeded with the number of the record */
	struct fa_conversation conversation;
};

struct fa_spool {
	char *path;
	int fd;
	struct head head;
	uint64_t max_bytes;
	uint64_t written;		       /* records in the file */
	size_t pending;			       /* after them */
	uint64_t walked;		       /* up to here the last walk came */
	struct record records[RECORDS_AT_ONCE]; /* the pending ones */
};

static int failed(const char *path, const char *what, int errnum, struct fa_diag *diag)
{
	char safe[512];

	fa_text_safe(path, strlen(path), safe, sizeof(safe));
	return fa_fail(diag, fa_error_from_errno(errnum), "spool: %s: %s%s", safe, what,
		       strerror(errnum));
}

static off_t place_of(uint64_t number)
{
	return (off_t)(sizeof(struct head) + number * sizeof(struct record));
}

static uint64_t checksum_of(const struct record *record, uint64_t number)
{
	return XXH3_64bits_withSeed(&record->conversation, sizeof(record->conversation), number);
}

/* All or nothing: what a failed write leaves behind is written over by the next. */
static int write_at(int fd, const void *data, size_t len, off_t at)
{
	size_t done = 0;

	while (done < len) {
		ssize_t wrote = pwrite(fd, (const char *)data + done, len - done, at + (off_t)done);

		if (wrote < 0 && errno != EINTR)
			return errno;
		if (wrote > 0)
			done += (size_t)wrote;
	}
	return 0;
}

/* Reads until the end at most; negative: minus an errno value. */
static ssize_t read_at(int fd, void *data, size_t len, off_t at)
{
	size_t done = 0;

	while (done < len) {
		ssize_t got = pread(fd, (char *)data + done, len - done, at + (off_t)done);

		if (got == 0)
			break;
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got > 0)
			done += (size_t)got;
	}
	return (ssize_t)done;
}

static int write_head(const struct fa_spool *spool)
{
	return write_at(spool->fd, &spool->head, sizeof(spool->head), 0);
}

static int make_file(struct fa_spool *spool, const char *folder, int64_t run, struct fa_diag *diag)
{
	int error = EEXIST;

	for (unsigned i = 1; i <= NAMES_MAX && error == EEXIST; i++) {
		char number[16] = "";

		free(spool->path);
		if (i > 1)
			snprintf(number, sizeof(number), "-%u", i);
		if (asprintf(&spool->path, "%s/flowaudit-%" PRId64 "%s.spool", folder, run,
			     number) < 0) {
			spool->path = NULL;
			return fa_fail(diag, FA_ENOMEM, "spool: no memory");
		}
		spool->fd = open(spool->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
				 0600);
		error = spool->fd < 0 ? errno : 0;
	}
	return error == 0 ? 0 : failed(spool->path, "", error, diag);
}

int fa_spool_open(struct fa_spool **out, const char *folder, int64_t run, uint64_t max_bytes,
		  struct fa_diag *diag)
{
	struct fa_spool *spool = calloc(1, sizeof(*spool));
	int error;

	if (spool == NULL)
		return fa_fail(diag, FA_ENOMEM, "spool: no memory");
	spool->fd = -1;
	spool->head = (struct head){
		.version = VERSION,
		.record_bytes = sizeof(struct record),
		.run = run,
	};
	memcpy(spool->head.magic, magic, sizeof(magic));
	spool->max_bytes = max_bytes;
	if (max_bytes < sizeof(struct head) + sizeof(struct record))
		error = fa_fail(diag, FA_EINVAL,
				"spool: %" PRIu64 " bytes have no room for a conversation",
				max_bytes);
	else
		error = make_file(spool, folder, run, diag);
	if (error != 0)
		goto out;
	if (flock(spool->fd, LOCK_EX | LOCK_NB) != 0)
		error = failed(spool->path, "", errno, diag);
	else if (write_head(spool) != 0)
		error = failed(spool->path, "", errno, diag);
	if (error != 0)
		goto out;
	*out = spool;
	return 0;
out:
	fa_spool_close(spool);
	return error;
}

void fa_spool_close(struct fa_spool *spool)
{
	if (spool == NULL)
		return;
	if (spool->fd >= 0) {
		if (fa_spool_count(spool) == 0)
			unlink(spool->path);
		else
			(void)fa_spool_flush(spool, NULL);
		close(spool->fd);
	}
	free(spool->path);
	free(spool);
}

/* Records, with those that are done. */
static uint64_t all_of(const struct fa_spool *spool)
{
	return spool->written + spool->pending;
}

uint64_t fa_spool_count(const struct fa_spool *spool)
{
	return all_of(spool) - spool->head.done;
}

uint64_t fa_spool_bytes(const struct fa_spool *spool)
{
	return fa_spool_count(spool) == 0 ? 0 : (uint64_t)place_of(all_of(spool));
}

static int write_pending(struct fa_spool *spool, struct fa_diag *diag)
{
	int error = write_at(spool->fd, spool->records, spool->pending * sizeof(struct record),
			     place_of(spool->written));

	if (error != 0)
		return failed(spool->path, "", error, diag);
	spool->written += spool->pending;
	spool->pending = 0;
	return 0;
}

int fa_spool_add(struct fa_spool *spool, const struct fa_conversation *conversation,
		 struct fa_diag *diag)
{
	uint64_t number = all_of(spool);
	struct record *record;
	int error = 0;

	if ((uint64_t)place_of(number + 1) > spool->max_bytes)
		return failed(spool->path, "it may not grow any more: ", ENOSPC, diag);
	if (spool->pending == RECORDS_AT_ONCE)
		error = write_pending(spool, diag);
	if (error != 0)
		return error;
	record = &spool->records[spool->pending++];
	memset(record, 0, sizeof(*record));
	record->version = VERSION;
	record->length = sizeof(record->conversation);
	record->conversation = *conversation;
	record->checksum = checksum_of(record, number);
	return 0;
}

int fa_spool_flush(struct fa_spool *spool, struct fa_diag *diag)
{
	int error = spool->pending > 0 ? write_pending(spool, diag) : 0;

	if (error == 0 && fdatasync(spool->fd) != 0)
		error = failed(spool->path, "", errno, diag);
	return error;
}

static bool is_whole(const struct record *record, uint64_t number)
{
	return record->version == VERSION && record->length == sizeof(record->conversation) &&
	       record->checksum == checksum_of(record, number);
}

/* What one walk over the records of a file needs. */
struct walk {
	int fd;
	uint64_t next; /* record */
	uint64_t end;  /* of a file that others left: as many as there are */
	int (*fn)(void *arg, const struct fa_conversation *conversation);
	void *arg;
	uint64_t whole;
};

/* The COUNT records from number NEXT on. One at which FN stops counts as not seen. */
static int walk_some(struct walk *walk, const struct record *records, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool whole = is_whole(&records[i], walk->next);
		int stopped = 0;

		if (whole && walk->fn != NULL)
			stopped = walk->fn(walk->arg, &records[i].conversation);
		if (stopped != 0)
			return stopped;
		walk->whole += whole;
		walk->next++;
	}
	return 0;
}

/* What FN returned, or minus an errno value in *FAILED. */
static int walk_file(struct walk *walk, struct record *buffer, int *errnum)
{
	int stopped = 0;

	*errnum = 0;
	while (walk->next < walk->end && stopped == 0) {
		uint64_t left = walk->end - walk->next;
		size_t count = left < RECORDS_AT_ONCE ? (size_t)left : RECORDS_AT_ONCE;
		ssize_t got =
			read_at(walk->fd, buffer, count * sizeof(*buffer), place_of(walk->next));

		if (got < 0) {
			*errnum = (int)-got;
			return 0;
		}
		count = (size_t)got / sizeof(*buffer);
		if (count == 0)
			break;
		stopped = walk_some(walk, buffer, count);
	}
	return stopped;
}

int fa_spool_each(struct fa_spool *spool,
		  int (*fn)(void *arg, const struct fa_conversation *conversation), void *arg,
		  uint64_t *damaged, struct fa_diag *diag)
{
	struct walk walk = {
		.fd = spool->fd,
		.next = spool->head.done,
		.end = spool->written,
		.fn = fn,
		.arg = arg,
	};
	struct record *buffer = malloc(RECORDS_AT_ONCE * sizeof(*buffer));
	size_t in_memory;
	int errnum;
	int error;

	spool->walked = spool->head.done;
	if (buffer == NULL)
		return fa_fail(diag, FA_ENOMEM, "spool: no memory");
	error = walk_file(&walk, buffer, &errnum);
	free(buffer);
	if (errnum != 0)
		return failed(spool->path, "cannot be read: ", errnum, diag);
	if (error == 0) {
		if (walk.next < spool->written)
			walk.next = spool->written; /* the end is missing: damaged */
		in_memory = (size_t)(walk.next - spool->written);
		error = walk_some(&walk, &spool->records[in_memory], spool->pending - in_memory);
	}
	spool->walked = walk.next;
	*damaged = walk.next - spool->head.done - walk.whole;
	return error;
}

void fa_spool_done(struct fa_spool *spool)
{
	spool->head.done = spool->walked;
	(void)write_head(spool); /* only for whoever finds the file when this process is gone */
}

int fa_spool_clear(struct fa_spool *spool, struct fa_diag *diag)
{
	if (ftruncate(spool->fd, place_of(0)) != 0)
		return failed(spool->path, "", errno, diag);
	spool->written = 0;
	spool->pending = 0;
	spool->head.done = 0;
	spool->walked = 0;
	(void)write_head(spool);
	return 0;
}

/* flowaudit-N.spool, flowaudit-N-M.spool */
static bool has_name_of_spool(const char *name)
{
	unsigned number;
	int64_t run;
	int end = 0;

	if (sscanf(name, "flowaudit-%" SCNd64 "%n", &run, &end) < 1 || end == 0)
		return false;
	name += end;
	end = 0;
	if (sscanf(name, "-%u%n", &number, &end) == 1)
		name += end;
	return strcmp(name, ".spool") == 0;
}

static int count_records(int fd, uint64_t done, struct fa_spool_leftover *leftover)
{
	struct walk walk = {.fd = fd, .next = done, .end = UINT64_MAX};
	struct record *buffer = malloc(RECORDS_AT_ONCE * sizeof(*buffer));
	int errnum;

	if (buffer == NULL)
		return FA_ENOMEM;
	(void)walk_file(&walk, buffer, &errnum); /* what can be read counts */
	leftover->conversations = walk.whole;
	free(buffer);
	return 0;
}

static bool is_empty(const struct head *head, uint64_t bytes)
{
	uint64_t records = bytes - sizeof(*head);

	return records % sizeof(struct record) == 0 && records / sizeof(struct record) == head->done;
}

static int look_at(int fd, const char *path, uint64_t bytes,
		   int (*fn)(void *arg, const struct fa_spool_leftover *leftover), void *arg)
{
	struct fa_spool_leftover leftover = {.path = path, .bytes = bytes};
	struct head head;
	int error = 0;

	if (read_at(fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
	    memcmp(head.magic, magic, sizeof(magic)) != 0)
		return 0; /* not ours, or torn before the first conversation */
	leftover.run = head.run;
	leftover.readable = head.version == VERSION && head.record_bytes == sizeof(struct record);
	if (leftover.readable && is_empty(&head, bytes)) {
		unlink(path);
		return 0;
	}
	if (leftover.readable)
		error = count_records(fd, head.done, &leftover);
	return error != 0 ? error : fn(arg, &leftover);
}

/* One that is locked has a process. */
static int look_at_path(const char *path,
			int (*fn)(void *arg, const struct fa_spool_leftover *leftover), void *arg)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	int result = 0;

	if (fd < 0)
		return 0;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && flock(fd, LOCK_SH | LOCK_NB) == 0)
		result = look_at(fd, path, (uint64_t)st.st_size, fn, arg);
	close(fd);
	return result;
}

int fa_spool_leftovers(const char *folder,
		       int (*fn)(void *arg, const struct fa_spool_leftover *leftover), void *arg,
		       struct fa_diag *diag)
{
	DIR *entries = opendir(folder);
	const struct dirent *entry;
	int result = 0;

	if (entries == NULL)
		return failed(folder, "", errno, diag);
	while (result == 0 && (entry = readdir(entries)) != NULL) {
		char *path;

		if (!has_name_of_spool(entry->d_name))
			continue;
		if (asprintf(&path, "%s/%s", folder, entry->d_name) < 0) {
			result = fa_fail(diag, FA_ENOMEM, "spool: no memory");
			break;
		}
		result = look_at_path(path, fn, arg);
		free(path);
	}
	closedir(entries);
	return result;
}
