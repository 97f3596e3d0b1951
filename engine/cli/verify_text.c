/*
 * verify_text.c: what a validation found, to be read: the answer first, then what was checked and what was not, then the differences.
 */
#include "engine/base/clock.h"
#include "engine/base/figures.h"
#include "engine/base/json.h"
#include "engine/cli/proving.h"
#include "engine/cli/text.h"
#include "engine/cli/verify_show.h"

enum { CHECK_WIDTH = 12, NUMBER_WIDTH = 13 };

static void put_list(struct buf *buf, unsigned checks)
{
	bool is_first = true;

	for (int i = 0; i < CHECK_KINDS; i++) {
		if (!(checks >> i & 1))
			continue;
		buf_print(buf, "%s%s", is_first ? "" : ", ", check_name((enum check_kind)i));
		is_first = false;
	}
}

static void put_answer(struct buf *buf, const struct look *look,
		       const struct shown_validation *shown)
{
	const struct validate_report *report = shown->report;
	int count = 0;

	for (int i = 0; i < report->result_count; i++)
		count += report->results[i].verdict == report->verdict;
	buf_print(buf, "%s%s%s: %d of %d ", proving_colour(look, report->verdict),
		  proving_words(report->verdict), look->plain, count, report->result_count);
	buf_print(buf, "%s (", report->result_count == 1 ? "check" : "checks");
	put_list(buf, shown->checks);
	buf_put_text(buf, ") by ");
	text_put_inert(buf, span_of(shown->migration->version));
	buf_print(buf, " %.12s…\n", shown->migration->transform);
}

static void put_left(struct buf *buf, struct span text, size_t width)
{
	size_t begin = buf->size;

	text_put_inert(buf, text);
	while (buf->size - begin < width)
		buf_put_char(buf, ' ');
}

static void put_number(struct buf *buf, int64_t number)
{
	struct buf text;

	buf_init(&text);
	text_put_number(&text, number);
	buf_print(buf, "%*.*s", NUMBER_WIDTH, SPAN_ARGS(buf_span(&text)));
	buf_release(&text);
}

static size_t entity_width(const struct validate_report *report)
{
	size_t width = strlen("entity");

	for (int i = 0; i < report->result_count; i++)
		if (strlen(report->results[i].entity) > width)
			width = strlen(report->results[i].entity);
	return width + 2;
}

static void put_results(struct buf *buf, const struct look *look,
			const struct validate_report *report)
{
	size_t width = entity_width(report);

	buf_put_text(buf, look->dim);
	put_left(buf, SPAN("check"), CHECK_WIDTH);
	put_left(buf, SPAN("entity"), width);
	buf_print(buf, "%*s%*s%*s%*s%s\n", NUMBER_WIDTH, "expected", NUMBER_WIDTH, "checked",
		  NUMBER_WIDTH, "skipped", NUMBER_WIDTH, "differences", look->plain);
	for (int i = 0; i < report->result_count; i++) {
		const struct check_result *result = &report->results[i];

		put_left(buf, span_of(check_name(result->kind)), CHECK_WIDTH);
		put_left(buf, span_of(result->entity), width);
		put_number(buf, result->expected);
		put_number(buf, result->checked);
		put_number(buf, result->skipped);
		put_number(buf, result->differences);
		buf_print(buf, "  %s%s%s\n", proving_colour(look, result->verdict),
			  proving_words(result->verdict), look->plain);
	}
}

/* "balance of job: 10,000 = 9,802 merged + 120 skipped + 78 rejected" */
static void put_balances(struct buf *buf, const struct validate_report *report)
{
	for (int i = 0; i < report->result_count; i++) {
		const struct check_result *result = &report->results[i];
		const struct {
			int64_t count;
			const char *behind;
		} parts[] = {
			{ result->checked, " = " },
			{ result->merged, " merged + " },
			{ result->skipped_by_rule, " skipped + " },
			{ result->rejected, " rejected; " },
			{ result->children, " children, " },
			{ result->orphans, " more without a root\n" },
		};

		if (result->kind != CHECK_BALANCE || result->checked == 0)
			continue;
		buf_put_text(buf, "legacy    ");
		text_put_inert(buf, span_of(result->entity));
		buf_put_text(buf, ": ");
		for (int part = 0; part < COUNT_OF(parts); part++) {
			text_put_number(buf, parts[part].count);
			buf_put_text(buf, parts[part].behind);
		}
	}
}

/* "lagging   balance of job: 3 rows have changed since they were passed, 12 s ago at most" */
static void put_lags(struct buf *buf, const struct validate_report *report)
{
	for (int i = 0; i < report->result_count; i++) {
		const struct check_result *result = &report->results[i];

		if (!result->is_lagging)
			continue;
		buf_print(buf, "lagging   %s of ", check_name(result->kind));
		text_put_inert(buf, span_of(result->entity));
		buf_put_text(buf, ": ");
		text_put_number(buf, result->lagging);
		buf_print(buf, " %s changed since the last pass",
			  result->kind == CHECK_QUERIES ? "answers have" : "rows have");
		if (result->lag_us != INT64_MAX) {
			buf_put_text(buf, ", which was ");
			text_put_number(buf, result->lag_us / 1000000);
			buf_put_text(buf, " s ago");
		}
		buf_put_char(buf, '\n');
	}
}

/* "          enum:state=COMPLETED: 812 in legacy, 811 in the target" */
static void put_unlike(struct buf *buf, const struct check_result *result)
{
	enum { SHOWN_MAX = 20 };
	int shown = 0;

	for (int i = 0; i < result->distribution_count && shown < SHOWN_MAX; i++) {
		const struct stratum_count *stratum = &result->distribution[i];

		if (stratum->first_unlike == CHUNK_UNKNOWN)
			continue;
		buf_put_text(buf, "          ");
		text_put_inert(buf, span_of(stratum->name));
		buf_put_text(buf, ": ");
		text_put_number(buf, stratum->legacy);
		buf_put_text(buf, " in legacy, ");
		text_put_number(buf, stratum->target);
		buf_put_text(buf, " in the target\n");
		shown++;
	}
}

/* "strata    job: 74, legacy by the rule and target have as many records in each" */
static void put_distributions(struct buf *buf, const struct validate_report *report)
{
	for (int i = 0; i < report->result_count; i++) {
		const struct check_result *result = &report->results[i];
		int unlike = verify_count_unlike(result);

		if (result->kind != CHECK_BALANCE || result->distribution_count == 0)
			continue;
		buf_put_text(buf, "strata    ");
		text_put_inert(buf, span_of(result->entity));
		buf_print(buf, ": %d, legacy by the rule and target have ",
			  result->distribution_count);
		if (unlike == 0)
			buf_put_text(buf, "as many records in each");
		else
			buf_print(buf, "not as many records in %d", unlike);
		if (result->distributed < result->expected) {
			buf_put_text(buf, ", of the ");
			text_put_number(buf, result->distributed);
			buf_put_text(buf, " rows that could be told");
		}
		buf_put_char(buf, '\n');
		put_unlike(buf, result);
	}
}

/* "sample    job: none of the 98 that the share chose is wrong: of all at most 3.1 % are, at 95 %" */
static void put_confidences(struct buf *buf, const struct validate_report *report)
{
	for (int i = 0; i < report->result_count; i++) {
		const struct check_result *result = &report->results[i];
		double wrong_at_most;

		if (!validate_confidence(result, &wrong_at_most))
			continue;
		buf_put_text(buf, "sample    ");
		if (result->kind != CHECK_SAMPLE)
			buf_print(buf, "%s of ", check_name(result->kind));
		text_put_inert(buf, span_of(result->entity));
		buf_put_text(buf, ": none of the ");
		text_put_number(buf, result->chosen_by_share);
		buf_print(buf,
			  " that the share chose is wrong: of all at most %.3g %% are, at %g %%\n",
			  wrong_at_most * 100, CONFIDENCE_LEVEL * 100);
	}
}

/* "strata    job: 41 rows of 23 strata and more: of each those with the lowest hashes" */
static void put_strata(struct buf *buf, const struct validate_report *report)
{
	for (int i = 0; i < report->result_count; i++) {
		const struct check_result *result = &report->results[i];
		int64_t rows = 0;

		for (int s = 0; s < result->stratum_count; s++)
			rows += result->strata[s].row_count;
		if (result->stratum_count == 0)
			continue;
		buf_put_text(buf, "strata    ");
		text_put_inert(buf, span_of(result->entity));
		buf_print(buf, ": %d, of each the rows with the lowest hashes, ",
			  result->stratum_count);
		text_put_number(buf, rows);
		buf_put_text(buf, " of all together\n");
	}
}

/* "refunds   job: 12 of 12 questions; 14 rows: 11 same, 3 withheld; 2 values tolerated" */
static void put_query(struct buf *buf, const char *entity, const struct query_result *query)
{
	int64_t rows = 0;

	for (int i = 0; i < ROW_CLASSES; i++)
		rows += query->rows[i];
	buf_put_text(buf, "query     ");
	text_put_inert(buf, span_of(query->name));
	buf_put_text(buf, " of ");
	text_put_inert(buf, span_of(entity));
	buf_put_text(buf, ": ");
	text_put_number(buf, query->checked);
	buf_put_text(buf, " of ");
	text_put_number(buf, query->expected);
	buf_print(buf, " %s, ", query->expected == 1 ? "question" : "questions");
	text_put_number(buf, rows);
	buf_put_text(buf, rows == 1 ? " row" : " rows");
	for (int i = 0; i < ROW_CLASSES; i++) {
		if (query->rows[i] == 0)
			continue;
		buf_put_text(buf, ", ");
		text_put_number(buf, query->rows[i]);
		buf_print(buf, " %s", answer_class_name((enum row_class)i));
	}
	buf_put_char(buf, '\n');
}

static void put_queries(struct buf *buf, const struct validate_report *report)
{
	for (int i = 0; i < report->result_count; i++)
		for (int q = 0; q < report->results[i].query_count; q++)
			put_query(buf, report->results[i].entity, &report->results[i].queries[q]);
}

/* "trial     balance of job noticed 8 of 8 damages done to copies of records" */
static void put_trials(struct buf *buf, const struct validate_report *report)
{
	for (int i = 0; i < report->result_count; i++) {
		const struct check_result *result = &report->results[i];
		int64_t done = 0, noticed = 0;

		for (int kind = 0; kind < DAMAGE_KINDS; kind++) {
			if (!check_claims(result->kind, (enum damage_kind)kind))
				continue;
			done += result->noticed[kind].done;
			noticed += result->noticed[kind].noticed;
		}
		if (done == 0)
			continue;
		buf_print(buf, "trial     %s of ", check_name(result->kind));
		text_put_inert(buf, span_of(result->entity));
		buf_put_text(buf, ": noticed ");
		text_put_number(buf, noticed);
		buf_put_text(buf, " of ");
		text_put_number(buf, done);
		buf_put_text(buf, " damages done to copies of records\n");
	}
}

/* Why somebody could not tell, also where something differs besides. */
static void put_reasons(struct buf *buf, const struct validate_report *report)
{
	for (int i = 0; i < report->result_count; i++) {
		const struct check_result *result = &report->results[i];

		if (!result->why)
			continue;
		buf_print(buf, "why       %s of ", check_name(result->kind));
		text_put_inert(buf, span_of(result->entity));
		buf_put_text(buf, ": ");
		text_put_inert(buf, span_of(result->why));
		buf_put_char(buf, '\n');
	}
}

static void put_evidence(struct buf *buf, const struct shown_validation *shown)
{
	if (shown->evidence.entry_no > 0) {
		buf_print(buf, "evidence  entry %lld of the target's ledger, %.12s…\n",
			  (long long)shown->evidence.entry_no, shown->evidence.hash);
		return;
	}
	buf_put_text(buf, "evidence  none: ");
	text_put_inert(buf, span_of(shown->no_evidence));
	buf_put_char(buf, '\n');
}

/* "not declared: invariants of airline" */
static void put_undeclared(struct buf *buf, const struct shown_validation *shown)
{
	for (int e = 0; e < shown->migration->entity_count; e++) {
		const struct entity_info *entity = &shown->migration->entities[e];

		for (int kind = 0; kind < CHECK_KINDS; kind++) {
			if (!(shown->checks >> kind & 1) ||
			    !validate_is_undeclared(entity, (enum check_kind)kind) ||
			    (shown->entity && strcmp(shown->entity, entity->name) != 0 &&
			     strcmp(shown->entity, entity->record) != 0))
				continue;
			buf_print(buf, "not declared: %s of ", check_name((enum check_kind)kind));
			text_put_inert(buf, span_of(entity->name));
			buf_put_char(buf, '\n');
		}
	}
}

static void put_unchecked(struct buf *buf, const struct shown_validation *shown)
{
	unsigned all = (1U << CHECK_KINDS) - 1;

	if (shown->checks == all)
		return;
	buf_put_text(buf, "not asked for: ");
	put_list(buf, all & ~shown->checks);
	buf_put_char(buf, '\n');
}

static void put_difference(struct buf *buf, const struct look *look, const char *word,
			   const struct difference *difference)
{
	buf_print(buf, "%s%-9s%s ", look->strong, word, look->plain);
	text_put_inert(buf, span_of(difference->entity));
	if (difference->chunk_no != CHUNK_UNKNOWN)
		buf_print(buf, " chunk %lld", (long long)difference->chunk_no);
	if (difference->id.data) {
		buf_put_char(buf, ' ');
		text_put_inert(buf, difference->id);
	}
	if (difference->key.data) {
		buf_put_text(buf, " key ");
		text_put_inert(buf, difference->key);
	}
	if (difference->field) {
		buf_put_text(buf, " ");
		text_put_inert(buf, span_of(difference->field));
	}
	if (difference->query) {
		buf_put_text(buf, " query ");
		text_put_inert(buf, span_of(difference->query));
		buf_put_char(buf, ' ');
		text_put_inert(buf, difference->asked);
		buf_put_text(buf, " row ");
		text_put_inert(buf, difference->row);
	}
	buf_put_text(buf, ": ");
	text_put_inert(buf, span_of(difference->text));
	buf_put_char(buf, '\n');
	if (!difference->legacy.data && !difference->target.data)
		return;
	buf_put_text(buf, "          legacy by the rule ");
	text_put_inert(buf, difference->legacy.data ? difference->legacy : SPAN("absent"));
	buf_put_text(buf, "\n          target             ");
	text_put_inert(buf, difference->target.data ? difference->target : SPAN("absent"));
	buf_put_char(buf, '\n');
}

void verify_put_text(struct buf *buf, const struct look *look, const struct shown_validation *shown)
{
	put_answer(buf, look, shown);
	put_results(buf, look, shown->report);
	put_balances(buf, shown->report);
	put_distributions(buf, shown->report);
	put_lags(buf, shown->report);
	put_confidences(buf, shown->report);
	put_strata(buf, shown->report);
	put_queries(buf, shown->report);
	put_trials(buf, shown->report);
	put_reasons(buf, shown->report);
	put_evidence(buf, shown);
	put_undeclared(buf, shown);
	put_unchecked(buf, shown);
	for (const struct shown_difference *at = shown->first; at; at = at->next)
		put_difference(buf, look, difference_name(at->difference.kind), &at->difference);
	if (shown->shown_count < shown->difference_count) {
		buf_put_text(buf, "and ");
		text_put_number(buf, shown->difference_count - shown->shown_count);
		buf_put_text(buf, " more differences: --all names them\n");
	}
}

int verify_status(enum verdict verdict)
{
	static const int statuses[] = { [VERDICT_AGREES] = 0,
					[VERDICT_DIFFERS] = DIFFERENT,
					[VERDICT_UNKNOWN] = COULD_NOT_TELL };

	return statuses[verdict];
}

/* ---- of a watch ---- */

/* "round     3: 40 chunks in 12 s; 2 of them differ; the oldest proof is 31 s old" */
static void put_round(struct buf *buf, const struct patrol_round *round)
{
	buf_print(buf, "round     %lld: ", (long long)round->no);
	text_put_number(buf, round->looked_count);
	buf_print(buf, " %s in ", round->looked_count == 1 ? "chunk" : "chunks");
	figure_put_duration(buf, round->seconds);
	if (round->differing_count > 0) {
		buf_put_text(buf, "; ");
		text_put_number(buf, round->differing_count);
		buf_print(buf, " %s", round->differing_count == 1 ? "differs" : "differ");
	}
	if (round->oldest_us > 0) {
		buf_put_text(buf, "; the oldest proof is ");
		figure_put_duration(buf, (double)(clock_wall_us() - round->oldest_us) / 1e6);
		buf_put_text(buf, " old\n");
	} else {
		buf_put_text(buf, "; not every chunk was proven yet\n");
	}
}

void verify_put_round(struct buf *buf, const struct look *look,
		      const struct shown_validation *shown, const struct patrol_round *round)
{
	put_answer(buf, look, shown);
	put_round(buf, round);
	put_lags(buf, shown->report);
	put_reasons(buf, shown->report);
	put_evidence(buf, shown);
	if (shown->shown_count < shown->difference_count) {
		buf_put_text(buf, "and ");
		text_put_number(buf, shown->difference_count - shown->shown_count);
		buf_put_text(buf, " more differences came or went: --all names them\n");
	}
}

void verify_put_change(struct buf *buf, const struct look *look,
		       const struct difference *difference, bool is_gone)
{
	put_difference(buf, look, is_gone ? "gone" : difference_name(difference->kind), difference);
}
