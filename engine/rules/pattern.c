/*
 * pattern.c: PCRE2 within limits.
 *
 * PCRE2's own match limit counts anew at every position a match is tried from, so that `\s+$` on 100
 * kB of blanks takes a minute and never reaches it. Automatic callouts see every step from every
 * position; they cost as much again as matching does, and make the bound hold.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "engine/rules/pattern.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/base/require.h"
#include "engine/model/utf8.h"

/* One match or replacement. A search through a long text takes some steps a byte; the rest is for
 * going back, and spent within 10 ms. The heap is what one match may remember of where to go back to. */
enum { STEPS_MAX = 500000, STEPS_A_BYTE = 16, HEAP_KIB_MAX = 16384, DEPTH_MAX = 500000 };
enum { NESTING_MAX = 100, VERSION_SIZE = 24 };

struct pattern {
	pcre2_code *code;
	int capture_count;
	struct pattern *next;
};

struct patterns {
	struct pattern *kept, *for_now;
	int for_now_count;
	pcre2_compile_context *reading;
	pcre2_match_context *limits;
	pcre2_match_data *found;
	const char *text; /* what was matched last */
	uint64_t steps, steps_max;
	size_t position; /* where the step before was */
	char why[PATTERN_MESSAGE_SIZE];
	char unicode_version[VERSION_SIZE];
};

/* A step costs one, and one more a byte it went forward: runs such as `\s+` are a single step. */
static int count_step(pcre2_callout_block *at, void *context)
{
	struct patterns *patterns = context;

	patterns->steps++;
	if (at->current_position > patterns->position)
		patterns->steps += at->current_position - patterns->position;
	patterns->position = at->current_position;
	return patterns->steps > patterns->steps_max ? PCRE2_ERROR_CALLOUT : 0;
}

struct patterns *patterns_open(void)
{
	struct patterns *patterns = memory_resize(NULL, sizeof(*patterns));

	*patterns =
	    (struct patterns){ .reading = pcre2_compile_context_create(NULL),
			       .limits = pcre2_match_context_create(NULL),
			       .found = pcre2_match_data_create(PATTERN_CAPTURES_MAX + 1, NULL) };
	require(patterns->reading && patterns->limits && patterns->found);
	/* Both are chosen when PCRE2 is built, unless said here. */
	pcre2_set_newline(patterns->reading, PCRE2_NEWLINE_LF);
	pcre2_set_bsr(patterns->reading, PCRE2_BSR_UNICODE);
	pcre2_set_max_pattern_length(patterns->reading, PATTERN_BYTES_MAX);
	pcre2_set_parens_nest_limit(patterns->reading, NESTING_MAX);
	pcre2_set_match_limit(patterns->limits, STEPS_MAX);
	pcre2_set_depth_limit(patterns->limits, DEPTH_MAX);
	pcre2_set_heap_limit(patterns->limits, HEAP_KIB_MAX);
	pcre2_set_callout(patterns->limits, count_step, patterns);
	return patterns;
}

static void free_all(struct pattern **list)
{
	while (*list) {
		struct pattern *pattern = *list;

		*list = pattern->next;
		pcre2_code_free(pattern->code);
		free(pattern);
	}
}

int patterns_for_now(const struct patterns *patterns)
{
	return patterns->for_now_count;
}

void patterns_forget(struct patterns *patterns)
{
	free_all(&patterns->for_now);
	patterns->for_now_count = 0;
}

void patterns_close(struct patterns *patterns)
{
	if (!patterns)
		return;
	free_all(&patterns->kept);
	patterns_forget(patterns);
	pcre2_match_data_free(patterns->found);
	pcre2_match_context_free(patterns->limits);
	pcre2_compile_context_free(patterns->reading);
	free(patterns);
}

/* ---- reading ---- */

static void tell_why(int error, size_t after, char message[PATTERN_MESSAGE_SIZE])
{
	PCRE2_UCHAR8 why[PATTERN_MESSAGE_SIZE - 32];

	if (pcre2_get_error_message(error, why, sizeof(why)) < 0)
		snprintf((char *)why, sizeof(why), "error %d", error);
	snprintf(message, PATTERN_MESSAGE_SIZE, "%s, after character %zu", (const char *)why,
		 after);
}

static const struct pattern *keep(struct patterns *patterns, pcre2_code *code, uint32_t captures,
				  bool for_now)
{
	struct pattern **list = for_now ? &patterns->for_now : &patterns->kept;
	struct pattern *pattern = memory_resize(NULL, sizeof(*pattern));

	*pattern = (struct pattern){ .code = code, .capture_count = (int)captures, .next = *list };
	*list = pattern;
	patterns->for_now_count += for_now;
	return pattern;
}

const struct pattern *pattern_compile(struct patterns *patterns, struct span text, bool for_now,
				      char message[PATTERN_MESSAGE_SIZE])
{
	const uint32_t options =
	    PCRE2_UTF | PCRE2_AUTO_CALLOUT | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;
	size_t bad = utf8_first_bad(text);
	uint32_t captures = 0;
	PCRE2_SIZE after = 0;
	pcre2_code *code;
	int error = 0;

	if (bad != text.size) {
		snprintf(message, PATTERN_MESSAGE_SIZE,
			 "it is not valid UTF-8 without NUL at byte %zu", bad + 1);
		return NULL;
	}
	code = pcre2_compile((PCRE2_SPTR)text.data, text.size, options, &error, &after,
			     patterns->reading);
	if (!code) {
		after = after < text.size ? after : text.size;
		tell_why(error, utf8_length((struct span){ text.data, after }), message);
		return NULL;
	}
	pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &captures);
	if (captures > PATTERN_CAPTURES_MAX) {
		snprintf(message, PATTERN_MESSAGE_SIZE,
			 "it has %u groups, and at most %d are kept; write (?:…) for those that "
			 "only group",
			 captures, PATTERN_CAPTURES_MAX);
		pcre2_code_free(code);
		return NULL;
	}
	return keep(patterns, code, captures, for_now);
}

int pattern_capture_count(const struct pattern *pattern)
{
	return pattern->capture_count;
}

/* ---- matching ---- */

static void begin(struct patterns *patterns, struct span text)
{
	patterns->text = text.data;
	patterns->steps = 0;
	patterns->steps_max = STEPS_MAX + (uint64_t)text.size * STEPS_A_BYTE;
	patterns->position = 0;
	patterns->why[0] = '\0';
}

/* What ends a match early is a limit; there is nothing else left to go wrong. */
static enum pattern_answer answer_of(int count)
{
	if (count == PCRE2_ERROR_NOMATCH)
		return PATTERN_DIFFERS;
	return count < 0 ? PATTERN_LIMIT : PATTERN_MATCHES;
}

enum pattern_answer pattern_match(struct patterns *patterns, const struct pattern *pattern,
				  struct span text)
{
	begin(patterns, text);
	return answer_of(pcre2_match(pattern->code, (PCRE2_SPTR)text.data, text.size, 0,
				     PCRE2_NO_UTF_CHECK, patterns->found, patterns->limits));
}

struct span pattern_capture(const struct patterns *patterns, int index)
{
	const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(patterns->found);
	PCRE2_SIZE start = ends[2 * index], end = ends[2 * index + 1];

	if (start == PCRE2_UNSET || end < start)
		return SPAN_NONE;
	return (struct span){ patterns->text + start, end - start };
}

enum pattern_answer pattern_replace(struct patterns *patterns, const struct pattern *pattern,
				    struct span text, struct span replacement, char *to,
				    size_t *size)
{
	const uint32_t options = PCRE2_NO_UTF_CHECK | PCRE2_SUBSTITUTE_GLOBAL |
				 PCRE2_SUBSTITUTE_UNSET_EMPTY | PCRE2_SUBSTITUTE_OVERFLOW_LENGTH;
	int count;

	begin(patterns, text);
	count = pcre2_substitute(pattern->code, (PCRE2_SPTR)text.data, text.size, 0, options,
				 patterns->found, patterns->limits, (PCRE2_SPTR)replacement.data,
				 replacement.size, (PCRE2_UCHAR8 *)to, size);
	switch (count) {
	case PCRE2_ERROR_NOMEMORY:
		return PATTERN_TOO_LONG;
	case PCRE2_ERROR_NOSUBSTRING:
	case PCRE2_ERROR_BADREPLACEMENT:
	case PCRE2_ERROR_BADREPESCAPE:
	case PCRE2_ERROR_REPMISSINGBRACE:
	case PCRE2_ERROR_BADSUBSTITUTION:
		pcre2_get_error_message(count, (PCRE2_UCHAR8 *)patterns->why,
					sizeof(patterns->why));
		return PATTERN_REPLACEMENT;
	default:
		return answer_of(count);
	}
}

const char *pattern_why(const struct patterns *patterns)
{
	return patterns->why;
}

uint64_t pattern_steps(const struct patterns *patterns)
{
	return patterns->steps;
}

const char *pattern_unicode_version(struct patterns *patterns)
{
	pcre2_config(PCRE2_CONFIG_UNICODE_VERSION, patterns->unicode_version);
	return patterns->unicode_version;
}
