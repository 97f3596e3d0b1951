/*
 * child_order.h: the order of child rows within their parent. For engine/derive only.
 */
#ifndef ENGINE_DERIVE_CHILD_ORDER_H
#define ENGINE_DERIVE_CHILD_ORDER_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/model/batch.h"

/* Order the rows by the source's key columns, each as integers where all of them are, else by bytes.
 * True when two rows have the same key. */
bool child_order(const struct source *source, const struct cell **rows, size_t row_count);

#endif
