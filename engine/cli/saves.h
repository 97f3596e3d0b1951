/*
 * saves.h: waits until somebody saves one of the files a rule version consists of.
 */
#ifndef ENGINE_CLI_SAVES_H
#define ENGINE_CLI_SAVES_H

#include "engine/base/arena.h"
#include "engine/cli/command.h"
#include "engine/rules/rule_host.h"

struct saved_file;

struct saves {
	struct arena arena;
	struct saved_file *files;
	int file_count;
};

void saves_init(struct saves *saves);
void saves_release(struct saves *saves);

/* From now on these: the rule file, and what it was loaded with. migration: NULL when it does not load; then those known before
 * stay. To be called before the files are read, so that nothing saved meanwhile is missed, and again once they are known. */
void saves_follow(struct saves *saves, const char *rules, const struct migration_info *migration);

/* Returns when one of them is not what it was when it was last asked for. The name is what the file is called. */
const char *saves_wait(struct saves *saves);

/* Do it now and whenever one of the files is saved, until somebody ends the program. What fails is said on stderr and is tried again after
 * the next save; false with err when nothing can be written any more. What one time needs of cli->arena dies with it. */
bool saves_repeat(struct cli *cli,
		  bool (*once)(struct cli *cli, struct saves *saves, void *context,
			       struct err *err),
		  void *context, struct err *err);

#endif
