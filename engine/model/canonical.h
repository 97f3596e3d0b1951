/*
 * canonical.h: RFC 8785 bytes, with the engine's profile.
 *
 * No floats; integers within ±(2^53−1); decimals and 64-bit ids are strings; absent members are
 * left out. Members are ordered by the UTF-16 code units of their names.
 */
#ifndef ENGINE_MODEL_CANONICAL_H
#define ENGINE_MODEL_CANONICAL_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"

#define CANONICAL_INTEGER_MAX INT64_C(9007199254740991)

/* Order of member names: by UTF-16 code units, which differs from byte order above U+FFFF. */
int canonical_compare_names(struct span a, struct span b);

/* A string with RFC 8785's escapes; the text must be valid UTF-8 (see utf8.h). */
void canonical_put_string(struct buf *buf, struct span text);

/* Read any JSON text and write it canonically. ERR_DATA on what the profile does not know:
 * fractions, exponents, integers out of range, duplicate names, lone surrogates. */
bool canonical_rewrite(struct span json, struct arena *scratch, struct buf *out, struct err *err);

/* Write a tree canonically; its members are sorted by that. Numbers that are integers by their value
 * (1.0, 1e2) are written as such; ERR_DATA on fractions and integers out of range. */
struct json_value;
bool canonical_put_value(const struct json_value *value, struct buf *out, struct err *err);

#endif
