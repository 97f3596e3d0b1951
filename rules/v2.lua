-- rules/v2.lua: a legacy delivery becomes a canonical job. The second understanding: more words for a status, money, attributes.

local STATE = {
  CREATED     = "CREATED",
  ASSIGNED    = "ASSIGNED",
  IN_PROGRESS = "IN_PROGRESS",
  DELIVERED   = "COMPLETED",    COMPLETED = "COMPLETED",
  CANCELED    = "CANCELED",     CANCELLED = "CANCELED",
}

return migration {
  version    = "v2",
  supersedes = "v1",
  system     = "legacy",
  authority  = require "authority",

  entity "job" {
    source = {
      root = table    "del"      { key    = "del_id",
                                   types  = { created_ts = instant { zone = "UTC" }, updated_ts = instant { zone = "UTC" } },
                                   ignore = { batch_no = "loader bookkeeping, unread since 2019",
                                              promised_local = "London's clock, says dispatch; what it skipped is not clear yet" } },
      meta = children "del_meta" { parent = "del_id", key = "k" },
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
      state       = enum    { "CREATED", "ASSIGNED", "IN_PROGRESS", "COMPLETED", "CANCELED",
                              from = "status", fold = upper, lookup = STATE },
      createdAt   = instant { from = "created_ts" },
      updatedAt   = instant { from = "updated_ts" },
      completedAt = instant { optional = true, decision = "completed_at",
                              from = { field "state", "updated_ts" },
                              by = function(state, updated_ts)
                                if state == "COMPLETED" then return updated_ts end
                              end },
      actorId     = text    { from = "actor_id", optional = true },
      amount      = decimal { 12, 2, from = "amount" },
      attributes  = map     { from = "meta",
                              key   = function(m) return lower(trim(m.k)) end,
                              value = function(m) return trim(m.v) end },
    },

    skip_when = {
      ["test delivery"] = { from = "delivery_ref", by = function(delivery_ref) return starts(delivery_ref, "TEST-") end },
    },

    invariants = {
      ["completion does not precede creation"] = function(job)
        return job.completedAt == nil or job.completedAt >= job.createdAt
      end,
    },

    examples = {
      { "a delivered job ends when it was last touched",
        given   = { root = { del_id = "A1", status = "delivered", created_ts = "2018-01-01 00:00:00",
                             updated_ts = "2018-03-01 09:00:00", amount = "12.5" },
                    meta = { { k = " Region ", v = "eu-west-1 " } } },
        expect  = { jobId = "tsk_A1", state = "COMPLETED", completedAt = "2018-03-01T09:00:00.000000Z", amount = "12.50",
                    externalId = absent, attributes = { region = "eu-west-1" } },
        touches = { "completed_at" } },
      { "a status nobody mapped yet",
        given   = { root = { del_id = "A2", status = "picked_up", created_ts = "2018-01-01 00:00:00",
                             updated_ts = "2018-01-01 00:00:00", amount = "0" } },
        rejects = { state = "E2103" } },
      { "two attributes that become one",
        given   = { root = { del_id = "A3", status = "created", created_ts = "2018-01-01 00:00:00",
                             updated_ts = "2018-01-01 00:00:00", amount = "0" },
                    meta = { { k = "Region", v = "eu" }, { k = "region", v = "us" } } },
        rejects = { attributes = "E2110" } },
      { "a test delivery",
        given   = { root = { del_id = "A4", delivery_ref = "TEST-9", status = "created" } },
        skips   = "test delivery" },
    },
  },
}
