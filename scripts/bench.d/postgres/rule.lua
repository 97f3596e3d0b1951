-- rule.lua: the records of payload.sql, by the rule language; what scripts/bench.d/postgres.sh runs.

local STATE = {
  CREATED   = "CREATED",
  ASSIGNED  = "ASSIGNED",
  PICKED_UP = "IN_PROGRESS",  IN_PROGRESS = "IN_PROGRESS",
  DELIVERED = "COMPLETED",    COMPLETED   = "COMPLETED",
  CANCELED  = "CANCELED",     CANCELLED   = "CANCELED",
}

return migration {
  version   = "v3",
  system    = "legacy",
  authority = require "authority",

  entity "job" {
    source = {
      root   = table    "del"        { key    = "del_id",
                                       types  = { created_ts = instant { zone = "UTC" }, updated_ts = instant { zone = "UTC" } },
                                       ignore = { amount = "the floor leaves it out" } },
      events = children "del_events" { parent = "del_id", key = "seq", types = { seq = int, kind = text, at = text, actor = text } },
      meta   = children "del_meta"   { parent = "del_id", key = "k" },
    },
    fields = {
      jobId       = id      { from = "del_id", prefix = "tsk_" },
      externalId  = text    { from = "delivery_ref" },
      state       = enum    { "CREATED", "ASSIGNED", "IN_PROGRESS", "COMPLETED", "CANCELED",
                              from = "status", fold = upper, lookup = STATE },
      createdAt   = instant { from = "created_ts" },
      updatedAt   = instant { from = "updated_ts" },
      -- The events are asked for so that all of legacy is read, as the floor reads it.
      completedAt = instant { optional = true, from = { field "state", "updated_ts", "events" },
                              by = function(state, updated_ts)
                                if state == "COMPLETED" then return updated_ts end
                              end },
      actorId     = text    { from = "actor_id", optional = true },
      attributes  = map     { from = "meta",
                              key   = function(m) return lower(trim(m.k)) end,
                              value = function(m) return trim(m.v) end },
    },
    examples = {
      { "a delivered one",
        given  = { root = { del_id = "1", delivery_ref = "DLV-1", status = "delivered", created_ts = "2018-01-01 00:00:01",
                            updated_ts = "2018-01-02 00:00:01" },
                   meta = { { k = " Region ", v = "eu-west-1 " } } },
        expect = { jobId = "tsk_1", state = "COMPLETED", completedAt = "2018-01-02T00:00:01.000000Z",
                   attributes = { region = "eu-west-1" } } },
    },
  },
}
