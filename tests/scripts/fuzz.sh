#!/usr/bin/env bash
# fuzz.sh: scripts/fuzz and scripts/setup refuse what they do not know, before they install or build anything.
. "$(dirname "$0")/lib.sh"
cd "$tree" || exit 1

"$repository/scripts/fuzz" nothing > said 2>&1
[ $? = 2 ] && grep -q 'no target "nothing"; there are .*dates' said
report $? 'a target nobody knows is refused, and those there are are named' said

"$repository/scripts/fuzz" dates --seconds ten > said 2>&1
[ $? = 2 ] && grep -q 'not "ten"' said
report $? 'so is a time that is no number' said

"$repository/scripts/fuzz" --second 10 > said 2>&1
[ $? = 2 ] && grep -q 'no option --second' said
report $? 'and an option nobody knows' said

"$repository/scripts/setup" fuz > said 2>&1
[ $? = 2 ] && grep -q 'packages-fuz.txt' said
report $? 'setup takes no list that is not there' said

exit $failed
