/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One interface of a live source.
 *
 * libpcap makes the socket, its ring and the filter's program, and reads the ring. What the socket
 * is attached to is our own doing, the same way at the start and when an interface is back:
 * bind(2), socket options and filters need no privilege, only making the socket does.
 */
#include "capture/live_port.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>

#include "base/text.h"
#include "base/time.h"
#include "capture/fanout.h"
#include "capture/filter.h"

/*
 * libpcap binds the socket for the low 16 bits of this, 0: to nothing. It takes in nothing then
 * before the filter is there, and an interface that is down is no error.
 */
#define NO_PROTOCOL 0x10000

/* Packets that still come so long after the link went were not on their way. */
#define NO_LINK_NS FA_NS_PER_SECOND

static void warn(const struct fa_live_port *port, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void warn(const struct fa_live_port *port, const char *format, ...)
{
	char line[256];
	va_list args;

	if (port->warn == NULL)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	port->warn(port->context, line);
}

static int fail_activate(struct fa_live_port *port, int result, struct fa_diag *diag)
{
	switch (result) {
	case PCAP_ERROR_PERM_DENIED:
		return fa_fail(diag, FA_EPERM,
			       "%s: no permission to capture: run as root, or allow it once with "
			       "setcap cap_net_raw=ep \"$(command -v flowaudit)\"",
			       port->label);
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return fa_interface_missing(port->name, diag);
	default:
		return fa_fail(diag, FA_EIO, "%s: cannot capture: %s: %s", port->label,
			       pcap_statustostr(result), pcap_geterr(port->pcap));
	}
}

static int activate(struct fa_live_port *port, const struct fa_live_options *options,
		    struct fa_diag *diag)
{
	uint64_t buffer_bytes = options->buffer_bytes;
	char text[PCAP_ERRBUF_SIZE] = "";
	int result;

	port->pcap = pcap_create(port->name, text);
	if (port->pcap == NULL)
		return fa_fail(diag, FA_EIO, "%s: cannot capture: %s", port->label, text);
	pcap_set_snaplen(port->pcap, options->snap_bytes);
	pcap_set_buffer_size(port->pcap, buffer_bytes > INT_MAX ? INT_MAX : (int)buffer_bytes);
	pcap_set_timeout(port->pcap, FA_LIVE_BLOCK_MS);
	pcap_set_protocol_linux(port->pcap, NO_PROTOCOL);
	if (pcap_set_tstamp_precision(port->pcap, PCAP_TSTAMP_PRECISION_NANO) != 0)
		return fa_fail(diag, FA_EUNSUPPORTED, "%s: no times in nanoseconds", port->label);
	result = pcap_activate(port->pcap);
	if (result < 0)
		return fail_activate(port, result, diag);
	if (pcap_setnonblock(port->pcap, 1, text) != 0)
		return fa_fail(diag, FA_EIO, "%s: cannot capture: %s", port->label, text);
	port->fd = pcap_get_selectable_fd(port->pcap);
	port->counts.link_type = pcap_datalink(port->pcap);
	return FA_OK;
}

static int check_link(const struct fa_live_port *port, const struct fa_live_options *options,
		      struct fa_diag *diag)
{
	int link = port->counts.link_type;
	const char *name = pcap_datalink_val_to_name(link);

	if (options->link_known == NULL || options->link_known(link))
		return FA_OK;
	return fa_fail(diag, FA_EUNSUPPORTED, "%s: its frames cannot be decoded: link type %d (%s)",
		       port->label, link, name == NULL ? "unknown" : name);
}

/*
 * libpcap 1.10 runs a filter that was just set over the first block of the ring once more, in
 * user space, since packets may have come before it. There are none before us, and a filter that
 * asks the kernel ("inbound") would drop whatever that block holds.
 */
static int accept_in_user_space(struct fa_live_port *port, struct fa_diag *diag)
{
	struct bpf_insn accept = BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
	struct bpf_program program = {.bf_len = 1, .bf_insns = &accept};

	if (pcap_setfilter(port->pcap, &program) == 0)
		return FA_OK;
	return fa_fail(diag, FA_EIO, "%s: cannot set the filter: %s", port->label,
		       pcap_geterr(port->pcap));
}

/* The kernel's part is attached later, by select_index. */
static int install_filter(struct fa_live_port *port, const char *filter, struct fa_diag *diag)
{
	struct bpf_program program;
	int err = fa_filter_compile(port->pcap, filter, port->label, &program, diag);
	int result;

	if (err != FA_OK)
		return err;
	result = pcap_setfilter(port->pcap, &program);
	pcap_freecode(&program);
	if (result != 0)
		return fa_fail(diag, FA_EIO, "%s: cannot set the filter: %s", port->label,
			       pcap_geterr(port->pcap));
	err = fa_live_filter_take(&port->filter, port->fd);
	if (err == FA_EUNSUPPORTED)
		return fa_fail(diag, FA_EINVAL,
			       "%s: the kernel does not take this filter; it may be too long",
			       port->label);
	if (err != FA_OK)
		return fa_fail(diag, err, "no memory to open");
	return accept_in_user_space(port, diag);
}

/*
 * The ring is the one mapping of the socket in our address space, by its inode: libpcap takes less
 * than was asked for without a word when memory is short. 0 when /proc does not tell. Children have
 * no business in it, and must not keep the socket alive.
 */
static uint64_t find_ring(int fd)
{
	struct stat status;
	uint64_t bytes = 0;
	char *line = NULL;
	size_t room = 0;
	FILE *maps;

	if (fstat(fd, &status) != 0)
		return 0;
	maps = fopen("/proc/self/maps", "re");
	if (maps == NULL)
		return 0;
	while (getline(&line, &room, maps) > 0) {
		uint64_t from;
		uint64_t to;
		unsigned long inode;

		if (strstr(line, "socket:") != NULL &&
		    sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %*s %*s %lu", &from, &to, &inode) ==
			    3 &&
		    inode == status.st_ino && to > from) {
			bytes += to - from;
			madvise((void *)(uintptr_t)from, to - from, MADV_DONTFORK);
		}
	}
	free(line);
	fclose(maps);
	return bytes;
}

static void check_buffer(struct fa_live_port *port, uint64_t wanted_bytes)
{
	uint64_t granted = find_ring(port->fd);

	port->counts.buffer_bytes = granted;
	if (granted == 0)
		warn(port, "%s: could not find out how large its kernel buffer is", port->label);
	else if (granted < wanted_bytes)
		warn(port,
		     "%s: the kernel gave a buffer of %" PRIu64 " KiB only, not %" PRIu64 " KiB",
		     port->label, granted >> 10, wanted_bytes >> 10);
}

static int bind_to(struct fa_live_port *port, unsigned index)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET,
				      .sll_protocol = htons(ETH_P_ALL),
				      .sll_ifindex = (int)index};

	return bind(port->fd, (const struct sockaddr *)&address, sizeof(address));
}

/* The kernel forgets it with the interface. */
static int set_promiscuous(struct fa_live_port *port, unsigned index)
{
	struct packet_mreq request = {.mr_ifindex = (int)index, .mr_type = PACKET_MR_PROMISC};

	if (!port->promiscuous || port->any)
		return 0;
	return setsockopt(port->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof(request));
}

/* By the filter: of a shared socket the interface with INDEX, of "lo" each packet once. */
static int select_index(struct fa_live_port *port, unsigned index)
{
	unsigned loopback = fa_interface_index(port->fd, "lo");

	if (!port->any && index != loopback)
		loopback = 0;
	return fa_live_filter_attach(port->filter, port->fd, loopback, port->shared ? index : 0);
}

static int share_out(const struct fa_live_port *port, int *group, struct fa_diag *diag)
{
	bool by_flow;

	if (fa_fanout_join(port->fd, group, &by_flow) != FA_OK)
		return fa_fail(diag, FA_EIO, "%s: its packets cannot be shared out: %s",
			       port->label, strerror(errno));
	if (by_flow)
		warn(port,
		     "%s: the kernel shares its packets out by flow only: ICMP errors may come "
		     "before what they are about, and pieces of packets elsewhere",
		     port->label);
	return FA_OK;
}

/* After it the interface's packets come. */
static int attach_first(struct fa_live_port *port, int *group, struct fa_diag *diag)
{
	unsigned index = port->any ? 0 : fa_interface_index(port->fd, port->name);

	if (!port->any && index == 0)
		return fa_interface_missing(port->name, diag);
	port->kind = port->any ? -1 : fa_interface_kind(port->fd, port->name);
	port->index = index;
	if (select_index(port, index) != FA_OK)
		return fa_fail(diag, FA_EIO, "%s: cannot set the filter: %s", port->label,
			       strerror(errno));
	if (bind_to(port, port->shared ? 0 : index) != 0)
		return fa_fail(diag, FA_EIO, "%s: cannot capture: %s", port->label,
			       strerror(errno));
	if (set_promiscuous(port, index) != 0)
		return fa_fail(diag, FA_EIO, "%s: cannot be made promiscuous: %s", port->label,
			       strerror(errno));
	fa_interface_losses_open(&port->losses, NULL, port->name, index);
	return port->shared ? share_out(port, group, diag) : FA_OK;
}

int fa_live_port_open(struct fa_live_port *port, const char *name, size_t index,
		      const struct fa_live_options *options, struct fa_diag *diag)
{
	int err;

	*port = (struct fa_live_port){.fd = -1, .losses.fds = {-1, -1}};
	port->name = strdup(name);
	if (port->name == NULL)
		return fa_fail(diag, FA_ENOMEM, "no memory to open");
	fa_text_safe(name, strlen(name), port->label, sizeof(port->label));
	port->counts.name = port->label;
	port->frame.interface = (uint32_t)index;
	port->warn = options->warn;
	port->context = options->context;
	port->any = strcmp(name, "any") == 0;
	port->promiscuous = options->promiscuous;
	port->shared = options->fanout_groups != NULL;
	if (!port->any && if_nametoindex(name) == 0)
		return fa_interface_missing(name, diag);
	err = activate(port, options, diag);
	if (err == FA_OK)
		err = check_link(port, options, diag);
	if (err == FA_OK)
		err = install_filter(port, options->filter, diag);
	if (err == FA_OK)
		err = attach_first(port, port->shared ? &options->fanout_groups[index] : NULL,
				   diag);
	if (err == FA_OK)
		check_buffer(port, options->buffer_bytes);
	return err;
}

void fa_live_port_close(struct fa_live_port *port)
{
	if (port->pcap != NULL)
		pcap_close(port->pcap);
	if (port->name != NULL)
		fa_interface_losses_close(&port->losses);
	fa_live_filter_free(port->filter);
	free(port->bytes);
	free(port->name);
	*port = (struct fa_live_port){.fd = -1};
}

static inline void set_frame(struct fa_live_port *port, const struct pcap_pkthdr *header,
			     const uint8_t *bytes)
{
	struct fa_frame *frame = &port->frame;

	/* The kernel's seconds are 32 bits; the other part is nanoseconds, as asked for. */
	frame->ts_ns = header->ts.tv_sec * FA_NS_PER_SECOND + header->ts.tv_usec;
	frame->data = bytes;
	frame->captured = header->caplen;
	frame->wire = header->len < header->caplen ? header->caplen : header->len;
}

/* The ring's bytes are good until libpcap goes on, and it hands back the block with its last one.
 */
static void hold(struct fa_live_port *port)
{
	memcpy(port->bytes, port->frame.data, port->frame.captured);
	port->frame.data = port->bytes;
	port->held = true;
	port->traffic = true;
}

static void take(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	struct fa_live_run *run = (struct fa_live_run *)(void *)user;
	struct fa_live_port *port = run->port;

	set_frame(port, header, bytes);
	if (fa_live_order(port->frame.ts_ns, run->future_ns) > run->until_ns) {
		hold(port);
		pcap_breakloop(port->pcap);
		return;
	}
	run->given++;
	run->stopped = run->sink->fn(run->sink->context, &port->frame);
	if (run->stopped != 0)
		pcap_breakloop(port->pcap);
}

int fa_live_port_run(struct fa_live_run *run, struct fa_diag *diag)
{
	struct fa_live_port *port = run->port;
	int count = run->max_packets > INT_MAX ? INT_MAX : (int)run->max_packets;
	int result;

	port->frame.link_type = port->counts.link_type;
	result = pcap_dispatch(port->pcap, count, take, (u_char *)run);
	port->counts.packets += run->given;
	port->traffic |= run->given > 0;
	/* While libpcap waits for an interface that went, it wants to be called often; that it is
	 * gone is an error to it, but none that would harm what it holds. */
	if (result == PCAP_ERROR && pcap_get_required_select_timeout(port->pcap) == NULL)
		return fa_fail(diag, FA_EIO, "%s: cannot read: %s", port->label,
			       pcap_geterr(port->pcap));
	return FA_OK;
}

/* Whether the socket is still attached; the kernel sets -1 when the interface is deleted. */
static bool is_attached(const struct fa_live_port *port)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET};
	socklen_t size = sizeof(address);

	if (port->shared) /* the filter has the index */
		return fa_interface_flags(port->fd, port->index) >= 0;
	return getsockname(port->fd, (struct sockaddr *)&address, &size) == 0 &&
	       address.sll_ifindex == (int)port->index;
}

static enum fa_live_state state_of(struct fa_live_port *port, int64_t now_ns)
{
	bool traffic = port->traffic;
	int flags;

	port->traffic = false;
	if (port->any)
		return FA_LIVE_UP;
	flags = is_attached(port) ? fa_interface_flags(port->fd, port->index) : -1;
	port->why = "is gone; waiting for an interface of that name";
	if (flags < 0)
		return FA_LIVE_GONE;
	port->why = "is down; waiting for it to be set up";
	if ((flags & IFF_UP) == 0)
		return FA_LIVE_DOWN;
	port->why = "has no link; waiting for it";
	if ((flags & IFF_RUNNING) != 0)
		return FA_LIVE_UP;
	if (traffic && port->state == FA_LIVE_DOWN && now_ns - port->down_since_ns > NO_LINK_NS)
		port->no_link_sense = true;
	return port->no_link_sense ? FA_LIVE_UP : FA_LIVE_DOWN;
}

/* Tells once when the interface goes, and once when it is back, whatever happens between. */
static void set_state(struct fa_live_port *port, enum fa_live_state state, int64_t now_ns)
{
	if (state == FA_LIVE_UP && port->state != FA_LIVE_UP) {
		int64_t down_ns = now_ns - port->down_since_ns;

		port->counts.down_ns += (uint64_t)down_ns;
		warn(port, "%s is up, after %.1f s", port->label,
		     (double)down_ns / (double)FA_NS_PER_SECOND);
	}
	if (state != FA_LIVE_UP && port->state == FA_LIVE_UP) {
		port->down_since_ns = now_ns;
		warn(port, "%s %s", port->label, port->why);
	}
	port->state = state;
}

/* Attaches to the interface that has the name now. */
static bool come_back(struct fa_live_port *port)
{
	unsigned index = fa_interface_index(port->fd, port->name);

	if (index == 0)
		return false;
	if (fa_interface_kind(port->fd, port->name) != port->kind) {
		if (!port->other_kind_told)
			warn(port,
			     "%s is there again, but of another kind: start anew to capture it",
			     port->label);
		port->other_kind_told = true;
		return false;
	}
	if (select_index(port, index) != FA_OK || (!port->shared && bind_to(port, index) != 0))
		return false;
	port->index = index;
	if (set_promiscuous(port, index) != 0)
		warn(port, "%s cannot be made promiscuous again: %s", port->label, strerror(errno));
	fa_interface_losses_close(&port->losses);
	fa_interface_losses_open(&port->losses, NULL, port->name, index);
	return true;
}

void fa_live_port_look(struct fa_live_port *port, int64_t now_ns)
{
	enum fa_live_state state = state_of(port, now_ns);

	if (state == FA_LIVE_GONE) {
		set_state(port, state, now_ns);
		if (come_back(port))
			state = state_of(port, now_ns);
	}
	set_state(port, state, now_ns);
}

void fa_live_port_count(struct fa_live_port *port)
{
	struct pcap_stat stat;

	/* Without libpcap's promiscuous mode it counts no drops of the interface; we do. */
	port->counts.dropped_interface += fa_interface_losses_read(&port->losses);
	if (pcap_stats(port->pcap, &stat) != 0)
		return;
	port->counts.seen_kernel += (uint32_t)(stat.ps_recv - port->last_received);
	port->counts.dropped_kernel += (uint32_t)(stat.ps_drop - port->last_dropped);
	port->last_received = stat.ps_recv;
	port->last_dropped = stat.ps_drop;
}
