/*
 * command_completion.c: engine completion bash|zsh: what the tables of commands and options say, in front of what completes by it.
 */
#include "completion.bash.inc"
#include "completion.zsh.inc"
#include "engine/cli/command_words.h"
#include "engine/cli/text.h"
#include "engine/model/fault.h"

struct script {
	struct buf out;
	bool is_zsh; /* which shows what each word is for */
};

/* In single quotes, where only these mean anything. */
static void put_quoted_inside(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] == '\'')
			buf_put_text(out, "'\\''");
		else
			buf_put_char(out, text.data[i]);
	}
}

/* A list is one text with blanks in bash, an array in zsh. */
static void begin_list(struct script *script, const char *name)
{
	buf_print(&script->out, "%s=%c", name, script->is_zsh ? '(' : '\'');
}

static void put_item(struct script *script, struct span word, const char *summary, bool *is_later)
{
	struct buf *out = &script->out;

	if (*is_later)
		buf_put_char(out, ' ');
	*is_later = true;
	if (script->is_zsh)
		buf_put_char(out, '\'');
	put_quoted_inside(out, word);
	if (script->is_zsh && summary) {
		buf_put_char(out, ':');
		put_quoted_inside(out, span_of(summary));
	}
	if (script->is_zsh)
		buf_put_char(out, '\'');
}

static void end_list(struct script *script)
{
	buf_put_char(&script->out, script->is_zsh ? ')' : '\'');
}

static void put_alternatives(struct script *script, const char *name, struct span rest)
{
	struct span word;
	bool is_later = false;

	begin_list(script, name);
	while (next_alternative(&rest, &word))
		put_item(script, word, NULL, &is_later);
	end_list(script);
}

static void put_options(struct script *script, const char *name, unsigned accepted)
{
	bool is_later = false;

	begin_list(script, name);
	for (int i = 0; i < option_count; i++)
		if (option_table[i].bit & accepted)
			put_item(script, span_of(option_table[i].name), option_table[i].summary,
				 &is_later);
	end_list(script);
}

static void put_commands(struct script *script)
{
	bool is_later = false;

	begin_list(script, "_engine_commands");
	for (int i = 0; i < command_count; i++)
		put_item(script, span_of(commands[i].name), commands[i].summary, &is_later);
	end_list(script);
	buf_put_char(&script->out, '\n');
}

static void put_codes(struct script *script)
{
	bool is_later = false;

	begin_list(script, "_engine_codes");
	for (int i = 0; i < fault_code_count(); i++)
		put_item(script, span_of(fault_code_at(i)), NULL, &is_later);
	end_list(script);
	buf_put_char(&script->out, '\n');
}

/* What else may stand behind the command, by its name in the usage. */
static const char *taken_by(const struct command *command)
{
	if (command_takes_rules(command))
		return "RULES";
	if (strstr(command->usage, "[CODE]"))
		return "CODE";
	return strstr(command->usage, "[COMMAND]") ? "COMMAND" : "";
}

static void put_each_command(struct script *script)
{
	buf_put_text(&script->out, "\n_engine_command() {\n\tcase $1 in\n");
	for (int i = 0; i < command_count; i++) {
		const struct command *command = &commands[i];

		buf_print(&script->out, "\t%s) ", command->name);
		put_alternatives(script, "verbs", command_verbs(command));
		buf_print(&script->out, " takes='%s'\n\t\t", taken_by(command));
		put_options(script, "options", command->options);
		buf_put_text(&script->out, " ;;\n");
	}
	buf_put_text(&script->out, "\tesac\n}\n");
}

static void put_each_option(struct script *script)
{
	buf_put_text(&script->out, "\n_engine_option() {\n\tcase $1 in\n");
	for (int i = 0; i < option_count; i++) {
		const struct option *option = &option_table[i];

		if (!option->value)
			continue;
		buf_print(&script->out, "\t%s) value='", option->name);
		put_quoted_inside(&script->out, span_of(option->value));
		buf_put_text(&script->out, "' ");
		put_alternatives(script, script->is_zsh ? "offered" : "words",
				 option_words(option));
		buf_put_text(&script->out, " ;;\n");
	}
	buf_put_text(&script->out, "\tesac\n}\n");
}

int command_completion(struct cli *cli, struct err *err)
{
	const char *shell = cli->argument_count > 0 ? cli->arguments[0] : "";
	struct script script = { .is_zsh = strcmp(shell, "zsh") == 0 };

	if (!script.is_zsh && strcmp(shell, "bash") != 0) {
		err_set(err, ERR_USAGE, "for which shell? usage: engine %s", cli->command->usage);
		return 0;
	}
	buf_init(&script.out);
	if (script.is_zsh)
		buf_put_text(&script.out, "#compdef engine\n");
	buf_print(&script.out,
		  "# Completes engine " ENGINE_VERSION " in %s; printed by: engine %s %s\n\n",
		  shell, cli->command->name, shell);
	put_commands(&script);
	put_options(&script, "_engine_options", ~0u);
	buf_put_char(&script.out, '\n');
	put_codes(&script);
	put_each_command(&script);
	put_each_option(&script);
	buf_put_text(&script.out, script.is_zsh ? completion_zsh : completion_bash);
	text_to_stdout(&script.out, err);
	buf_release(&script.out);
	return 0;
}
