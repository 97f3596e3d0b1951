-- thousand_lines.lua: writes a rule file of exactly 1,000 lines, as they are in earnest, with the two modules it requires.
--
--   luajit tests/bench/thousand_lines.lua FOLDER     FOLDER/rule.lua, FOLDER/countries.lua, FOLDER/authority.lua
--
-- Five entities of 24 fields: lookups of 300 entries (one of them in a module), decisions, filters, invariants, queries and
-- examples. Comments fill what is left of the thousand.

local folder = assert(arg[1], "usage: thousand_lines.lua FOLDER")
local LINES = 1000
local STATES = { "CREATED", "ASSIGNED", "IN_PROGRESS", "COMPLETED", "CANCELED" }

local function writer(name)
  local out = { lines = {} }
  function out:put(text, ...)
    for line in ((select("#", ...) > 0 and text:format(...) or text) .. "\n"):gmatch("(.-)\n") do
      self.lines[#self.lines + 1] = line
    end
  end
  function out:close()
    local file = assert(io.open(folder .. "/" .. name, "w"))
    file:write(table.concat(self.lines, "\n"), "\n")
    file:close()
  end
  return out
end

local function lookup(out, count, value)
  for i = 1, count do out:put('  ["CODE %03d"] = "%s",', i, value(i)) end
  out:put("}")
end

local function head(out)
  out:put("-- rule.lua: five tables of a legacy dispatch system become five kinds of record.")
  out:put("local COUNTRY = require \"countries\"")
  out:put("local STATE = {")
  lookup(out, 300, function(i) return STATES[i % #STATES + 1] end)
  out:put("")
  out:put("return migration {")
  out:put('  version   = "v3",\n  system    = "dispatch",\n  authority = require "authority",')
end

local function sources(out, table_name)
  out:put([[
    source = {
      root   = table    "%s"        { key    = "row_id",
                                      types  = { created_ts = instant { zone = "UTC" }, updated_ts = instant { zone = "UTC" },
                                                 local_ts = instant { zone = "Europe/London" }, amount = decimal, weight = decimal },
                                      null   = { "", "-", "N/A" },
                                      ignore = { batch_no = "loader bookkeeping, unread since 2019" } },
      events = children "%s_events" { parent = "row_id", key = "seq", types = { seq = int, at = instant { zone = "UTC" } } },
      meta   = children "%s_meta"   { parent = "row_id", key = "k" },
    },]], table_name, table_name, table_name)
end

local function decision(out, id, touched)
  out:put([[
      %s = {
        question  = "Legacy does not say. Which is it?",
        options   = { first = "the first of them", last = "the last of them", unknown = "leave it unknown" },
        choice    = "last",
        touches   = { from = "%s", by = function(value) return value ~= nil end },
        because   = "the screens of that time show it so",
        owner     = "dispatch",
        decided   = "2026-10-02",
        review_by = "2027-04-01",
      },]], id, touched)
end

local function fields(out)
  out:put([[
    fields = {
      recordId    = id      { from = "row_id", prefix = "row_" },
      externalId  = text    { from = "external_ref", optional = true },
      state       = enum    { "CREATED", "ASSIGNED", "IN_PROGRESS", "COMPLETED", "CANCELED",
                              from = "status", fold = upper, lookup = STATE },
      country     = text    { from = "country", fold = upper, lookup = COUNTRY },
      createdAt   = instant { from = "created_ts" },
      updatedAt   = instant { from = "updated_ts" },
      promisedAt  = instant { from = "local_ts", optional = true },
      completedAt = instant { optional = true, decision = "completed_at",
                              from = { field "state", "events" },
                              by = function(state, events)
                                if state ~= "COMPLETED" then return nil end
                                local done = last(events, function(e) return e.kind == "delivered" end)
                                return done and done.at or reject("completed without a delivered event")
                              end },
      amount      = decimal { 12, 2, from = "amount", decision = "amount_in_cents",
                              by = function(amount) return amount and amount * exact "0.01" end },
      weight      = decimal { 9, 3, from = "weight", optional = true },
      attributes  = map     { from  = "meta",
                              key   = function(m) return lower(trim(m.k)) end,
                              value = function(m) return trim(m.v) end },
      history     = list    { from = "events", each = { kind = text { from = "kind" }, at = instant { from = "at" } } },]])
  for i = 1, 12 do
    out:put('      note%02d      = text    { from = "note_%02d", optional = true, by = function(note) return note and trim(note) end },', i, i)
  end
  out:put("    },")
end

local function checks(out, record)
  out:put([[
    skip_when = {
      ["test row"] = { from = "external_ref", by = function(external_ref) return starts(external_ref, "TEST-") end },
    },

    invariants = {
      ["completion does not precede creation"] = function(record)
        return record.completedAt == nil or record.completedAt >= record.createdAt
      end,
    },

    queries = {
      one_row = {
        why     = "desk: what is known of this one?",
        params  = { ref = sample "externalId" { count = 200 } },
        legacy  = "select external_ref as ref, status as state, updated_ts as updated from %s where external_ref = :ref",
        target  = "select externalId as ref, state, updatedAt as updated from %s where externalId = :ref",
        columns = { ref = field "externalId" { key = true }, state = field "state", updated = field "updatedAt" },
      },
    },
]], record, record)
end

local function examples(out)
  out:put("    examples = {")
  for i = 1, 7 do
    out:put([[
      { "row %d as it is",
        given  = { root = { row_id = "A%d", status = "code %03d", country = "code %03d", created_ts = "2018-01-01 00:00:00",
                            updated_ts = "2018-03-01 09:00:00", amount = "1250", note_%02d = " read " },
                   meta = { { k = " Region ", v = "eu-west-1 " } } },
        expect = { recordId = "row_A%d", state = "%s", amount = "12.50", note%02d = "read",
                   attributes = { region = "eu-west-1" } } },]],
      i, i, i * 5, i, i, i, STATES[1], i)
  end
  out:put("    },")
end

local function rule()
  local out = writer("rule.lua")
  head(out)
  for i = 1, 5 do
    local record = "record" .. i
    out:put('\n  entity "%s" {', record)
    sources(out, record)
    out:put("\n    decisions = {")
    decision(out, "completed_at", "updated_ts")
    decision(out, "amount_in_cents", "created_ts")
    out:put("    },\n")
    fields(out)
    out:put("")
    checks(out, record)
    examples(out)
    out:put("  },")
  end
  out:put("}")
  for _ = #out.lines + 1, LINES do table.insert(out.lines, 2, "-- What was learnt of these tables stands in the handbook.") end
  assert(#out.lines == LINES, "more than a thousand lines: " .. #out.lines)
  out:close()
end

local countries = writer("countries.lua")
countries:put("return {")
lookup(countries, 300, function(i) return ("COUNTRY %03d"):format(i) end)
countries:close()

local authority = writer("authority.lua")
authority:put([[
return {
  history = { balance = true, invariants = "all", digests = "all", sample = { percent = 1, per_stratum = 300 },
              queries = "all", fresh = "24h", approvals = 1 },
  reads   = { after = "history", shadow = { reads = 10000, window = "1h", rate = 0.00001 }, steps = { 1, 5, 25, 50, 100 } },
  writes  = { after = "reads", steps = { 1, 5, 25, 50, 100 } },
}]])
authority:close()
rule()
