/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts of catalog values. */
#include "core/rule.h"

#include <string.h>

/* IP protocol numbers (IANA, Assigned Internet Protocol Numbers), in the order of the bits. */
static const struct {
	uint8_t ip_protocol;
	bool has_ports;
	const char *text;
} transports[FA_RULE_TRANSPORTS] = {
	{6, true, "tcp"},   {17, true, "udp"},	  {132, true, "sctp"},
	{1, false, "icmp"}, {58, false, "icmp6"},
};

const char *fa_rule_direction_text(enum fa_rule_direction direction)
{
	switch (direction) {
	case FA_RULE_INBOUND:
		return "inbound";
	case FA_RULE_OUTBOUND:
		return "outbound";
	case FA_RULE_BOTH:
		return "both";
	case FA_RULE_INTERNAL:
		return "internal";
	}
	return "";
}

const char *fa_scope_text(enum fa_scope scope)
{
	switch (scope) {
	case FA_SCOPE_NETWORK:
		return "network";
	case FA_SCOPE_HOST:
		return "host";
	case FA_SCOPE_LOOPBACK:
		return "loopback";
	}
	return "";
}

const char *fa_requirement_text(enum fa_requirement requirement)
{
	switch (requirement) {
	case FA_REQUIRED:
		return "required";
	case FA_OPTIONAL:
		return "optional";
	case FA_CONDITIONAL:
		return "conditional";
	}
	return "";
}

const char *fa_advice_text(enum fa_advice advice)
{
	switch (advice) {
	case FA_ADVICE_NONE:
		return "";
	case FA_ADVICE_RECOMMENDED:
		return "recommended";
	case FA_ADVICE_DISCOURAGED:
		return "discouraged";
	}
	return "";
}

const char *fa_when_taken_text(enum fa_when_taken when_taken)
{
	switch (when_taken) {
	case FA_TAKEN_UNSAID:
		return "";
	case FA_TAKEN_INCREMENTS:
		return "increments";
	case FA_TAKEN_FIXED:
		return "fixed";
	}
	return "";
}

const char *fa_parameter_type_text(enum fa_parameter_type type)
{
	switch (type) {
	case FA_PARAM_INTEGER:
		return "integer";
	case FA_PARAM_PORT:
		return "port";
	case FA_PARAM_PORTS:
		return "ports";
	case FA_PARAM_CHOICE:
		return "choice";
	}
	return "";
}

const char *fa_rule_transport_text(unsigned index)
{
	return index < FA_RULE_TRANSPORTS ? transports[index].text : "";
}

unsigned fa_rule_transport_index(uint8_t ip_protocol)
{
	unsigned i = 0;

	while (i < FA_RULE_TRANSPORTS && transports[i].ip_protocol != ip_protocol)
		i++;
	return i;
}

unsigned fa_rule_transport_bit(uint8_t ip_protocol)
{
	unsigned i = fa_rule_transport_index(ip_protocol);

	return i < FA_RULE_TRANSPORTS ? 1u << i : 0;
}

bool fa_rule_transport_has_ports(unsigned index)
{
	return index < FA_RULE_TRANSPORTS && transports[index].has_ports;
}

bool fa_rule_owns_from(const struct fa_rule *rule)
{
	return rule->direction != FA_RULE_INBOUND;
}

bool fa_rule_owns_to(const struct fa_rule *rule)
{
	return rule->direction != FA_RULE_OUTBOUND;
}

bool fa_strings_have(const struct fa_strings *strings, const char *text)
{
	for (size_t i = 0; i < strings->count; i++)
		if (strcmp(strings->items[i], text) == 0)
			return true;
	return false;
}

const struct fa_rule *fa_rulebook_find(const struct fa_rulebook *book, const char *id)
{
	for (size_t i = 0; i < book->rule_count; i++)
		if (strcmp(book->rules[i].id, id) == 0)
			return &book->rules[i];
	return NULL;
}
