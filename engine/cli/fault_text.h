/*
 * fault_text.h: the way faults look: seven parts, and many of one kind under one header.
 */
#ifndef ENGINE_CLI_FAULT_TEXT_H
#define ENGINE_CLI_FAULT_TEXT_H

#include "engine/cli/text.h"
#include "engine/model/fault_groups.h"

/* What stands around a fault. */
struct fault_setting {
	const char *kind;   /* "error" or "warning" */
	struct span record; /* names the key; may be empty */
	struct span seen;   /* the values concerned, a line each */
	struct span also;   /* what others of the kind say, a line each */
	int64_t count;      /* of such faults; more than 1: this is the first of them */
	bool is_kept;       /* they are in quarantine, where the others can be listed */
};

/* A fault with its seven parts. */
void fault_put_text(struct buf *buf, const struct look *look, const struct fault *fault,
		    const struct fault_setting *setting);

/* All faults of a list, those of one kind under one header. Nothing that they say is left out. */
void faults_put_text(struct buf *buf, const struct look *look, const char *kind,
		     const struct fault_list *faults);

/* The first kinds, one block each, and how many more there are. */
void fault_groups_put_text(struct buf *buf, const struct look *look,
			   const struct fault_groups *groups, size_t shown_max, bool is_kept);

#endif
