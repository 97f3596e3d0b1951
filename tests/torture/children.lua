-- children.lua: roots, their children and grandchildren, and rows of the same table that point at each other.
return migration { version = "v1", system = "store",
  entity "job" {
    source = {
      root   = table     "item" { key = "id" },
      lines  = children  "line" { parent = "item_id", key = "seq", types = { seq = int, amount = decimal } },
      notes  = children  "note" { of = "lines", parent = { "item_id", "seq" }, key = "n", types = { n = int } },
      above  = reference "item" { key = "id", from = "above", optional = true },
    },
    fields = {
      itemId = id      { from = "id", prefix = "i_" },
      name   = text    { from = "name" },
      above  = text    { from = "above.name", optional = true },
      count  = integer { from = "lines", by = function(lines) return #lines end },
      total  = decimal { 14, 2, from = "lines", by = function(lines) return sum(lines, "amount") end },
      notes  = list    { from = "lines", each = { seq = integer { from = "seq" },
                 notes = list { from = "notes", each = { note = text { from = "note" } } } } },
    },
    skip_when = {
      ["nothing in it"] = { from = { "name", "lines" }, by = function(name, lines) return starts(name, "empty") and #lines == 0 end },
    },
    reject_when = {
      ["a bare one must have lines"] = { from = { "name", "lines" }, by = function(name, lines) return starts(name, "bare") and #lines == 0 end },
    },
  },
}
