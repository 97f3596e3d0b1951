/*
 * worklist_text.c: what is to be moved again, or was, to be read: the answer first.
 */
#include "engine/cli/proving.h"
#include "engine/cli/text.h"
#include "engine/cli/worklist.h"

static void put_counted(struct buf *buf, int64_t count, const char *one, const char *many)
{
	text_put_number(buf, count);
	buf_print(buf, " %s", count == 1 ? one : many);
}

static void put_checks(struct buf *buf, const struct shown_worklist *shown)
{
	const char *between = " (";

	for (int i = 0; i < CHECK_KINDS; i++) {
		if (!(shown->checks >> i & 1))
			continue;
		buf_print(buf, "%s%s", between, check_name((enum check_kind)i));
		between = ", ";
	}
	buf_put_text(buf, ") by ");
	text_put_inert(buf, span_of(shown->migration->version));
	buf_print(buf, " %.12s…\n", shown->migration->transform);
}

/* What differs where no row is named, too, is said in chunks. */
static void put_amount(struct buf *buf, const struct worklist *worklist)
{
	put_counted(buf, worklist->name_count, "record or row", "records or rows");
	buf_put_text(buf, ", in ");
	put_counted(buf, worklist->chunk_count, "chunk", "chunks");
	buf_put_text(buf, ", of ");
	put_counted(buf, worklist->cause_count, "cause", "causes");
}

static void put_answer(struct buf *buf, const struct look *look, const struct shown_worklist *shown)
{
	enum verdict verdict = shown->report->verdict;

	if (shown->repair) {
		buf_print(buf, "%smoved%s ", look->strong, look->plain);
		put_counted(buf, shown->repair->repaired, "record or row", "records or rows");
		buf_put_text(buf, " again; ");
		text_put_number(buf, shown->repair->left);
		buf_put_text(buf, " could not be");
		put_checks(buf, shown);
		return;
	}
	buf_print(buf, "%s%s%s: ", proving_colour(look, verdict),
		  verdict == VERDICT_AGREES ? "nothing differs" : proving_words(verdict),
		  look->plain);
	if (verdict == VERDICT_DIFFERS)
		put_amount(buf, shown->worklist);
	else
		buf_put_text(buf, "nothing is to be moved again");
	put_checks(buf, shown);
}

static void put_rules(struct buf *buf, const struct shown_worklist *shown)
{
	buf_put_char(buf, ' ');
	text_put_inert(buf, span_of(shown->rules ? shown->rules : "RULES"));
}

static void put_no_evidence(struct buf *buf, const struct shown_worklist *shown)
{
	if (!shown->repair)
		return;
	buf_print(buf, "This is no evidence: it is a repair (%s). `engine run", shown->repair->run);
	put_rules(buf, shown);
	buf_put_text(buf, "` and then `engine verify");
	put_rules(buf, shown);
	buf_put_text(buf, "` say whether both sides agree.\n");
}

static void put_what_to_do(struct buf *buf, const struct shown_worklist *shown)
{
	if (shown->repair || shown->report->verdict != VERDICT_DIFFERS)
		return;
	buf_put_text(buf, "to move them again: engine reconcile");
	put_rules(buf, shown);
	buf_put_text(buf, " --apply\n");
}

static void put_reasons(struct buf *buf, const struct validate_report *report)
{
	for (int i = 0; i < report->result_count; i++) {
		const struct check_result *result = &report->results[i];

		if (!result->why)
			continue;
		buf_print(buf, "could not tell  %s of ", check_name(result->kind));
		text_put_inert(buf, span_of(result->entity));
		buf_put_text(buf, ": ");
		text_put_inert(buf, span_of(result->why));
		buf_put_char(buf, '\n');
	}
}

/* " chunk 3 tsk_A1 key ["7"]" */
static void put_place(struct buf *buf, int64_t chunk_no, struct span id, struct span key)
{
	if (chunk_no != CHUNK_UNKNOWN)
		buf_print(buf, " chunk %lld", (long long)chunk_no);
	if (id.data) {
		buf_put_char(buf, ' ');
		text_put_inert(buf, id);
	}
	if (key.data) {
		buf_put_text(buf, " key ");
		text_put_inert(buf, key);
	}
}

static void put_left(struct buf *buf, const struct look *look, const struct worklist *worklist,
		     int shown_max)
{
	int64_t told = 0, left = worklist_left(worklist);

	for (int i = 0; i < worklist->item_count && told < shown_max; i++) {
		const struct move_repair *item = &worklist->items[i];

		if (!item->left)
			continue;
		told++;
		buf_print(buf, "%sleft%s  ", look->notice, look->plain);
		text_put_inert(buf, span_of(item->entity));
		put_place(buf, item->chunk_no, item->id, item->key);
		buf_print(buf, ": %s\n", item->left);
	}
	if (told < left) {
		buf_put_text(buf, "and ");
		text_put_number(buf, left - told);
		buf_put_text(buf, " more are left: --all names them\n");
	}
}

static void put_cause(struct buf *buf, const struct look *look, const struct worklist_cause *cause)
{
	buf_print(buf, "\n%s%s%s of ", look->strong, check_name(cause->check), look->plain);
	text_put_inert(buf, span_of(cause->entity));
	buf_print(buf, ", %s", difference_name(cause->kind));
	if (cause->field) {
		buf_put_char(buf, ' ');
		text_put_inert(buf, span_of(cause->field));
	}
	buf_put_text(buf, ": ");
	text_put_inert(buf, span_of(cause->text));
	buf_put_text(buf, "; ");
	text_put_number(buf, cause->count);
	buf_put_char(buf, '\n');
	for (int i = 0; i < cause->entry_count; i++) {
		const struct worklist_entry *entry = &cause->entries[i];

		buf_put_char(buf, ' ');
		put_place(buf, entry->chunk_no, entry->id, entry->key);
		if (entry->text) {
			buf_put_text(buf, ": ");
			text_put_inert(buf, span_of(entry->text));
		}
		buf_put_char(buf, '\n');
	}
	if (cause->entry_count < cause->count) {
		buf_put_text(buf, "  and ");
		text_put_number(buf, cause->count - cause->entry_count);
		buf_put_text(buf, " more: --all names them\n");
	}
}

void worklist_put_text(struct buf *buf, const struct look *look, const struct shown_worklist *shown)
{
	const struct worklist *worklist = shown->worklist;

	put_answer(buf, look, shown);
	put_no_evidence(buf, shown);
	put_what_to_do(buf, shown);
	put_reasons(buf, shown->report);
	if (shown->repair)
		put_left(buf, look, worklist, worklist->entries_max);
	for (int i = 0; i < worklist->cause_count; i++)
		put_cause(buf, look, &worklist->causes[i]);
}
