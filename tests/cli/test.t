# test.t: what engine test says of examples that hold and of those that do not.
$ engine test rules/v3.lua --coverage
ok - job: a delivered job
ok - job: a status nobody mapped
ok - job: an amount from the years of cents, and nobody's delivery
ok - job: promised on London's clocks
ok - job: promised for an hour that was not
ok - job: a test delivery
no example uses
  rules/v3.lua:3            job.state: mapped value "ASSIGNED"
  rules/v3.lua:3            job.state: mapped value "CANCELLED"
  rules/v3.lua:3            job.state: mapped value "COMPLETED"
  rules/v3.lua:3            job.state: mapped value "IN_PROGRESS"
  rules/v3.lua:3            job.state: mapped value "PICKED_UP"
  rules/v3.lua:61           job.state: enum value "ASSIGNED"
  rules/v3.lua:61           job.state: enum value "IN_PROGRESS"
coverage: 11 of 11 lines of functions, 3 of 8 mapped values, 3 of 5 enum values, 2 of 2 decisions, 1 of 1 reasons to skip
6 passed, 0 failed
$ sed -e 's/"tsk_A1", state = "COMPLETED"/"tsk_A1", state = "COMPLETE"/' -e 's/amount = "12.50"/amount = 7/' -e 's/externalId = absent/externalId = "x"/' -e 's/region = "eu-west-1"/region = "eu-west-1 "/' rules/v3.lua > rules/bad.lua
$ engine test rules/bad.lua
not ok - job: a delivered job
error[E2401]: 4 values differ
  --> rules/bad.lua:157   job.examples.a delivered job
     |
 157 |       { "a delivered job",
     |
   = why      the rule does not do what its author says it does
help: mend the rule, or the example if it is the one that is wrong
      amount      expected  7   a number
                  seen      "12.50"   text, 5 characters
      attributes.region
                  expected  "eu-west-1 "   text, 10 characters
                  seen      "eu-west-1"   text, 9 characters; differs from character 10 on
      externalId  expected  "x"   text, 1 character
                  seen      absent
      state       expected  "COMPLETE"   text, 8 characters
                  seen      "COMPLETED"   text, 9 characters; differs from character 9 on
ok - job: a status nobody mapped
not ok - job: an amount from the years of cents, and nobody's delivery
error[E2401]: 1 value differs
  --> rules/bad.lua:169   job.examples.an amount from the years of cents, and nobody's delivery
     |
 169 |       { "an amount from the years of cents, and nobody's delivery",
     |
   = why      the rule does not do what its author says it does
help: mend the rule, or the example if it is the one that is wrong
      amount      expected  7   a number
                  seen      "12.50"   text, 5 characters
ok - job: promised on London's clocks
ok - job: promised for an hour that was not
ok - job: a test delivery
4 passed, 2 failed
[1]
$ engine test rules/bad.lua --tap
TAP version 13
1..6
not ok 1 - job: a delivered job
  ---
  file: "rules/bad.lua"
  line: 157
  differences:
    - message: "amount: expected 7, seen \"12.50\""
      field: "amount"
      expected: "7   a number"
      seen: "\"12.50\"   text, 5 characters"
    - message: "attributes.region: expected \"eu-west-1 \", seen \"eu-west-1\""
      field: "attributes.region"
      expected: "\"eu-west-1 \"   text, 10 characters"
      seen: "\"eu-west-1\"   text, 9 characters; differs from character 10 on"
    - message: "externalId: expected \"x\", seen absent"
      field: "externalId"
      expected: "\"x\"   text, 1 character"
      seen: "absent"
    - message: "state: expected \"COMPLETE\", seen \"COMPLETED\""
      field: "state"
      expected: "\"COMPLETE\"   text, 8 characters"
      seen: "\"COMPLETED\"   text, 9 characters; differs from character 9 on"
  ...
ok 2 - job: a status nobody mapped
not ok 3 - job: an amount from the years of cents, and nobody's delivery
  ---
  file: "rules/bad.lua"
  line: 169
  differences:
    - message: "amount: expected 7, seen \"12.50\""
      field: "amount"
      expected: "7   a number"
      seen: "\"12.50\"   text, 5 characters"
  ...
ok 4 - job: promised on London's clocks
ok 5 - job: promised for an hour that was not
ok 6 - job: a test delivery
[1]
$ engine test rules/bad.lua --json | jq -c '.[0].differences[] | [.field, .expected, .seen]'
["amount","7   a number","\"12.50\"   text, 5 characters"]
["attributes.region","\"eu-west-1 \"   text, 10 characters","\"eu-west-1\"   text, 9 characters; differs from character 10 on"]
["externalId","\"x\"   text, 1 character","absent"]
["state","\"COMPLETE\"   text, 8 characters","\"COMPLETED\"   text, 9 characters; differs from character 9 on"]
$ engine test rules/v3.lua --quiet
6 passed, 0 failed
$ sed 's/skips = "test delivery"/rejects = { state = "E2103" }/' rules/v3.lua > rules/bad.lua
$ engine test rules/bad.lua --quiet
not ok - job: a test delivery
error[E2401]: expected a reject, seen skipped: test delivery
  --> rules/bad.lua:182   job.examples.a test delivery
     |
 182 |       { "a test delivery",
     |
   = why      the rule does not do what its author says it does
help: mend the rule, or the example if it is the one that is wrong
5 passed, 1 failed
[1]
$ engine test rules/v3.lua --json --tap
engine: --json or --tap: only one of them
[2]
$ engine test rules/v3.lua 7
engine: '7' is no rule file; a row is recorded by --record KEY…
[2]
$ engine test rules/v3.lua --record
engine: which keys? usage: engine test [RULES] [--record KEY…]
[2]
$ engine test rules/v3.lua --record 7 --watch
engine: --record runs no examples
[2]
