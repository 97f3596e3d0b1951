/*
 * php.h: what PHP's serialize() wrote, as a tree of JSON values.
 *
 * null, booleans, integers, floats, strings and arrays. An array whose keys are 0, 1, 2 … in their order is
 * a list, every other an object whose integer keys are texts, as json_encode() has it. Objects,
 * enumerations and references are refused: what they mean stands in code that is not here.
 */
#ifndef ENGINE_MODEL_PHP_H
#define ENGINE_MODEL_PHP_H

#include "engine/base/json.h"

enum { PHP_DEPTH_MAX = 100 };

/* Strict: lengths and counts must be exact, nothing may stand behind. Numbers keep their digits; strings
 * are bytes, which may not be UTF-8 and are borrowed from the text. ERR_DATA with the byte where it
 * stops making sense. */
bool php_read(struct span text, struct arena *arena, struct json_value *value, struct err *err);

#endif
