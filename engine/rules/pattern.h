/*
 * pattern.h: patterns as PCRE2 reads them, matched within limits. For engine/rules only.
 *
 * The dialect is the same on every machine: UTF-8, ASCII meanings of \d \w \s and of [[:alpha:]],
 * lines end in LF, and $ without (?m) is the end of the text alone, never "before the last LF".
 */
#ifndef ENGINE_RULES_PATTERN_H
#define ENGINE_RULES_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/span.h"

enum { PATTERN_BYTES_MAX = 4096, PATTERN_CAPTURES_MAX = 32, PATTERN_MESSAGE_SIZE = 160 };

struct pattern;  /* compiled */
struct patterns; /* a host's: what it has compiled, and room to match in */

struct patterns *patterns_open(void);
void patterns_close(struct patterns *patterns); /* NULL is fine */

/* Compile and keep until patterns_close(); those for_now until patterns_forget() at the latest. NULL
 * when the text is no pattern: why, and after which character, is in the message. */
const struct pattern *pattern_compile(struct patterns *patterns, struct span text, bool for_now,
				      char message[PATTERN_MESSAGE_SIZE]);
int patterns_for_now(const struct patterns *patterns); /* how many there are */
void patterns_forget(struct patterns *patterns);

/* Groups in parentheses. */
int pattern_capture_count(const struct pattern *pattern);

enum pattern_answer {
	PATTERN_DIFFERS,
	PATTERN_MATCHES,
	PATTERN_LIMIT,       /* more steps, or more to remember, than one match may take */
	PATTERN_TOO_LONG,    /* replacing: the text would be longer than there is room */
	PATTERN_REPLACEMENT, /* replacing: what stands for the match is not valid */
};

/* Find the pattern in a text, which is valid UTF-8. Its time is bounded: steps are counted. */
enum pattern_answer pattern_match(struct patterns *patterns, const struct pattern *pattern,
				  struct span text);
/* After PATTERN_MATCHES: the whole match (0) or a group; no data where the group took no part. */
struct span pattern_capture(const struct patterns *patterns, int index);

/* Write the text with every match replaced to `to`, which has *size bytes of room; *size becomes what
 * was written, or, with PATTERN_TOO_LONG, what is needed. $1 and ${1} stand for groups, $0 for the
 * match, $$ for a dollar; a group that took no part is empty. */
enum pattern_answer pattern_replace(struct patterns *patterns, const struct pattern *pattern,
				    struct span text, struct span replacement, char *to,
				    size_t *size);
/* After PATTERN_REPLACEMENT: why. */
const char *pattern_why(const struct patterns *patterns);

/* How many steps the last match or replacement took; one is about ten nanoseconds. */
uint64_t pattern_steps(const struct patterns *patterns);

/* The version of the Unicode data that \p{…} and (?i) go by; part of the fingerprint of what uses
 * patterns. */
const char *pattern_unicode_version(struct patterns *patterns);

#endif
