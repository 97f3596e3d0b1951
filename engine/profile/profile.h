/*
 * profile.h: what a legacy store holds, column by column, before anybody has written a rule for it.
 *
 * Reads tables by their keys, whole or as blocks spread evenly over the keys, and counts. Nothing is judged here by a rule; what
 * is odd is counted under a name, with an example that can be looked up. The same rows give the same profile.
 */
#ifndef ENGINE_PROFILE_PROFILE_H
#define ENGINE_PROFILE_PROFILE_H

#include "drivers/driver.h"

/* What a value looks like. Each has one form, the narrowest. */
enum value_form {
	FORM_EMPTY,    /* no character, or blanks alone */
	FORM_INTEGER,  /* "-7", "007" */
	FORM_DECIMAL,  /* "12.50" */
	FORM_FLOAT,    /* with an exponent: "1e+20" */
	FORM_BOOLEAN,  /* t, f, true, false, in any case */
	FORM_DATE,     /* 2024-05-06 */
	FORM_LOCAL,    /* a moment without an offset */
	FORM_INSTANT,  /* a moment with one */
	FORM_BAD_TIME, /* written as a date or a moment, but none that there is */
	FORM_UUID,
	FORM_JSON, /* an object or an array */
	FORM_PHP,  /* serialized */
	FORM_TEXT,
	FORM_BYTES, /* binary, or no UTF-8 */
	FORM_COUNT,
};
const char *value_form_text(enum value_form form); /* "integers" */

/* What is odd about a value by itself. */
enum oddity_kind {
	ODD_EMPTY,          /* "" */
	ODD_BLANK,          /* blanks alone */
	ODD_NULL_WORD,      /* "NULL", "N/A", "-": a text that may mean NULL */
	ODD_PADDED,         /* blanks in front or behind */
	ODD_BAD_TEXT,       /* no UTF-8, or NUL within */
	ODD_CONTROL,        /* characters that do not show */
	ODD_MOJIBAKE,       /* UTF-8 read as Latin-1 and written as UTF-8 again: "Ã©" */
	ODD_LOST_LETTER,    /* U+FFFD: somebody could not read it before */
	ODD_HUGE,           /* above CELL_BYTES_MAX */
	ODD_UNSAFE_INTEGER, /* beyond ±(2^53−1): no JSON number holds it */
	ODD_ZEROS_IN_FRONT, /* "007": a code rather than a number */
	ODD_FLOAT_NOISE,    /* more than six digits behind the point: "0.0500000007" */
	ODD_ZERO_DATE,
	ODD_INFINITE,
	ODD_BEFORE_CHRIST,
	ODD_PARTIAL_DATE,
	ODD_NO_SUCH_DAY,
	ODD_NO_SUCH_TIME, /* 24:00, and leap seconds */
	ODD_TOO_PRECISE,
	ODD_SENTINEL_DATE, /* a day that rather means none: 1900-01-01, 1970-01-01, 9999-12-31 … */
	ODD_COUNT,
};

/* How often, and where: of all rows concerned the one whose key has the lowest hash. */
struct oddity {
	int64_t count;
	struct span key, value;
	uint64_t hash; /* of key */
};

enum { PROFILE_YEARS = 100, PROFILE_FIRST_YEAR = 1970, DAY_UNKNOWN = INT32_MIN };

/* One value of a column that has few. */
struct value_count {
	struct span value;
	int64_t count;
	enum value_form form;
	uint32_t oddities; /* bits, 1 << enum oddity_kind */
	int32_t first_day,
	    last_day; /* since 1970, by the table's dated column; or DAY_UNKNOWN, both */
	uint32_t
	    *years; /* rows by year from PROFILE_FIRST_YEAR; NULL beyond ERA_VALUES_MAX values */
};

enum {
	VALUES_KEPT_MAX = 1000, /* different values of one column that are told apart and counted */
	VALUE_KEPT_BYTES = 256, /* longer ones are not */
	ERA_VALUES_MAX = 64,    /* values of one column that are followed through the years */
	SAMPLES_MAX = 5,
};

struct column_profile {
	const struct column_info *info;
	int64_t null_count, value_count;
	int64_t forms[FORM_COUNT];
	struct oddity oddities[ODD_COUNT];
	uint32_t length_min, length_max, scale_max;
	struct span least,
	    greatest; /* of numbers by value, of times by time; no data where neither are most of the values */

	const struct value_count *values; /* the most frequent first, then by bytes */
	int value_kinds;
	bool is_vocabulary;     /* values are all there are */
	int64_t distinct_count; /* exact when is_vocabulary, else estimated within some 10 % */
	struct span samples[SAMPLES_MAX];
	int sample_count;
};

/* Years in which the same values of a column were in use. */
struct era {
	int first_year, last_year;
	const int *begun,
	    *ended; /* indexes of values that begin with this era, and that ended with the one before */
	int begun_count, ended_count;
};

enum finding_weight {
	FINDING_DECIDE, /* nobody but its owners knows what is meant */
	FINDING_SAY,    /* one line of the rule file says it */
	FINDING_NOTE,   /* worth knowing */
	FINDING_WEIGHTS,
};

/* One way to decide, as a rule file may name it. */
struct finding_option {
	const char *name, *text;
};
enum { FINDING_OPTIONS_MAX = 3 };

struct finding_value {
	const char *column;
	struct span value; /* no data: NULL */
};

struct finding {
	enum finding_weight weight;
	const char *name;   /* "kinds-of-null": the same in every release */
	const char *column; /* NULL: of the table */
	int64_t count;      /* rows concerned, of those that were read */
	const char *text;   /* what was seen */
	const char *advice; /* what a rule file may say */
	struct finding_option options
	    [FINDING_OPTIONS_MAX]; /* of what is to decide: what there usually is to choose between, besides rejecting such rows */
	struct span key, value; /* one of them; no data: none */
	struct finding_value
	    pair[2]; /* "disagreement": what stands beside each other; else no columns */
};

/* Columns that name rows of another table, as the store declares it or they are called. */
struct relation_profile {
	const struct foreign_key *key;
	int64_t lost_count; /* rows that name one that is not there */
	const char *fault;  /* why that could not be checked, or NULL */
};

struct table_profile {
	const char *name;
	const struct table_info *info;
	const char *fault; /* why it could not be read; then nothing below is there */
	const char *const *key;
	int key_count;                  /* 0: it has none, and equal rows are one */
	int64_t row_count;              /* in all */
	int64_t read_count;             /* looked at */
	struct column_profile *columns; /* those asked for; info says which */
	int column_count;
	int dated_by;                  /* the column that tells when a row came to be, or −1 */
	const struct era *const *eras; /* a column each: a list of era_counts[column] */
	const int *era_counts;
	const struct finding
	    *findings; /* by weight, then by columns, those of the table behind them */
	int finding_count;
	const struct relation_profile *relations;
	int relation_count;
};

struct profile {
	const struct table_profile *tables; /* in the order asked for, else by name */
	int table_count;
	const struct foreign_key
	    *keys; /* of all tables, looked at or not: declared, or by their names */
	int key_count;
};

struct profile_options {
	struct conn *legacy;      /* borrowed */
	const char *const *names; /* "TABLE" or "TABLE.COLUMN" */
	int name_count;           /* 0: every table */
	bool and_below;           /* also the tables whose rows name rows of these */
	int64_t rows_max;         /* of a table; 0: all of it */
	/* Called when so much was read, and may wait; false with err ends it. NULL: nothing waits. */
	bool (*on_read)(void *context, const char *table, int64_t rows, size_t bytes,
			struct err *err);
	void *context;
};

enum { PROFILE_ROWS = 100000 }; /* of a table, unless somebody says otherwise */

/* The values that are neither empty nor a word for none. */
int64_t column_meant(const struct column_profile *profile);
/* Are most of them, or nearly all, of one of these forms (bits, 1 << enum value_form)? */
bool column_is_mostly(const struct column_profile *profile, unsigned forms);
bool column_is_nearly(const struct column_profile *profile, unsigned forms);

/* Is it empty, or a word for none? */
bool value_means_none(const struct value_count *value);
/* Are they one when case and blanks behind are left out? */
bool value_is_variant(struct span one, struct span other);

/* Does a column's name say that nobody may see what stands in it? Its values are masked here (mask.h). */
bool column_is_secret(const char *name);

/* ERR_USAGE for a name that no table or column has. What one table refuses is its fault and not an error; a store that fails is
 * one. Everything lies in the arena. */
bool profile_take(const struct profile_options *options, struct arena *arena,
		  struct profile *profile, struct err *err);

#endif
