-- schemas.lua: the items of schemas.sql.
return migration { version = "v1", system = "store",
  entity "job" {
    source = {
      root  = table     "item" { key = "id", types = { amount = decimal, created = instant { zone = "UTC" } } },
      parts = children  "part" { parent = "item_id", key = "seq", types = { seq = int } },
      marks = children  "mark" { parent = "item_id", key = "seq", types = { seq = int } },
      kind  = reference "kind" { key = "code", from = "kind" },
    },
    fields = {
      itemId  = id      { from = "id", prefix = "i_" },
      name    = text    { from = "name" },
      state   = text    { from = "state" },
      amount  = decimal { 12, 2, from = "amount" },
      created = instant { from = "created" },
      note    = text    { from = "note", optional = true },
      spot    = text    { from = "spot", optional = true },
      kind    = text    { from = "kind.label" },
      parts   = list    { from = "parts", each = { label = text { from = "label" } } },
      marks   = list    { from = "marks", each = { v = text { from = "v" } } },
    },
  },
}
