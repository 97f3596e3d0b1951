-- environments.lua: what depends on a locale, a time zone or an order wherever somebody was careless.
return migration { version = "v1", system = "store",
  entity "job" {
    source = {
      root  = table     "item" { key = "id", types = { n = decimal, at = instant { zone = "Europe/London", ambiguous = "earlier", skipped = "forward" },
                                                       there = instant { zone = "Australia/Lord_Howe", ambiguous = "later", skipped = "forward" }, d = date } },
      notes = children  "note" { parent = "item_id", key = "seq", types = { seq = int, weight = decimal } },
      kind  = reference "kind" { key = "code", from = "kind" },
    },
    fields = {
      itemId = id      { from = "id", prefix = "i_" },
      name   = text    { from = "name", by = function(name) return unicode_upper(name) .. "/" .. lower(name) .. "/" .. trim(nfc(name)) end },
      state  = enum    { "INIT", "IDLE", "DONE", from = "state", fold = upper, lookup = { INIT = "INIT", IDLE = "IDLE", DONE = "DONE" }, patterns = { ["^FIN"] = "DONE" } },
      n      = decimal { 14, 3, from = "n", round = "half_even", by = function(n) return n * exact "1.0375" end },
      at     = instant { from = "at" },
      there  = instant { from = "there", by = function(there) return add_seconds(there, 1800) end },
      d      = date    { from = "d" },
      kind   = text    { from = "kind.label" },
      words  = map     { from = "notes", key = function(note) return lower(note.word) .. tostring(note.seq) end,
                         value = function(note) return replace(note.word, "[Iİıi]", "_") end },
      total  = decimal { 14, 2, from = "notes", by = function(notes) return sum(notes, "weight") end },
      order  = text    { from = "notes", by = function(notes)
                 local text = ""
                 for _, note in ipairs(sort_by(notes, "word")) do text = text .. note.word .. ";" end
                 return text
               end },
    },
  },
  entity "shelf" {
    source = { root = table "shelf" { key = "code" } },
    fields = { shelfId = id { from = "code", prefix = "s_" }, label = text { from = "label" } },
  },
}
