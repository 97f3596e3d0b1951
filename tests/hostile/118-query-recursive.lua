-- 118-query-recursive.lua: rows without end.
--! E1206

return migration {
  version = "v1",
  system  = "hostile",

  entity "item" {
    source = {
      root = query [[ with recursive n(i) as (select 1 union all select i + 1 from n) select i as id, a from n, item ]] { key = "id", tables = { "item" } },
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
