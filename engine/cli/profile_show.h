/*
 * profile_show.h: a profile as text, as JSON and as a page of HTML.
 */
#ifndef ENGINE_CLI_PROFILE_SHOW_H
#define ENGINE_CLI_PROFILE_SHOW_H

#include "engine/cli/command.h"
#include "engine/profile/profile.h"

struct shown_profile {
	const struct profile *profile;
	const char *legacy; /* its URL, for people */
	bool is_sampled;    /* a table of more rows than that was not read whole */
	bool is_column;     /* columns were asked for by name: every value of theirs is shown */
	struct arena *arena;
};

void profile_put_text(struct buf *buf, const struct look *look, const struct shown_profile *shown);
void profile_put_json(struct buf *buf, const struct shown_profile *shown);
void profile_put_html(struct buf *buf, const struct shown_profile *shown);

/* What a column holds, in a few words: "decimals, up to 2 digits behind the point, and text". */
const char *profile_kind(struct arena *arena, const struct column_profile *column);

/* "to decide" */
const char *profile_heading(enum finding_weight weight);

/* A decision's options: none (there is no value), … or rejected. */
void profile_put_options(struct buf *buf, const struct finding *finding);

/* 2014-01-02 */
void profile_put_day(struct buf *buf, int32_t day);

/* The key as people name the row: "del_id A1". */
void profile_put_key(struct buf *buf, const struct table_profile *table, struct span key,
		     struct arena *arena);

#endif
