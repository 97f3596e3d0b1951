-- 106-key-sql.lua: the name of a key is SQL.
--! E1004|E1202

return migration {
  version = "v1",
  system  = "hostile",

  entity "item" {
    source = {
      root = table 'item' { key = 'id" = 1 or 1 = 1; --' },
      kids = children "kid" { parent = "id", key = "seq" },
    },
    fields = {
      itemId = id { from = "id", prefix = "i_" },
      a      = text { from = "a" },
    },
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
