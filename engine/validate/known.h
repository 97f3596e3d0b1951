/*
 * known.h: differences that were told, so that each is told once when it appears and once when it is gone. For engine/validate only.
 */
#ifndef ENGINE_VALIDATE_KNOWN_H
#define ENGINE_VALIDATE_KNOWN_H

#include "engine/validate/validate.h"

/* So many are remembered; what comes beyond them is counted in results, and never told. */
enum { KNOWN_MAX = 10000 };

struct known_difference {
	struct digest identity;
	struct difference difference; /* without its values; texts in block */
	char *block;
	int64_t chunk_no; /* that was looked at */
	int64_t look_no;  /* that saw it last */
};

struct known {
	struct known_difference *items;
	int count, capacity;
	int64_t look_no; /* of the look at hand, and what it is at: */
	enum check_kind check;
	const char *entity;
	int64_t chunk_no;
};

void known_release(struct known *known);

/* One check looks at one chunk, or with CHUNK_UNKNOWN at what is asked of all chunks together. */
void known_begin(struct known *known, enum check_kind check, const char *entity, int64_t chunk_no);

/* Is it one that was not known? */
bool known_note(struct known *known, const struct difference *difference);

/* What was known of it and was not seen again is gone, and told so. Not to be called where nobody could tell. */
bool known_end(struct known *known,
	       bool (*on_gone)(void *, const struct difference *, struct err *), void *context,
	       struct err *err);

#endif
