# lib.sh: a small engine of its own, in a folder of its own, for tests of the scripts. To be sourced.
set -u
repository=$(cd "$(dirname "$0")/../.." && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
. "$repository/tests/report.sh"
unset ENGINE_BUILD ENGINE_BUILD_LOCKED ENGINE_BINARY

small_engine() { # fills $tree; everything in it is as it should be
	cd "$tree" || exit 1
	mkdir -p engine/base engine/model engine/rules engine/cli drivers/sqlite tests/base tests/cli rules docs .ci
	cp -r "$repository/scripts" "$repository/premake5.lua" "$repository/.clang-format" "$repository/.clang-tidy" .
	rm -rf scripts/bench.d
	cat > engine/base/count.h << 'END'
/*
 * count.h: counts.
 */
#ifndef ENGINE_BASE_COUNT_H
#define ENGINE_BASE_COUNT_H

int count_up(int number);

#endif
END
	cat > engine/base/count.c << 'END'
/*
 * count.c: counts.
 */
#include "engine/base/count.h"

int count_up(int number)
{
	return number + 1;
}
END
	cat > engine/model/pair.c << 'END'
/*
 * pair.c: two of them.
 */
#include "engine/base/count.h"

int pair_count(int number);

int pair_count(int number)
{
	return count_up(count_up(number));
}
END
	echo 'return "a prelude"' > engine/rules/prelude.lua
	cat > engine/rules/words.c << 'END'
/*
 * words.c: what the prelude says.
 */
#include "prelude.lua.inc"

const char *words(void);

const char *words(void)
{
	return prelude_lua;
}
END
	printf '/*\n * err.h: stands in for the real one.\n */\n' > engine/base/err.h
	echo '/* help.c: nothing to say. */' > engine/cli/help.c
	cat >> engine/cli/help.c << 'END'
int help(void);

int help(void)
{
	return 3;
}
END
	cat > engine/cli/main.c << 'END'
/*
 * main.c: says what it was given, where it stands, and what the prelude says.
 */
#include <stdio.h>
#include <unistd.h>

int help(void);
const char *words(void);

int main(int argc, char **argv)
{
	char folder[4096];

	printf("%s|%s|%s", argc > 1 ? argv[1] : "", getcwd(folder, sizeof(folder)), words());
	return help();
}
END
	cat > tests/base/test_count.c << 'END'
/*
 * test_count.c: counting is by one.
 */
#include <criterion/criterion.h>

#include "engine/base/count.h"

TestSuite(count, .timeout = 10);

Test(count, goes_up_by_one)
{
	cr_assert_eq(count_up(1), 2);
}
END
	clang-format -i engine/*/*.c engine/*/*.h tests/base/*.c
}
