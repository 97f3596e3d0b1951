/*
 * init_examples.h: three real rows of an entity as the first examples of its rule.
 */
#ifndef ENGINE_CLI_INIT_EXAMPLES_H
#define ENGINE_CLI_INIT_EXAMPLES_H

#include "engine/derive/derive.h"

/* Append entries for rows among the first of the table: one with much in it, one with little, one that is rejected (or any other).
 * Rows too large to be read by people, and those no example can hold, are passed over. count: how many there are. */
bool init_examples(struct deriver *deriver, struct rule_host *host, int entity_index, int indent,
		   struct buf *buf, int *count, struct err *err);

#endif
