/*
 * invariants.c: what the rule says is true of every record, asked of the records as they stand: of all, or of a sample.
 */
#include "engine/model/span_map.h"
#include "engine/validate/checks.h"

static struct difference about(const struct stored *record, int64_t chunk_no)
{
	return (struct difference){ .kind = DIFFERENCE_BROKEN,
				    .chunk_no = chunk_no,
				    .id = record->id,
				    .key = record->key };
}

static const char *words_of(struct arena *arena, const char *name, const struct fault *fault)
{
	return fault->message.size > 0
		   ? arena_print(arena, "%s: %.*s", name, SPAN_ARGS(fault->message)).data
		   : name;
}

/* An answer that nobody got names its record: the first of them. */
static void note_untold(struct validation *validation, const struct stored *record,
			const char *words)
{
	if (validation->result->why)
		return;
	cannot_tell(validation->result,
		    arena_print(validation->arena, "%.*s: %s", SPAN_ARGS(record->id), words).data);
}

static bool judge_findings(struct validation *validation, const struct stored *record,
			   const struct record_judgement *judgement, int64_t chunk_no,
			   bool *is_told, struct err *err)
{
	for (int i = 0; i < judgement->finding_count; i++) {
		const struct invariant_finding *finding = &judgement->findings[i];
		struct difference difference = about(record, chunk_no);
		const char *words;

		if (finding->answer == INVARIANT_HOLDS)
			continue;
		words =
		    words_of(&validation->one, validation->entity->invariants[i], &finding->fault);
		if (finding->answer == INVARIANT_UNTOLD) {
			note_untold(validation, record, words);
			*is_told = false;
			continue;
		}
		difference.text = words;
		if (!tell(validation, difference, err))
			return false;
	}
	return true;
}

static bool judge_record(struct validation *validation, const struct stored *record,
			 int64_t chunk_no, struct err *err)
{
	struct check_result *result = validation->result;
	struct record_judgement judgement;
	bool is_told = true;

	arena_reset(&validation->one);
	if (!rule_host_judge(validation->options->host, validation->entity_index, record->payload,
			     &validation->one, &judgement, err))
		return false;
	if (!judgement.is_record) {
		note_untold(
		    validation, record,
		    words_of(&validation->one, "is no record of the rule", &judgement.no_record));
		is_told = false;
	} else if (!judge_findings(validation, record, &judgement, chunk_no, &is_told, err)) {
		return false;
	}
	result->expected++;
	result->checked += is_told;
	result->skipped += !is_told;
	return true;
}

static void note_unpassed(struct validation *validation, const struct holding *holding)
{
	if (holding->tile.pass_no == 0)
		cannot_tell(validation->result, "some of its chunks were never passed");
}

bool check_invariants(struct validation *validation, const struct holding *holding, struct err *err)
{
	for (size_t i = 0; i < holding->record_count; i++)
		if (stored_is_live(&holding->records[i]) &&
		    !judge_record(validation, &holding->records[i], holding->tile.no, err))
			return false;
	note_unpassed(validation, holding);
	return true;
}

/* ---- a sample ---- */

static void index_strata(struct validation *validation, int64_t chunk_no, struct span_map *by_key)
{
	int count;
	const struct stratum_row *rows = strata_of_chunk(validation, chunk_no, &count);

	span_map_init(by_key, &validation->scratch, (size_t)count);
	for (int i = 0; i < count; i++)
		span_map_put(by_key, rows[i].key, i);
}

/* What was withdrawn since the chunk was read is no record any more. */
static bool judge_chosen(struct validation *validation, const struct stored *chosen,
			 int64_t chunk_no, bool is_of_share, struct err *err)
{
	struct check_result *result = validation->result;
	int64_t checked = result->checked;
	struct stored record;
	bool found;

	arena_reset(&validation->picks);
	if (!stored_read(validation->options->target, validation->final, chosen->id,
			 &validation->picks, &found, &record, err))
		return false;
	if (!found || !stored_is_live(&record))
		return true;
	if (!judge_record(validation, &record, chunk_no, err))
		return false;
	result->chosen_by_share += is_of_share ? result->checked - checked : 0;
	return true;
}

bool check_invariants_of_sample(struct validation *validation, const struct tile *tile,
				struct err *err)
{
	struct span_map by_key;
	struct holding holding;

	if (!holding_read(validation->options->target, validation->final, validation->entity,
			  tile->no, 0, &validation->scratch, &holding, err))
		return false;
	index_strata(validation, tile->no, &by_key);
	for (size_t i = 0; i < holding.record_count; i++) {
		const struct stored *record = &holding.records[i];
		bool is_chosen = is_of_share(validation, record->id);

		if (!stored_is_live(record) ||
		    (!is_chosen && span_map_get(&by_key, record->key) == SPAN_MAP_NONE))
			continue;
		if (!judge_chosen(validation, record, tile->no, is_chosen, err))
			return false;
	}
	note_unpassed(validation, &holding);
	return true;
}
