#!/usr/bin/env bash
# build.sh: the build notices what changed, the runner believes only tests that earned it.
. "$(dirname "$0")/lib.sh"
small_engine

# ---- scripts/build and scripts/engine ----

scripts/build release > said 2>&1 && [ ! -s said ]
report $? 'a build that works says nothing' said

(cd / && "$tree/scripts/engine" hello) > said 2> said.err
status=$?
[ $status = 3 ] && [ "$(cat said)" = 'hello|/|return "a prelude"' ] && [ ! -s said.err ]
report $? "scripts/engine leaves folder, output and exit status alone (here $status)" said

(cd / && ENGINE_BUILD=elsewhere "$tree/scripts/engine" you) > said 2>&1
[ "$(cat said)" = 'you|/|return "a prelude"' ] && [ -x elsewhere/bin/release/engine ]
report $? 'ENGINE_BUILD moves the build folder' said
rm -rf elsewhere

echo 'return "another prelude"' > engine/rules/prelude.lua
[ "$(scripts/engine x)" = "x|$tree|return \"another prelude\"" ]
report $? 'an edited prelude is in the next run'

stamp=$(stat -c %y build/bin/release/engine)
scripts/build release && [ "$(stat -c %y build/bin/release/engine)" = "$stamp" ]
report $? 'nothing is linked again when nothing changed'

sed -i 's/return 3/return 4/' engine/cli/help.c
scripts/engine x > /dev/null
[ $? = 4 ]
report $? 'an edited file is in the next run'

mv engine/cli/help.c engine/cli/aid.c
sed -i 's/help.c/aid.c/; s/return 4/return 5/' engine/cli/aid.c
scripts/engine x > /dev/null
[ $? = 5 ]
report $? 'a file that moved is built, and what it was before is forgotten'

mv engine/cli/aid.c aid.c
scripts/build release > said 2>&1
status=$?
mv aid.c engine/cli/aid.c
[ $status = 70 ] && grep -q 'undefined reference' said
report $? 'a build that fails says why' said

echo 'int unused(void) { int number; }' >> engine/base/count.c
scripts/engine x > said 2> said.err
status=$?
[ $status = 70 ] && [ ! -s said ] && grep -q 'count.c.*unused' said.err
report $? 'warnings are errors, and a broken build runs nothing old' said.err
sed -i '$d' engine/base/count.c

scripts/build fast > said 2>&1
[ $? = 2 ]
report $? 'a configuration nobody knows is refused' said

ENGINE_BUILD=many scripts/build debug & ENGINE_BUILD=many scripts/build release & ENGINE_BUILD=many scripts/build sanitize &
wait
[ -x many/bin/debug/engine ] && [ -x many/bin/release/engine ] && [ -x many/bin/sanitize/engine ]
report $? 'three builds at once do not hurt each other'
rm -rf many

# ---- scripts/test ----

# LAST LINE, EXIT STATUS, NAME: what scripts/test makes of the tests that are there
judged() {
	scripts/test "${room:-base}" > said 2>&1
	status=$?
	[ "$(tail -n 1 said)" = "$1" ] && [ $status = "$2" ]
	report $? "$3" said
}
add_test() { printf '\n%s\n' "$1" >> tests/base/test_count.c; }
cp tests/base/test_count.c kept.c

judged '2 passed, 0 failed' 0 'good tests count once for each build'
[ "$(wc -l < said)" = 1 ]
report $? 'and nothing else is said' said

add_test 'Test(count, fails) { cr_assert(0, "the reason why"); }'
judged '2 passed, 2 failed' 1 'a failed test fails'
grep -q 'the reason why' said
report $? 'and its reason is shown' said
cp kept.c tests/base/test_count.c

sed -i 's/#include <criterion.*/&\n#include <stdlib.h>/' tests/base/test_count.c
add_test 'Test(count, leaks) { for (int i = 0; i < 9; i++) { char *volatile lost = malloc(10); lost = NULL; (void)lost; } }'
judged '3 passed, 1 failed' 1 'a leak fails where it can be seen'
cp kept.c tests/base/test_count.c

add_test 'Test(count, skips) { cr_skip_test("no reason"); }'
judged '2 passed, 2 failed' 1 'a skipped test is no passed test'
cp kept.c tests/base/test_count.c

add_test 'Test(count, dies, .signal = 0) { volatile int *nothing = 0; *nothing = 1; }'
judged '2 passed, 2 failed' 1 'a crash fails'
cp kept.c tests/base/test_count.c

sed -i 's/#include <criterion.*/&\n#include <signal.h>\n#include <stdlib.h>/' tests/base/test_count.c
add_test 'Test(count, is_killed, .signal = SIGABRT) { abort(); }'
judged '4 passed, 0 failed' 0 'a test that should die may, though the runner then leaks'
add_test 'Test(count, leaks) { for (int i = 0; i < 9; i++) { char *volatile lost = malloc(10); lost = NULL; (void)lost; } }'
judged '5 passed, 1 failed' 1 'and a leak beside it is still seen'
cp kept.c tests/base/test_count.c

printf '/*\n * test_count.c: nothing.\n */\nextern int nothing;\n' > tests/base/test_count.c
judged '0 passed, 2 failed' 1 'a program without tests fails'

echo 'int missing(' > tests/base/test_count.c
judged '0 passed, 1 failed' 1 'tests that do not compile fail'
cp kept.c tests/base/test_count.c

room=cli
judged '0 passed, 1 failed' 1 'no test at all is a failure'
script() { printf '%s\n' "$1" > tests/cli/t.sh; }
script 'echo "ok - one"; echo "ok - two"; [ -x "$ENGINE_BINARY" ]'
judged '2 passed, 0 failed' 0 'the tests of a script are counted, and it knows the binary'
script 'echo "ok - one"; echo "not ok - two"; exit 1'
judged '1 passed, 1 failed' 1 'what is not ok failed'
script 'echo "ok - one"; exit 1'
judged '1 passed, 1 failed' 1 'a script that ends badly failed'
script 'true'
judged '0 passed, 1 failed' 1 'a script that tests nothing failed'
echo 'exit 1' > tests/cli/lib.sh
script 'echo "ok - one"'
judged '1 passed, 0 failed' 0 'what scripts share is not run'

exit $failed
