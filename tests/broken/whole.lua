-- whole.lua: a sound rule file; each .diff beside it breaks it in one way.

local STATE = {
  CREATED   = "CREATED",
  ASSIGNED  = "ASSIGNED",
  PICKED_UP = "IN_PROGRESS",
  DELIVERED = "COMPLETED",
  CANCELED  = "CANCELED",
}

return migration {
  version   = "v4",
  system    = "legacy",
  authority = require "authority",

  entity "job" {
    source = {
      root   = table "del" {
        key    = "del_id",
        types  = {
          created_ts = instant { zone = "UTC" },
          updated_ts = instant { zone = "UTC" },
          amount     = decimal,
        },
        null   = { "", "-", "N/A" },
        ignore = { batch_no = "loader bookkeeping, unread since 2019", promised_local = "nobody asks for it" },
      },
      events = children "del_events" {
        parent = "del_id",
        key    = "seq",
        types  = { seq = int, at = instant { zone = "UTC" } },
      },
      meta   = children "del_meta" { parent = "del_id", key = "k" },
    },

    decisions = {
      completed_at = {
        question = "Legacy stores no completion time. Which moment completed a delivery?",
        options  = {
          updated   = "the row's updated_ts",
          delivered = "the last delivered event",
        },
        choice   = "delivered",
        touches  = { from = field "state", by = function(state) return state == "COMPLETED" end },
        because  = "any later touch moves updated_ts; events are never rewritten",
        owner    = "deliveries",
        decided  = "2026-10-02",
      },
    },

    fields = {
      jobId       = id { from = "del_id", prefix = "tsk_" },
      externalId  = text { from = "delivery_ref", optional = true },
      state       = enum {
        "CREATED", "ASSIGNED", "IN_PROGRESS", "COMPLETED", "CANCELED",
        from   = "status",
        fold   = upper,
        lookup = STATE,
      },
      createdAt   = instant { from = "created_ts" },
      updatedAt   = instant { from = "updated_ts" },
      completedAt = instant {
        optional = true,
        decision = "completed_at",
        from     = { field "state", "events" },
        by       = function(state, events)
          if state ~= "COMPLETED" then return nil end
          local done = last(events, function(e) return e.kind == "delivered" end)
          return done and done.at or reject("completed without a delivered event")
        end,
      },
      actorId     = text { from = "actor_id", optional = true },
      amount      = decimal { 12, 2, from = "amount" },
      attributes  = map {
        from  = "meta",
        key   = function(m) return lower(trim(m.k)) end,
        value = function(m) return trim(m.v) end,
      },
      history     = list {
        from = "events",
        each = {
          kind = text { from = "kind" },
          at   = instant { from = "at" },
        },
      },
    },

    skip_when = {
      ["test delivery"] = {
        from = "delivery_ref",
        by   = function(delivery_ref) return starts(delivery_ref, "TEST-") end,
      },
    },

    invariants = {
      ["completion does not precede creation"] = function(job)
        return job.completedAt == nil or job.completedAt >= job.createdAt
      end,
    },

    queries = {
      refunds = {
        why     = "refund desk: was this delivery cancelled?",
        params  = { delivery = sample "externalId" { count = 200 } },
        legacy  = [[ select delivery_ref as delivery, status as state from del where delivery_ref = :delivery ]],
        target  = [[ select externalId as delivery, state from job where externalId = :delivery ]],
        columns = {
          delivery = field "externalId" { key = true },
          state    = field "state",
        },
      },
    },

    examples = {
      { "a delivered job",
        given  = {
          root   = { del_id = "A1", status = "delivered", created_ts = "2018-01-01 00:00:00",
                     updated_ts = "2018-03-01 09:00:00", amount = "12.5" },
          events = { { seq = "1", kind = "delivered", at = "2018-01-01 00:05:00" } },
        },
        expect = {
          jobId       = "tsk_A1",
          state       = "COMPLETED",
          completedAt = "2018-01-01T00:05:00.000000Z",
        },
      },
      { "a test delivery",
        given = { root = { del_id = "A3", delivery_ref = "TEST-9", status = "created" } },
        skips = "test delivery" },
    },
  },
}
