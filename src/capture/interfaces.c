/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Network interfaces: names, states, losses. Nothing here needs a privilege. */
#include "capture/interfaces.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <net/if.h>

#include "base/like.h"
#include "base/text.h"
#include "capture/live.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define LABEL	     64
#define LIST_TEXT    384
#define PATH_TEXT    256

/* An interface as fa_interfaces_text lists it; the name comes first, for base/like.h. */
struct listed {
	const char *name;
	unsigned rank; /* order in the list */
};

enum rank { RANK_UP, RANK_ANY, RANK_LOOPBACK, RANK_DOWN };

static bool set_name(struct ifreq *request, const char *name)
{
	memset(request, 0, sizeof(*request));
	return fa_text_copy(request->ifr_name, sizeof(request->ifr_name), name);
}

unsigned fa_interface_index(int fd, const char *name)
{
	struct ifreq request;

	if (!set_name(&request, name) || ioctl(fd, SIOCGIFINDEX, &request) != 0 ||
	    request.ifr_ifindex <= 0)
		return 0;
	return (unsigned)request.ifr_ifindex;
}

int fa_interface_kind(int fd, const char *name)
{
	struct ifreq request;

	if (!set_name(&request, name) || ioctl(fd, SIOCGIFHWADDR, &request) != 0)
		return -1;
	return request.ifr_hwaddr.sa_family;
}

static int flags_of(int fd, const char *name)
{
	struct ifreq request;

	if (!set_name(&request, name) || ioctl(fd, SIOCGIFFLAGS, &request) != 0)
		return -1;
	return (unsigned short)request.ifr_flags;
}

int fa_interface_flags(int fd, unsigned index)
{
	struct ifreq request = {.ifr_ifindex = (int)index};

	if (ioctl(fd, SIOCGIFNAME, &request) != 0)
		return -1;
	return ioctl(fd, SIOCGIFFLAGS, &request) != 0 ? -1 : (unsigned short)request.ifr_flags;
}

static unsigned rank_of(int flags)
{
	if (flags < 0 || (flags & IFF_UP) == 0)
		return RANK_DOWN;
	return (flags & IFF_LOOPBACK) != 0 ? RANK_LOOPBACK : RANK_UP;
}

static int by_rank(const void *a, const void *b)
{
	const struct listed *x = a;
	const struct listed *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* All interfaces and "any", sorted; NULL when they cannot be listed. NAMES owns the texts. */
static struct listed *list(struct if_nameindex **names, size_t *count)
{
	struct listed *items;
	size_t n = 0;
	int fd;

	*names = if_nameindex();
	if (*names == NULL)
		return NULL;
	while ((*names)[n].if_index != 0)
		n++;
	items = calloc(n + 1, sizeof(*items));
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	for (size_t i = 0; i < n && items != NULL; i++) {
		unsigned rank = fd < 0 ? RANK_UP : rank_of(flags_of(fd, (*names)[i].if_name));

		items[i] = (struct listed){.name = (*names)[i].if_name, .rank = rank};
	}
	if (fd >= 0)
		close(fd);
	if (items == NULL) {
		if_freenameindex(*names);
		return NULL;
	}
	items[n] = (struct listed){.name = "any", .rank = RANK_ANY};
	*count = n + 1;
	qsort(items, *count, sizeof(*items), by_rank);
	return items;
}

/* Appends TEXT, or "..." when that is all there is room for; false then. */
static bool append(char *out, size_t size, size_t *used, const char *text, bool is_last)
{
	static const char more[] = ", ...";
	size_t len = strlen(text);

	if (*used + len + (is_last ? 1 : sizeof(more)) <= size) {
		memcpy(out + *used, text, len + 1);
		*used += len;
		return true;
	}
	if (*used + sizeof(more) <= size)
		memcpy(out + *used, more, sizeof(more));
	return false;
}

static void write_list(const struct listed *items, size_t count, char *out, size_t size)
{
	char label[LABEL];
	char text[LABEL + 16];
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		fa_text_safe(items[i].name, strlen(items[i].name), label, sizeof(label));
		snprintf(text, sizeof(text), "%s%s%s", i > 0 ? ", " : "", label,
			 items[i].rank == RANK_DOWN ? " (down)" : "");
		if (!append(out, size, &used, text, i + 1 == count))
			return;
	}
}

size_t fa_interfaces_text(char *out, size_t size)
{
	struct if_nameindex *names;
	struct listed *items;
	size_t count;

	if (size > 0)
		out[0] = '\0';
	items = list(&names, &count);
	if (items == NULL)
		return 0;
	write_list(items, count, out, size);
	free(items);
	if_freenameindex(names);
	return count - 1;
}

int fa_interface_missing(const char *name, struct fa_diag *diag)
{
	struct if_nameindex *names;
	struct fa_like_hint hint = {.text = ""};
	struct listed *items;
	size_t count;
	char label[LABEL];
	char near[LABEL];
	char all[LIST_TEXT] = "";
	const char *nearest;

	fa_text_safe(name, strlen(name), label, sizeof(label));
	items = list(&names, &count);
	if (items == NULL)
		return fa_fail(diag, FA_ENOENT, "there is no interface \"%s\"", label);
	nearest = fa_like_nearest(&(struct fa_like_names){items, count, sizeof(*items)}, name);
	if (nearest != NULL)
		fa_like_hint(&hint, fa_text_safe(nearest, strlen(nearest), near, sizeof(near)));
	write_list(items, count, all, sizeof(all));
	free(items);
	if_freenameindex(names);
	return fa_fail(diag, FA_ENOENT, "there is no interface \"%s\"%s; there are %s", label,
		       hint.text, all);
}

/* The number in the file at FD; false when there is none, as when the interface is gone. */
static bool read_number(int fd, uint64_t *number)
{
	char text[32];
	ssize_t len = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);

	if (len <= 0)
		return false;
	text[len] = '\0';
	*number = strtoull(text, NULL, 10);
	return true;
}

static int open_in(const char *folder, const char *name)
{
	char path[PATH_TEXT];
	int len = snprintf(path, sizeof(path), "%s/%s", folder, name);

	if (len < 0 || (size_t)len >= sizeof(path))
		return -1;
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* /sys shows the network namespace that mounted it, which need not be ours. */
static bool is_ours(const char *folder, unsigned index)
{
	uint64_t number = 0;
	int fd = open_in(folder, "ifindex");
	bool ours = read_number(fd, &number) && number == index;

	if (fd >= 0)
		close(fd);
	return ours;
}

void fa_interface_losses_open(struct fa_interface_losses *losses, const char *folder,
			      const char *name, unsigned index)
{
	/* Packets for which the device had no buffer, and overflows of its queue
	 * (Documentation/networking/statistics.rst of Linux). */
	static const char *const files[] = {"statistics/rx_missed_errors",
					    "statistics/rx_fifo_errors"};
	char path[PATH_TEXT];
	bool ours;

	if (folder == NULL) {
		snprintf(path, sizeof(path), "/sys/class/net/%s", name);
		folder = path;
	}
	ours = is_ours(folder, index);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		losses->fds[i] = ours ? open_in(folder, files[i]) : -1;
		losses->last[i] = 0;
		read_number(losses->fds[i], &losses->last[i]);
	}
}

void fa_interface_losses_close(struct fa_interface_losses *losses)
{
	for (size_t i = 0; i < ARRAY_LEN(losses->fds); i++) {
		if (losses->fds[i] >= 0)
			close(losses->fds[i]);
		losses->fds[i] = -1;
	}
}

uint64_t fa_interface_losses_read(struct fa_interface_losses *losses)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < ARRAY_LEN(losses->fds); i++) {
		uint64_t now;

		if (!read_number(losses->fds[i], &now))
			continue;
		if (now > losses->last[i]) /* less: the driver began anew */
			sum += now - losses->last[i];
		losses->last[i] = now;
	}
	return sum;
}
