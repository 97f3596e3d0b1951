/*
 * rule_copy.c: whatever a rule file says, its copy says the same but for names.
 */
#include "engine/rules/rule_copy.h"

#include "engine/rules/lexer.h"
#include "tests/fuzz/fuzz.h"

enum { SUPERSEDES_TOKENS = 4 }; /* , supersedes = "v3" */

static const struct rule_rename onward = { "v3", "v4", "v4", "v3" };

/* The same but for a text that may be a name. */
static bool is_kept(const struct token *was, const struct token *made)
{
	return was->kind == made->kind &&
	       (was->kind == TOKEN_STRING || span_equal(token_span(was), token_span(made)));
}

/* Nothing is gone, and four tokens at one place may be more. */
static void judge(const struct token_list *was, const struct token_list *made)
{
	int more = made->count - was->count, before = 0, behind = 0;

	law(more == 0 || more == SUPERSEDES_TOKENS, "%d tokens became %d", was->count, made->count);
	while (before < was->count && is_kept(&was->tokens[before], &made->tokens[before]))
		before++;
	while (behind < was->count && is_kept(&was->tokens[was->count - 1 - behind],
					      &made->tokens[made->count - 1 - behind]))
		behind++;
	law(before + behind >= was->count, "tokens %d to %d", before, was->count - behind);
}

static void check_copy(struct span text, struct span copy, bool has_version)
{
	struct token_list was, made;
	struct arena arena;
	int line;

	arena_init(&arena);
	law(lexer_read(text, &arena, &was, &line) == LEX_OK, "line %d", line);
	law(lexer_read(copy, &arena, &made, &line) == LEX_OK, "line %d of the copy", line);
	judge(&was, &made);
	law(has_version || was.count == made.count, "tokens without a version");
	arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = fuzz_exact((struct span){ (const char *)data, size });
	struct err err = { ERR_NONE, "" };
	bool has_version = false;
	struct buf copy;

	buf_init(&copy);
	if (rule_copy_text(text, &onward, &copy, &has_version, &err)) {
		law(err.code == ERR_NONE, "%s", err.text);
		check_copy(text, buf_span(&copy), has_version);
	} else {
		law(err.code == ERR_RULE && err.text[0], "%d: %s", (int)err.code, err.text);
	}
	buf_release(&copy);
	fuzz_free(text);
	return 0;
}
