-- 107-query-deletes.lua: a source that writes.
--! E1206

return migration {
  version = "v1",
  system  = "hostile",

  entity "item" {
    source = {
      root = query [[ delete from calm returning id, 1 as a ]] { key = "id", tables = { "item" } },
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
