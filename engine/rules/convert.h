/*
 * convert.h: what prepare.c and convert.c share. For engine/rules only.
 */
#ifndef ENGINE_RULES_CONVERT_H
#define ENGINE_RULES_CONVERT_H

#include "engine/rules/derive_internal.h"

/* The field's fold and lookup, where it has them. False with a fault recorded. */
bool convert_fold(struct evaluator *e, const struct field *field, struct value *value);
bool convert_lookup(struct evaluator *e, const struct field *field, struct value *value);

/* Append the canonical bytes of a value that is there and needs neither fold nor lookup. Not for ids, refs, lists, maps and
 * objects. False with a fault recorded. */
bool convert_typed(struct evaluator *e, const struct field *field, struct value *value,
		   struct result *result);

/* What the value means by the patterns; NULL when none matches. False with a fault recorded. */
bool convert_pattern(struct evaluator *e, const struct pattern_list *list, struct value *value,
		     const struct constant **to);
/* The constant as a message shows it. */
void convert_put_constant(struct buf *buf, const struct constant *constant);

/* Make sure that a text is text. False with a fault recorded. */
bool convert_checked(struct evaluator *e, struct value *value);

/* A value of a kind the field cannot hold; returns false. */
bool convert_blame_kind(struct evaluator *e, const struct value *value, const char *meant);
/* A text that does not read as what the field holds: what says how, as in "is no integer". */
struct fault *convert_blame_text(struct evaluator *e, const char *code, const struct value *value,
				 const char *what);

#endif
