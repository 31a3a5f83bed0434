/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading what people ask about a conversation. */
#include "cmd/question.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/like.h"
#include "base/log.h"
#include "base/num.h"
#include "base/text.h"
#include "base/time.h"
#include "classify/classify.h"
#include "core/packet.h"

#define COMMAND "catalog explain"
enum { TCP = 6 };

/* What the user wrote, harmless and short. */
struct shown {
	char text[96];
};

static const char *show(struct shown *shown, const char *text)
{
	return fa_text_safe(text, strlen(text), shown->text, sizeof(shown->text));
}

static int parse_client(const char *text, struct fa_addr *out)
{
	struct shown shown;

	if (fa_addr_parse(text, out))
		return 0;
	fa_log_error(COMMAND ": the client \"%s\" is not an address such as 10.0.0.5 or "
		     "2001:db8::5 (it has no port)", show(&shown, text));
	return FA_EINVAL;
}

static int parse_transport(const char *text, uint8_t *out)
{
	static const char *const known[] = {"tcp", "udp", "sctp", "icmp", "icmp6"};
	const struct fa_like_names names = {known, sizeof(known) / sizeof(known[0]),
					    sizeof(known[0])};
	int transport = fa_transport_parse(text);
	struct fa_like_hint hint;
	struct shown shown;

	if (transport < 0) {
		fa_log_error(COMMAND ": there is no transport \"%s\"%s", show(&shown, text),
			     fa_like_hint(&hint, fa_like_nearest(&names, text)));
		return FA_EINVAL;
	}
	*out = (uint8_t)transport;
	return 0;
}

/* The pieces of "ADDRESS:PORT/TRANSPORT"; NULL: not there. */
struct pieces {
	char text[128];
	char *address, *port, *transport;
};

static bool split(struct pieces *pieces, const char *text)
{
	char *end;

	memset(pieces, 0, sizeof(*pieces));
	if (!fa_text_copy(pieces->text, sizeof(pieces->text), text))
		return false;
	pieces->address = pieces->text;
	end = strrchr(pieces->text, '/');
	if (end != NULL) {
		*end = '\0';
		pieces->transport = end + 1;
	}
	if (pieces->text[0] == '[') {
		pieces->address++;
		end = strchr(pieces->address, ']');
		if (end == NULL || (end[1] != ':' && end[1] != '\0'))
			return false;
		*end = '\0';
		pieces->port = end[1] == ':' ? end + 2 : NULL;
		return true;
	}
	end = strchr(pieces->text, ':');
	/* Several colons are an IPv6 address without brackets, and so without a port. */
	if (end != NULL && end == strrchr(pieces->text, ':')) {
		*end = '\0';
		pieces->port = end + 1;
	}
	return true;
}

static int parse_port(const struct pieces *pieces, const char *text, struct fa_question *question)
{
	unsigned index = fa_rule_transport_index(question->transport);
	bool wanted = index < FA_RULE_TRANSPORTS && fa_rule_transport_has_ports(index);
	bool v6 = question->server.version == 6;
	struct shown shown;
	uint64_t port;

	if (!wanted && pieces->port == NULL)
		return 0;
	if (!wanted) {
		fa_log_error(COMMAND ": %s has no ports: write %s/%s", pieces->transport,
			     show(&shown, pieces->address), pieces->transport);
		return FA_EINVAL;
	}
	if (pieces->port == NULL) {
		fa_log_error(COMMAND ": the server \"%s\" has no port: write %s%s%s:443",
			     show(&shown, text), v6 ? "[" : "", pieces->address, v6 ? "]" : "");
		return FA_EINVAL;
	}
	if (fa_parse_u64(pieces->port, 1, 65535, &port) != 0) {
		fa_log_error(COMMAND ": \"%s\" is not a port from 1 to 65535",
			     show(&shown, pieces->port));
		return FA_EINVAL;
	}
	question->port = (uint16_t)port;
	return 0;
}

static int parse_server(const char *text, struct fa_question *question)
{
	struct pieces pieces;
	struct shown shown;

	question->transport = TCP;
	if (!split(&pieces, text) || !fa_addr_parse(pieces.address, &question->server)) {
		fa_log_error(COMMAND ": the server \"%s\" is not an address and port such as "
			     "10.0.1.9:8243, 10.0.1.9:53/udp or [2001:db8::1]:443",
			     show(&shown, text));
		return FA_EINVAL;
	}
	if (pieces.transport != NULL &&
	    parse_transport(pieces.transport, &question->transport) != 0)
		return FA_EINVAL;
	return parse_port(&pieces, text, question);
}

int fa_asked_ends(struct fa_asked *asked, const char *client, const char *server)
{
	struct fa_question *question = &asked->question;

	memset(asked, 0, sizeof(*asked));
	if (parse_client(client, &question->client) != 0 || parse_server(server, question) != 0)
		return FA_EINVAL;
	if (question->client.version != question->server.version) {
		fa_log_error(COMMAND ": one end has an IPv4 address, the other one IPv6");
		return FA_EINVAL;
	}
	return 0;
}

static size_t count_names(const struct fa_strings *protocols, const struct fa_rulebook *book)
{
	size_t count = protocols->count;

	for (size_t p = 0; p < book->product_count; p++)
		count += book->products[p].signature_count;
	return count;
}

/* What inspection can answer, and what the signatures of the catalogs can. */
static int collect_names(const struct fa_rulebook *book, struct fa_like_names *out)
{
	const struct fa_strings protocols = fa_classifier_protocols();
	size_t count = 0;
	const char **names = calloc(count_names(&protocols, book) + 1, sizeof(*names));

	if (names == NULL)
		return FA_ENOMEM;
	for (size_t i = 0; i < protocols.count; i++)
		names[count++] = protocols.items[i];
	for (size_t p = 0; p < book->product_count; p++)
		for (size_t i = 0; i < book->products[p].signature_count; i++)
			names[count++] = book->products[p].signatures[i].name;
	*out = (struct fa_like_names){names, count, sizeof(*names)};
	return 0;
}

static const char *find_name(const struct fa_like_names *names, const char *text, size_t len)
{
	for (size_t i = 0; i < names->count; i++) {
		const char *name = fa_like_name(names, i);

		if (strlen(name) == len && strncasecmp(name, text, len) == 0)
			return name;
	}
	return NULL;
}

/* "TLS", or "TLS.ApplePush" with the application. */
static bool find_names(const struct fa_like_names *names, const char *text, const char **protocol,
		       const char **application)
{
	const char *dot = strchr(text, '.');

	*application = NULL;
	*protocol = find_name(names, text, strlen(text));
	if (*protocol != NULL || dot == NULL)
		return *protocol != NULL;
	*protocol = find_name(names, text, (size_t)(dot - text));
	*application = find_name(names, dot + 1, strlen(dot + 1));
	return *protocol != NULL && *application != NULL;
}

static int parse_protocol(struct fa_asked *asked, const struct fa_like_names *names,
			  const char *text)
{
	const char *protocol;
	const char *application;
	struct fa_like_hint hint;
	struct shown shown;

	if (!find_names(names, text, &protocol, &application)) {
		fa_log_error(COMMAND ": inspection knows no protocol \"%s\"%s", show(&shown, text),
			     fa_like_hint(&hint, fa_like_nearest(names, text)));
		return FA_EINVAL;
	}
	fa_text_copy(asked->protocol, sizeof(asked->protocol), protocol);
	asked->question.protocol = asked->protocol;
	if (application == NULL)
		return 0;
	fa_text_copy(asked->application, sizeof(asked->application), application);
	asked->question.application = asked->application;
	return 0;
}

int fa_asked_options(struct fa_asked *asked, const struct fa_options *options,
		     const struct fa_rulebook *book)
{
	struct fa_like_names names;
	int error;

	asked->question.host = options->host;
	asked->question.at_ns = (int64_t)time(NULL) * FA_NS_PER_SECOND;
	if (options->protocol == NULL)
		return 0;
	error = collect_names(book, &names);
	if (error == 0)
		error = parse_protocol(asked, &names, options->protocol);
	else
		fa_log_error(COMMAND ": no memory");
	free((void *)(uintptr_t)names.items);
	return error;
}
