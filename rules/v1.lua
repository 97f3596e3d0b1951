-- rules/v1.lua: a legacy delivery becomes a canonical job. The first understanding: the row itself, nothing beside it.

local STATE = {
  CREATED   = "CREATED",
  ASSIGNED  = "ASSIGNED",
  COMPLETED = "COMPLETED",
  CANCELED  = "CANCELED",
}

return migration {
  version   = "v1",
  system    = "legacy",
  authority = require "authority",

  entity "job" {
    source = {
      root = table "del" { key    = "del_id",
                           types  = { created_ts = instant { zone = "UTC" }, updated_ts = instant { zone = "UTC" } },
                           ignore = { batch_no = "loader bookkeeping, unread since 2019",
                                      amount   = "billing has not said yet what it means",
                                      promised_local = "nobody knows yet on whose clock" } },
    },

    decisions = {
      completed_at = {
        question  = "Legacy stores no completion time. Which moment completed a delivery?",
        options   = { updated = "the row's updated_ts",
                      unknown = "leave it unknown" },
        choice    = "updated",
        touches   = { from = field "state", by = function(state) return state == "COMPLETED" end },
        because   = "a completed delivery should not be touched again",
        owner     = "deliveries",
        decided   = "2026-06-15",
        review_by = "2026-12-15",
      },
    },

    fields = {
      jobId       = id      { from = "del_id", prefix = "tsk_" },
      externalId  = text    { from = "delivery_ref", optional = true },
      state       = enum    { "CREATED", "ASSIGNED", "COMPLETED", "CANCELED",
                              from = "status", fold = upper, lookup = STATE },
      createdAt   = instant { from = "created_ts" },
      updatedAt   = instant { from = "updated_ts" },
      completedAt = instant { optional = true, decision = "completed_at",
                              from = { field "state", "updated_ts" },
                              by = function(state, updated_ts)
                                if state == "COMPLETED" then return updated_ts end
                              end },
      actorId     = text    { from = "actor_id", optional = true },
    },

    examples = {
      { "a completed job ends when it was last touched",
        given   = { root = { del_id = "A1", delivery_ref = "DLV-7", status = "completed", created_ts = "2018-01-01 00:00:00",
                             updated_ts = "2018-03-01 09:00:00" } },
        expect  = { jobId = "tsk_A1", externalId = "DLV-7", state = "COMPLETED",
                    completedAt = "2018-03-01T09:00:00.000000Z", actorId = absent },
        touches = { "completed_at" } },
      { "an open job has no end",
        given   = { root = { del_id = "A2", status = "Assigned", created_ts = "2018-01-01 00:00:00",
                             updated_ts = "2018-01-01 00:10:00", actor_id = "drv-9" } },
        expect  = { state = "ASSIGNED", completedAt = absent, actorId = "drv-9" } },
      { "a status nobody mapped yet",
        given   = { root = { del_id = "A3", status = "delivered", created_ts = "2018-01-01 00:00:00",
                             updated_ts = "2018-01-01 00:00:00" } },
        rejects = { state = "E2103" } },
    },
  },
}
