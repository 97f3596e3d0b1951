-- rules/v3.lua: a legacy delivery becomes a canonical job.

local STATE = {
  CREATED   = "CREATED",
  ASSIGNED  = "ASSIGNED",
  PICKED_UP = "IN_PROGRESS",  IN_PROGRESS = "IN_PROGRESS",
  DELIVERED = "COMPLETED",    COMPLETED   = "COMPLETED",
  CANCELED  = "CANCELED",     CANCELLED   = "CANCELED",
}

local IN_CENTS_UNTIL = "2013-01-01T00:00:00.000000Z"    -- the billing release of that new year

return migration {
  version    = "v3",
  supersedes = "v2",
  system     = "legacy",                        -- lineage.sourceSystem
  authority  = require "authority",

  entity "job" {
    source = {                                  -- what legacy's columns ARE: the names on the left are the names used below
      root   = table    "del"        { key    = "del_id",
                                       types  = { created_ts = instant { zone = "UTC" }, updated_ts = instant { zone = "UTC" },
                                                  promised_local = instant { zone = "Europe/London" }, amount = decimal },
                                       null   = { "", "-", "N/A" },             -- three ways of saying nothing
                                       ignore = { batch_no = "loader bookkeeping, unread since 2019" } },
      events = children "del_events" { parent = "del_id", key = "seq",          -- unique within its parent; also their order
                                       types  = { seq = int, at = instant { zone = "UTC" } } },
      meta   = children "del_meta"   { parent = "del_id", key = "k" },
    },

    decisions = {
      completed_at = {
        question  = "Legacy stores no completion time. Which moment completed a delivery?",
        options   = { updated   = "the row's updated_ts",
                      delivered = "the last delivered event",
                      unknown   = "leave it unknown" },
        choice    = "delivered",
        touches   = { from = field "state", by = function(state) return state == "COMPLETED" end },
        -- below here: who and why. May be corrected without a new version.
        because   = "any later touch moves updated_ts; events are never rewritten",
        owner     = "deliveries",
        decided   = "2026-10-02",
        review_by = "2027-04-01",
      },
      amount_in_cents = {
        question  = "Until the end of 2012 no amount has a decimal point. What do they count?",
        options   = { cents  = "whole cents, as the billing screens of that time show them",
                      pounds = "whole pounds, the pence left out" },
        choice    = "cents",
        touches   = { from = "created_ts", by = function(created_ts) return created_ts ~= nil and created_ts < IN_CENTS_UNTIL end },
        because   = "invoices of 2012 in the archive name a hundredth of what the column holds",
        owner     = "billing",
        decided   = "2026-10-09",
        review_by = "2027-04-01",
      },
    },

    fields = {                                  -- what they MEAN
      jobId       = id      { from = "del_id", prefix = "tsk_" },
      externalId  = text    { from = "delivery_ref", optional = true },
      state       = enum    { "CREATED", "ASSIGNED", "IN_PROGRESS", "COMPLETED", "CANCELED",
                              from = "status", fold = upper, lookup = STATE },
      createdAt   = instant { from = "created_ts" },
      updatedAt   = instant { from = "updated_ts" },
      completedAt = instant { optional = true, decision = "completed_at",
                              from = { field "state", "events" },
                              by = function(state, events)
                                if state ~= "COMPLETED" then return nil end
                                local done = last(events, function(e) return e.kind == "delivered" end)
                                return done and done.at or reject("completed without a delivered event")
                              end },
      actorId     = text    { from = "actor_id", optional = true },
      promisedAt  = instant { from = "promised_local", optional = true },
      amount      = decimal { 12, 2, from = { "amount", "created_ts" }, decision = "amount_in_cents",
                              by = function(amount, created_ts)
                                if amount == nil or created_ts == nil or created_ts >= IN_CENTS_UNTIL then return amount end
                                return amount * exact "0.01"
                              end },
      attributes  = map     { from = "meta",
                              key   = function(m) return lower(trim(m.k)) end,
                              value = function(m) return trim(m.v) end },
      history     = list    { from = "events", each = { kind = text { from = "kind" }, at = instant { from = "at" } } },
    },

    skip_when = {                               -- left out on purpose, counted by reason
      ["test delivery"] = { from = "delivery_ref", by = function(delivery_ref) return starts(delivery_ref, "TEST-") end },
    },

    invariants = {                              -- true for every record; a `none` query names the records that break it
      ["completion does not precede creation"] = function(job)
        return job.completedAt == nil or job.completedAt >= job.createdAt
      end,
      ["one open job per actor"] = none [[
        select min(id) from job where state = 'ASSIGNED' group by actorId having count(*) > 1 ]],
    },

    queries = {
      actor_month = {
        why    = "dispute desk: what did this actor do in a month?",
        params = { actor = sample "actorId" { count = 200 } },                  -- each store is asked with its own word for the actor
        legacy = [[ select delivery_ref as delivery, status as state, amount, updated_ts as updated, created_ts as created
                    from del where actor_id = :actor ]],
        target = [[ select externalId as delivery, state, amount, updatedAt as updated, createdAt as created
                    from job where actorId = :actor ]],
        columns = {                             -- legacy's answer goes through the field's own rule: no second implementation
          delivery = field "externalId" { key = true },
          state    = field "state",
          amount   = field "amount" { tolerance = absolute "0.01" {
                       because = "legacy rounds half up", owner = "billing", expires = "2027-01-01" } },
          updated  = field "updatedAt",
          created  = field "createdAt",         -- what an amount counts depends on it
        },
        order  = "ignored",
      },
      refunds = {
        why    = "refund desk: was this delivery cancelled, when, and what is owed for it?",
        params = { delivery = sample "externalId" { count = 200 } },
        legacy = [[ select delivery_ref as delivery, status as state, amount, created_ts as created, updated_ts as updated
                    from del where delivery_ref = :delivery and upper(status) in ('CANCELED', 'CANCELLED') ]],
        target = [[ select externalId as delivery, state, amount, createdAt as created, updatedAt as updated
                    from job where externalId = :delivery and state = 'CANCELED' ]],
        columns = {
          delivery = field "externalId" { key = true },
          state    = field "state",
          amount   = field "amount",
          created  = field "createdAt",
          updated  = field "updatedAt",
        },
      },
      revenue = {
        why    = "finance: which deliveries of a day brought in how much?",
        params = { moment = sample "createdAt" { count = 50 } },
        legacy = [[ select del_id as job, amount, created_ts as created
                    from del where upper(status) in ('DELIVERED', 'COMPLETED') and coalesce(delivery_ref, '') not like 'TEST-%'
                    and substr(created_ts, 1, 10) = substr(:moment, 1, 10) ]],
        target = [[ select jobId as job, amount, createdAt as created
                    from job where state = 'COMPLETED' and substr(createdAt, 1, 10) = substr(:moment, 1, 10) ]],
        columns = {
          job     = field "jobId" { key = true },
          amount  = field "amount",
          created = field "createdAt",
        },
      },
      audit_look_back = {
        why    = "auditors: what happened to this delivery, years ago, one step after the other?",
        params = { delivery = sample "externalId" { count = 100 } },
        legacy = [[ select e.kind, e.at from del join del_events e on e.del_id = del.del_id
                    where del.delivery_ref = :delivery order by e.at ]],
        target = [[ select h.kind, h.at from job join job_history h on h.id = job.id
                    where job.externalId = :delivery order by h.at ]],
        columns = { kind = field "history.kind", at = field "history.at" },
        order  = "declared",                    -- the order is the answer
      },
    },

    examples = {                                -- given: what is not named is nil. expect: what is not named is not compared; `absent` is.
      { "a delivered job",
        given  = { root   = { del_id = "A1", status = "delivered", created_ts = "2018-01-01 00:00:00",
                              updated_ts = "2018-03-01 09:00:00", amount = "12.5" },
                   events = { { seq = "1", kind = "delivered", at = "2018-01-01 00:05:00" } },
                   meta   = { { k = " Region ", v = "eu-west-1 " } } },
        expect = { jobId = "tsk_A1", state = "COMPLETED", completedAt = "2018-01-01T00:05:00.000000Z", amount = "12.50",
                   externalId = absent, attributes = { region = "eu-west-1" } },
        touches = { "completed_at" } },
      { "a status nobody mapped",
        given   = { root = { del_id = "A2", status = "ON_HOLD", created_ts = "2018-01-01 00:00:00",
                             updated_ts = "2018-01-01 00:00:00", amount = "0" } },
        rejects = { state = "E2103" } },
      { "an amount from the years of cents, and nobody's delivery",
        given   = { root = { del_id = "A4", status = "Canceled", created_ts = "2012-12-31 23:59:59",
                             updated_ts = "2013-01-01 00:00:00", amount = "1250", actor_id = "N/A" } },
        expect  = { state = "CANCELED", amount = "12.50", actorId = absent },
        touches = { "amount_in_cents" } },
      { "promised on London's clocks",
        given   = { root = { del_id = "A5", status = "created", created_ts = "2018-07-01 09:00:00",
                             updated_ts = "2018-07-01 09:00:00", amount = "1250", promised_local = "2018-07-02 12:00:00" } },
        expect  = { promisedAt = "2018-07-02T11:00:00.000000Z", amount = "1250.00" } },
      { "promised for an hour that was not",
        given   = { root = { del_id = "A6", status = "created", created_ts = "2018-03-24 09:00:00",
                             updated_ts = "2018-03-24 09:00:00", amount = "0", promised_local = "2018-03-25 01:30:00" } },
        rejects = { promisedAt = "E2108" } },
      { "a test delivery",
        given = { root = { del_id = "A3", delivery_ref = "TEST-9", status = "created" } },
        skips = "test delivery" },
    },
  },
}
