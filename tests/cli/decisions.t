# decisions.t: engine decisions: what was decided, how many records rest on it, what is open, what is to be reviewed.
$ sed -i 's/review_by = "2027-04-01"/review_by = "9999-12-31"/' rules/v3.lua
$ engine decisions rules/v3.lua
2 decisions of version v3 (rules/v3.lua): 0 open, 0 overdue
job: records are not counted: the target was not asked
  decision         choice          records  owner       decided     review by
  amount_in_cents  cents                 -  billing     2026-10-09  9999-12-31
  completed_at     delivered             -  deliveries  2026-10-02  9999-12-31
$ sample legacy.db 1000
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --quiet
[1]
$ engine decisions --target sqlite:target.db --named 3
2 decisions of version v3 (engine_rule): 0 open, 0 overdue
job: records as the passes of v3 counted them, 1 of 1 chunks
  decision         choice          records  owner       decided     review by
  amount_in_cents  cents               115  billing     2026-10-09  9999-12-31
    e.g. tsk_25 tsk_90 tsk_34
  completed_at     delivered           216  deliveries  2026-10-02  9999-12-31
    e.g. tsk_90 tsk_840 tsk_279
$ engine decisions --target sqlite:target.db --json | jq -c 'del(.day) | .decisions |= map(del(.question, .because))'
{"version":"v3","fingerprint":"FINGERPRINT","from":"engine_rule","open":0,"overdue":0,"scopes":[{"entity":"job","active":"v3","counted":true,"chunks":1,"chunks_due":0,"chunks_retaken":0}],"decisions":[{"entity":"job","id":"amount_in_cents","choice":"cents","records":115,"samples":[],"owner":"billing","decided":"2026-10-09","review_by":"9999-12-31","open":false,"overdue":false},{"entity":"job","id":"completed_at","choice":"delivered","records":216,"samples":[],"owner":"deliveries","decided":"2026-10-02","review_by":"9999-12-31","open":false,"overdue":false}]}
$ sed -e 's/options   = { cents /options   = { undecided = "nobody has said", cents /; s/choice    = "cents"/choice    = "undecided"/; s/review_by = "9999-12-31"/review_by = "2001-01-01"/' rules/v3.lua > rules/v4.lua
$ engine decisions rules/v4.lua --target sqlite:target.db
warning[E1021]: decision "amount_in_cents" is open: nobody has taken it yet
  --> rules/v4.lua:49   job.decisions.amount_in_cents
     |
  49 |         choice    = "undecided",
     |
   = why      what depends on it waits, or stands in the target with a meaning nobody gave it
help: choose one of its options, as in   choice = "cents"

2 decisions of version v3 (rules/v4.lua): 1 open, 2 overdue
job: records are not counted: the target was moved by v3 as it was before it was edited
  decision         choice          records  owner       decided     review by
  amount_in_cents  undecided             -  billing     2026-10-09  2001-01-01  overdue  open
  completed_at     delivered             -  deliveries  2026-10-02  2001-01-01  overdue
[1]
$ engine decisions rules/v3.lua --target sqlite:nothing.db
2 decisions of version v3 (rules/v3.lua): 0 open, 0 overdue
job: records are not counted: the target was not asked
  decision         choice          records  owner       decided     review by
  amount_in_cents  cents                 -  billing     2026-10-09  9999-12-31
  completed_at     delivered             -  deliveries  2026-10-02  9999-12-31
the target does not answer (opening sqlite:nothing.db: nothing.db does not exist); this is what the rule says
[4]
$ engine decisions
engine: which one? say RULES or --target, set ENGINE_TARGET, or name it in engine.lua
[2]
