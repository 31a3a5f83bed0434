/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options of what a tap wraps around the traffic. */
#include "cmd/options_wire.h"

#include "base/error.h"
#include "base/num.h"
#include "base/time.h"

int fa_set_tunnel_port(struct fa_options *options, const char *value)
{
	return fa_tunnel_ports_set(&options->wire.ports, value);
}

int fa_set_max_headers(struct fa_options *options, const char *value)
{
	uint64_t n;
	int error = fa_parse_u64(value, 1, FA_WIRE_MAX_HEADERS, &n);

	if (error == 0)
		options->wire.max_headers = (unsigned)n;
	return error;
}

int fa_set_key(struct fa_options *options, const char *value)
{
	int error = fa_wire_key_parse(value, &options->wire.key_vlan);

	options->flow.key_vlan = options->wire.key_vlan;
	return error;
}

int fa_set_duplicates(struct fa_options *options, const char *value)
{
	int mode = fa_duplicates_parse(value);

	if (mode < 0)
		return FA_EINVAL;
	options->wire.duplicates = (enum fa_duplicates)mode;
	return 0;
}

int fa_set_duplicates_within(struct fa_options *options, const char *value)
{
	int64_t ns;

	if (fa_parse_duration_ns(value, &ns) != 0 || ns < 1 || ns > FA_DUPLICATES_MAX_NS)
		return FA_EINVAL;
	options->wire.duplicates_ns = ns;
	return 0;
}
