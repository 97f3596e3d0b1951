-- 111-query-pragma-function.lua: the same as a function.
--! E1206

return migration {
  version = "v1",
  system  = "hostile",

  entity "item" {
    source = {
      root = query [[ select 1 as id, file as a from pragma_database_list, item ]] { key = "id", tables = { "item" } },
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
