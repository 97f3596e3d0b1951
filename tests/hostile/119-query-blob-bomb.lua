-- 119-query-blob-bomb.lua: a value of a gigabyte.
--! any

return migration {
  version = "v1",
  system  = "hostile",

  entity "item" {
    source = {
      root = query [[ select id, zeroblob(1000000000) as a from item ]] { key = "id", tables = { "item" } },
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
