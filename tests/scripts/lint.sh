#!/usr/bin/env bash
# lint.sh: each of lint's checks finds what was planted for it, and nothing where nothing was.
. "$(dirname "$0")/lib.sh"
small_engine

scripts/lint > said 2>&1
report $? 'an engine as it should be passes' said

# NAME, WHAT LINT MUST SAY: the planted change is on stdin, as shell.
finds() {
	cp -r engine drivers tests scripts "$tree.before"
	bash -s
	if scripts/lint > said 2>&1; then
		report 1 "$1: lint was content" said
	else
		grep -qE -- "$2" said
		report $? "$1" said
	fi
	rm -rf engine drivers tests scripts
	mv "$tree.before"/* .
}
mkdir "$tree.before"
trap 'rm -rf "$tree" "$tree.before"' EXIT

finds 'a room that includes what is above it' 'count.c:4: engine/base may not include engine/model/pair.h' << 'END'
echo '/* pair.h: two. */' > engine/model/pair.h
sed -i '4i #include "engine/model/pair.h"' engine/base/count.c
END
finds "a library in another's room" 'pair.c:4: <sqlite3.h> belongs to drivers/sqlite alone' << 'END'
sed -i '4i #include <sqlite3.h>' engine/model/pair.c
END
finds 'a library nobody links yet, in the wrong room' '<libpq-fe.h> belongs to drivers/postgres alone' << 'END'
echo '/* pg.h: no. */' > engine/model/pg.h; echo '#include <libpq-fe.h>' >> engine/model/pg.h
END
finds "another room's internal header" 'count_internal.h is for engine/base alone' << 'END'
echo '/* count_internal.h: for engine/base only. */' > engine/base/count_internal.h
sed -i 's/count.h/count_internal.h/' engine/model/pair.c
sed -i '1i /* pair.c: two. */\nint count_up(int number);' engine/model/pair.c
END
finds 'a header that says it is for one room only' 'tally.h is for engine/base alone' << 'END'
printf '/*\n * tally.h: counts. For engine/base only.\n */\n' > engine/base/tally.h
sed -i '4a #include "engine/base/tally.h"' engine/model/pair.c
END
finds 'a driver that knows another' 'drivers/sqlite may not include drivers/memory/memory.h' << 'END'
mkdir drivers/memory; echo '/* memory.h: one. */' > drivers/memory/memory.h
printf '/* open.h: two. */\n#include "drivers/memory/memory.h"\n' > drivers/sqlite/open.h
END
finds 'an include that is not rooted' 'includes are rooted at the repository' << 'END'
sed -i 's,"engine/base/count.h","../base/count.h",' engine/model/pair.c
END
finds 'a folder that is no room' 'engine/attic/old.c:0: no such room' << 'END'
mkdir engine/attic; echo '/* old.c: gone. */' > engine/attic/old.c
END
finds 'rooms that stand on each other' 'base stands on model, which is not below it' << 'END'
sed -i '/name = "base"/s/on = {}/on = { "model" }/' scripts/rooms.lua
END
finds 'calls that are banned' 'pair.h:9:' << 'END'
echo '/* pair.h: two. */' > engine/model/pair.h
for call in strcpy strcat sprintf vsprintf strtok atoi gets assert; do echo "#define my_$call(a, b) $call(a, b)"; done >> engine/model/pair.h
END
[ "$(grep -c 'pair.h:[2-9]:' said)" = 8 ]
report $? 'each of them' said
finds 'an unfinished word' 'rules/v1.lua:1:' << 'END'
echo "-- FIX""ME later" > rules/v1.lua
END
rm -f rules/v1.lua
finds 'a room that prints' 'pair.c:.*puts' << 'END'
sed -i 's/return count_up/puts("x");\n\treturn count_up/; 4i #include <stdio.h>' engine/model/pair.c
END
finds 'a file that does not say what it is' 'pair.c: its first comment' << 'END'
sed -i '2s/.*/ * Two of them./' engine/model/pair.c
END
finds 'a file beyond 800 lines' 'long.h: 80. lines' << 'END'
{ echo '/* long.h: long. */'; seq 800 | sed 's,.*,/* & */,'; } > engine/model/long.h
END
finds 'state that hides in a file' 'pair.o: counter lies in .bss' << 'END'
sed -i '6i static int counter;\n' engine/model/pair.c
sed -i 's/return count_up(/return counter++ + count_up(/' engine/model/pair.c
END
finds 'state that hides in a function' 'pair.o: last.* lies in .data' << 'END'
sed -i 's/^\treturn/\tstatic int last = 7;\n\n\tlast += number;\n\treturn last +/' engine/model/pair.c
END
finds 'a line clang-format would change' '^  engine.model.pair.c$' << 'END'
sed -i 's/^\treturn/  return/' engine/model/pair.c
END
finds 'a function beyond 70 lines' "pair_count.*exceeds recommended|readability-function-size" << 'END'
lines=$(seq 71 | sed 's/.*/\tnumber += &;/')
awk -v lines="$lines" '/^\treturn/ { print lines } { print }' engine/model/pair.c > p && mv p engine/model/pair.c
END
finds 'a mistake only analysis sees' 'pair.c:.*clang-analyzer|bugprone' << 'END'
sed -i 's/^\treturn/\tif (number = 3)\n\t\tnumber = *(int *)0;\n\treturn/; ' engine/model/pair.c
sed -i 's/(number = 3)/(number == 3)/' engine/model/pair.c
END

scripts/lint > said 2>&1
report $? 'and nothing is left over' said
exit $failed
