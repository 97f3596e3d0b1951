/*
 * diff_show.h: a comparison of two versions as text, as JSON, as Markdown and as a page of HTML.
 *
 * What is shown depends on the versions and the rows alone, so that the same command gives the same bytes again.
 */
#ifndef ENGINE_CLI_DIFF_SHOW_H
#define ENGINE_CLI_DIFF_SHOW_H

#include "engine/cli/command.h"
#include "engine/cli/diff_held.h"
#include "engine/compare/compare.h"

struct shown_diff {
	const char *paths[2]; /* of the rule files, as given */
	const struct migration_info *migrations[2];
	const struct meaning *meaning;
	const struct comparison *comparison; /* NULL: no rows were asked for */
	const struct judgement *judgement;
	const char *source; /* of the rows, for people: a URL without its password, or a file */
	bool is_given;      /* rows came from a file */
	bool is_cold;       /* from sealed segments, which nobody changes */
	const char *seed;   /* as given; NULL: the usual one */
	const struct held *held; /* NULL: no target was named, or it could not be asked: */
	const char *held_fault;  /* why it is not known what the target holds; or NULL */
	struct arena *arena;
};

void diff_put_text(struct buf *buf, const struct look *look, const struct shown_diff *shown);
void diff_put_json(struct buf *buf, const struct shown_diff *shown);
void diff_put_markdown(struct buf *buf, const struct shown_diff *shown);
void diff_put_html(struct buf *buf, const struct shown_diff *shown);

/* ---- words that all of them use; not inert yet ---- */

/* "10,000 of 1,372,004 rows" */
void diff_put_coverage(struct buf *buf, const struct entity_comparison *entity);

/* "about 61,100 of all (58,512 to 63,790)"; nothing where every row was compared. */
void diff_put_extrapolation(struct buf *buf, const struct entity_comparison *entity, int64_t count);

/* "breaking: records have other values than before", and what that rests on, a sentence a line. */
void diff_put_verdict(struct buf *buf, const struct shown_diff *shown);

/* How many of the rows that come out differently the target holds, a sentence, and for how many it is believed, on a line of its
 * own; nothing where no target was named. */
void diff_put_held(struct buf *buf, const struct shown_diff *shown);

/* The second line of these, with the line end before it. */
void diff_put_authority(struct buf *buf, const struct held *held);

/* 4.5 % */
void diff_put_percent(struct buf *buf, int64_t count, int64_t of);

/* +, − or ~ */
const char *diff_sign(enum change_kind kind);

/* What of a class is worth a line: not identical, and there. */
bool diff_is_shown(const struct entity_comparison *entity, int kind);

/* The first line of what is left, which is then what follows it. */
struct span diff_take_line(struct span *rest);

/* How a field's values moved: "2,481 changed: 2,400 earlier, 81 later; 12 appeared". */
void diff_put_moves(struct buf *buf, const struct field_tally *field);

/* How many of a tally's transitions are worth showing: of those that stand for one row only the examples. */
int diff_shown_count(const struct tally *tally, int most);

/* Where both begin alike for long, both from shortly before where they no longer do, behind "…". */
void diff_focus(struct arena *arena, struct span *before, struct span *after);

/* "–" where there is none. */
struct span diff_value(struct span value);

/* How a sample was drawn and read; one sentence. */
void diff_put_method(struct buf *buf, const struct shown_diff *shown);

#endif
