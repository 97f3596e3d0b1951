-- 123-none-recursive.lua: an invariant that never ends.
--! held|E1004|E1206

return migration {
  version = "v1",
  system  = "hostile",

  entity "item" {
    source = {
      root = table "item" { key = "id" },
      kids = children "kid" { parent = "id", key = "seq" },
    },
    fields = {
      itemId = id { from = "id", prefix = "i_" },
      a      = text { from = "a" },
    },
    invariants = { ["nothing"] = none [[ with recursive n(i) as (select 1 union all select i + 1 from n) select i from n ]] },
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
