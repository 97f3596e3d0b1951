-- rows.lua: the items of rows.sql, each column by its type.
return migration { version = "v1", system = "store",
  entity "job" {
    source = {
      root  = table    "item" { key = "id", types = { n = decimal, f = decimal, at = instant { zone = "UTC" }, tz = instant,
                                                      d = date, j = json, raw = bytes, many = int } },
      notes = children "note" { parent = "item_id", key = "seq", types = { seq = int } },
    },
    fields = {
      itemId = id      { from = "id", prefix = "i_" },
      label  = text    { from = "label" },
      state  = enum    { "NEW", "OPEN", "DONE", from = "state", fold = upper },
      n      = decimal { 14, 2, from = "n", optional = true },
      f      = decimal { 14, 4, from = "f", optional = true },
      at     = instant { from = "at" },
      tz     = instant { from = "tz", optional = true },
      d      = date    { from = "d", optional = true },
      j      = json    { from = "j", optional = true },
      raw    = bytes   { from = "raw", optional = true },
      list   = text    { from = "list", optional = true },
      span   = text    { from = "span", optional = true },
      many   = integer { from = "many", optional = true },
      notes  = list    { from = "notes", each = { note = text { from = "note" } } },
    },
  },
}
