-- plain.lua: the same rows without a function: what a record costs beside the rule. scripts/bench.d/postgres.sh runs it.

return migration {
  version   = "v1",
  system    = "legacy",
  authority = require "authority",

  entity "job" {
    source = {
      root   = table    "del"        { key = "del_id", ignore = { amount = "rule.lua leaves it out, too" } },
      events = children "del_events" { parent = "del_id", key = "seq", types = { seq = int },
                                       ignore = { kind = "rule.lua does not store it", at = "rule.lua does not store it",
                                                  actor = "rule.lua does not store it" } },
      meta   = children "del_meta"   { parent = "del_id", key = "k" },
    },
    fields = {
      jobId      = id   { from = "del_id", prefix = "tsk_" },
      externalId = text { from = "delivery_ref" },
      state      = text { from = "status" },
      createdAt  = text { from = "created_ts" },
      updatedAt  = text { from = "updated_ts" },
      actorId    = text { from = "actor_id", optional = true },
      attributes = list { from = "meta", each = { k = text { from = "k" }, v = text { from = "v", optional = true } } },
    },
    examples = {
      { "any row",
        given  = { root = { del_id = "1", delivery_ref = "DLV-1", status = "created", created_ts = "2018", updated_ts = "2018" },
                   meta = { { k = "a", v = "b" } } },
        expect = { jobId = "tsk_1", state = "created", attributes = { { k = "a", v = "b" } } } },
    },
  },
}
