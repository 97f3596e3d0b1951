/*
 * test_order.c: which chunk a watch looks at next.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "engine/validate/beat.h"

enum { CHUNKS = 4, ROUND = 7, LOOKED_BEFORE = ROUND - 1 };

static struct beat_chunk chunks[CHUNKS];
static struct look looks[CHUNKS][CHECK_KINDS];
static struct beat beats[1];

/* Nothing is due: all were looked at after their last pass, one after the other, the third one first. */
static void begin(void)
{
	static const int64_t looked_us[CHUNKS] = { 300, 200, 100, 400 };

	for (int i = 0; i < CHUNKS; i++)
		chunks[i] = (struct beat_chunk){ .no = i,
						 .pass_no = 1,
						 .looked_pass_no = 1,
						 .ended_us = 10 + i,
						 .looked_us = looked_us[i],
						 .round_no = LOOKED_BEFORE,
						 .begun_round = ROUND,
						 .looks = looks[i] };
	memset(looks, 0, sizeof(looks));
	beats[0] = (struct beat){ .chunks = chunks, .chunk_count = CHUNKS };
}

/* Looked at in this round, as the patrol notes it. */
static int64_t look(int64_t turn)
{
	struct beat *of = NULL;
	struct beat_chunk *chunk = beat_choose(beats, 1, ROUND, turn, &of);

	if (!chunk)
		return -1;
	cr_assert_eq(of, &beats[0]);
	chunk->looked_pass_no = chunk->pass_no;
	chunk->looked_state = chunk->state;
	chunk->looked_us = 1000 + turn;
	chunk->round_no = ROUND;
	return chunk->no;
}

static void pass_idly(int chunk, int64_t ended_us)
{
	chunks[chunk].pass_no++;
	chunks[chunk].ended_us = ended_us;
}

static void pass(int chunk, int64_t ended_us)
{
	pass_idly(chunk, ended_us);
	chunks[chunk].state.records.low++;
}

Test(order, those_looked_at_longest_ago_come_first_and_each_once_a_round)
{
	begin();
	cr_assert_eq(look(1), 2);
	cr_assert_eq(look(2), 1);
	cr_assert_eq(look(3), 0);
	cr_assert_eq(look(4), 3);
	cr_assert_eq(look(5), -1);
}

Test(order, before_them_those_that_were_passed_since_the_youngest_pass_first)
{
	begin();
	pass(0, 50);
	pass(3, 70);
	pass(1, 60);
	cr_assert_eq(look(1), 3);
	cr_assert_eq(look(2), 1);
	cr_assert_eq(look(3), 0);
	cr_assert_eq(look(5), 2);
	cr_assert_eq(look(6), -1);
}

Test(order, one_that_is_passed_again_is_looked_at_again_though_the_round_has_it)
{
	begin();
	cr_assert_eq(look(1), 2);
	pass(2, 90);
	cr_assert_eq(look(2), 2);
	cr_assert_eq(look(3), 1);
}

/* However much is passed. */
Test(order, every_fourth_look_goes_on_with_the_round)
{
	int64_t of_round = 0;

	begin();
	for (int64_t turn = 1; turn <= 8; turn++) {
		pass(3, 100 + turn);
		of_round += look(turn) != 3;
	}
	cr_assert_eq(of_round, 2);
	cr_assert_eq(chunks[2].round_no, ROUND);
	cr_assert_eq(chunks[1].round_no, ROUND);
	cr_assert_eq(chunks[0].round_no, LOOKED_BEFORE);
}

Test(order, what_came_after_the_round_began_waits_for_the_next_unless_it_is_due)
{
	begin();
	chunks[2].begun_round = LOOKED_BEFORE;
	cr_assert_eq(look(1), 1);
	pass(2, 90);
	cr_assert_eq(look(2), 2);
}

Test(order, an_entity_of_which_nothing_can_be_said_is_left_out)
{
	begin();
	beats[0].why = "the target is moved by another version";
	cr_assert_eq(look(1), -1);
}

/* As each run passes each chunk. */
Test(order, a_pass_that_changed_nothing_puts_nobody_first)
{
	begin();
	for (int i = 0; i < CHUNKS; i++)
		pass_idly(i, 50 + i);
	pass(0, 40);
	cr_assert_eq(look(1), 0);
	cr_assert_eq(look(2), 2);
	chunks[1].state.legacy.high++;
	cr_assert_eq(look(3), 1);
	cr_assert_eq(look(5), 3);
	cr_assert_eq(look(6), -1);
}

Test(order, but_where_something_differs_it_may_have_mended_it)
{
	begin();
	looks[1][CHECK_DIGESTS].verdict = VERDICT_DIFFERS;
	cr_assert_eq(look(1), 2);
	pass_idly(1, 50);
	pass_idly(3, 60);
	cr_assert_eq(look(2), 1);
	cr_assert_eq(look(3), 0);
}
