/*
 * figures.h: counts and durations as people write and read them.
 */
#ifndef ENGINE_BASE_FIGURES_H
#define ENGINE_BASE_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/buf.h"

/* Whole digits from 1; with_unit: one of k, M, G (thousands) may follow. False for anything else. */
bool figure_parse_count(struct span text, bool with_unit, int64_t *count);

/* 9.0 s, 42 s, 2 m 05 s, 3 h 12 m */
void figure_put_duration(struct buf *buf, double seconds);

#endif
