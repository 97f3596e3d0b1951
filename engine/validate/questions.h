/*
 * questions.h: what the queries of a rule are asked with: values of records that the deterministic sample drew. For engine/validate only.
 */
#ifndef ENGINE_VALIDATE_QUESTIONS_H
#define ENGINE_VALIDATE_QUESTIONS_H

#include "engine/validate/answers.h"

/* Called with the words of one question; they are valid during the call. */
typedef bool (*question_function)(void *context, const struct words *words, struct err *err);

/* Draw records of the entity for its queries: first how many are wanted, then chunk by chunk, then the lowest hashes first. */
void draw_begin(struct validation *validation);
bool draw_take_chunk(struct validation *validation, const struct tile *tile, struct err *err);
bool draw_end(struct validation *validation, struct err *err);

/* Each question of the query once, in the order of the sample: at most as many as its parameters say. *expected becomes how many
 * that are; 0 where a query has parameters and no drawn record has values for them. arena: for what is read on the way. */
bool questions_each(struct validation *validation, const struct asked_query *asked,
		    question_function each, void *context, struct arena *arena, int64_t *expected,
		    struct err *err);

#endif
