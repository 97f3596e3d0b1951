/*
 * cell_json.h: a value of legacy as JSON, and back, without losing anything.
 *
 *   NULL              null
 *   text              a string; {"text":"…"} in base64 where it is not valid UTF-8 or has a NUL
 *   binary            {"base64":"…"}
 *   above the limit   {"cut":"…","bytes":2000000,"digest":"…"}: the first CELL_KEPT_BYTES in base64, how many there were, the
 *                     first half of the SHA-256 of all of them
 */
#ifndef ENGINE_MODEL_CELL_JSON_H
#define ENGINE_MODEL_CELL_JSON_H

#include "engine/base/json.h"
#include "engine/model/batch.h"

void cell_put_json(struct json_writer *json, const struct cell *cell);

/* A number, true and false stand for their text as it is written: no digit passes through a double. What is longer than
 * CELL_BYTES_MAX is cut. The bytes lie in the arena, or in the value. False when it is no value. */
bool cell_take_json(const struct json_value *value, struct arena *arena, struct cell *cell);

#endif
