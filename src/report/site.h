/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A site explained, in each format; private to src/report. */
#ifndef FA_REPORT_SITE_H
#define FA_REPORT_SITE_H

#include "report/text_out.h"

/* Why a rule of an instance's product leads to no expectation. */
enum fa_idle {
	FA_IDLE_NOT,	  /* it does */
	FA_IDLE_UNPLACED, /* none of the roles of the product's own side is placed */
	FA_IDLE_PORTLESS, /* the site has to give a port */
	FA_IDLE_NOBODY,	  /* nobody has the roles of one end here */
	FA_IDLE_DYNAMIC	  /* the port is chosen at run time; nothing is expected, only allowed */
};

/* BINDING NULL: the rule is not bound. */
enum fa_idle fa_site_idle(const struct fa_binding *binding);

/* The binding of RULE to INSTANCE, or NULL. */
const struct fa_binding *fa_site_binding(const struct fa_policy *policy,
					 const struct fa_instance *instance,
					 const struct fa_rule *rule);

/* Names of the roles of the product's own side: inbound "to", outbound "from", else both. */
void fa_site_add_own_roles(struct fa_buffer *line, const struct fa_rule *rule);

/* "am1, am2 and 3 more or anybody" */
void fa_site_add_end(struct fa_buffer *line, const struct fa_end *end);

/* BEFORE, and the names and networks where the row says that it leads; nothing if it does not. */
void fa_site_add_destinations(struct fa_buffer *line, const struct fa_binding *binding,
			      const char *before);

/* Whether the document does not call the port configurable that the site sets. */
bool fa_site_override_is_odd(const struct fa_port_override *override);

/* A port of two instances on one host. */
struct fa_shared_port {
	const struct fa_place *place;
	const struct fa_binding *first, *second;
	unsigned transport;
	uint16_t port;
};

/* Calls EACH for every two rules of different instances that serve a port on one host. */
void fa_site_each_shared(const struct fa_policy *policy,
			 void (*each)(void *context, const struct fa_shared_port *shared),
			 void *context);

void fa_site_text_check(struct fa_text_out *text, const struct fa_policy *policy);
void fa_site_text_expect(struct fa_text_out *text, const struct fa_policy *policy);

int fa_site_json_check(FILE *out, const struct fa_policy *policy, struct fa_diag *diag);
int fa_site_json_expect(FILE *out, const struct fa_policy *policy, struct fa_diag *diag);

#endif
