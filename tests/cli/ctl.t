# ctl.t: telling a run what to do; here there is none, and what could be noted was.
$ sample legacy.db 1000
$ engine ctl pause --target sqlite:target.db
engine: no run was ever started there: state folder target.db.state: No such file or directory
[69]
$ engine ctl
engine: usage: engine ctl pause [WHY]|resume|rate N|bytes N|workers N|why|stop
[2]
$ engine ctl help
pause [WHY]: finish the chunks begun, then wait; survives a restart
resume: go on
rate N|off: at most so many source rows a second
bytes N|off: at most so many bytes a second; k, M and G are understood
workers N: how many may work at once
why: what it does now, and why it waits
stop: finish the chunks begun and end with 143, as for SIGTERM
help: this
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --quiet
[1]
$ engine ctl paus --target sqlite:target.db
engine: unknown command 'paus'; known are pause, resume, rate, bytes, workers, why, stop, help
[2]
$ engine ctl rate 0 --target sqlite:target.db
engine: usage: rate N|off; '0' is no whole number from 1
[2]
$ engine ctl workers 65 --target sqlite:target.db
engine: workers takes at most 64
[2]
$ engine ctl stop now --target sqlite:target.db
engine: stop takes no 'now'
[2]
$ engine ctl why --target sqlite:target.db
no run is alive in target.db.state; nothing was done
[69]
$ engine ctl pause --target sqlite:target.db --json | jq -c '[.ok, .status, .alive, .written]'
[false,69,false,"state"]
$ engine ctl pause another --target sqlite:target.db | grep -c another
0
[1]
$ engine status --target sqlite:target.db | grep -c 'the next run begins paused by .*; `engine ctl resume` ends the pause'
1
$ engine status --target sqlite:target.db --json | jq -c '.pause.why'
""
$ engine ctl resume --target sqlite:target.db
no run is alive in target.db.state; the next one begins unpaused
[69]
$ engine ctl resume --target sqlite:target.db
no run is alive in target.db.state; the next one begins unpaused
[69]
$ engine status --target sqlite:target.db --json | jq -c '.pause'
null
$ engine ctl why --state rules
engine: rules is no state folder: it holds "authority.lua"
[65]
$ mkdir empty; engine ctl pause --state empty
engine: there is no state in folder empty yet
[69]
$ ls empty
