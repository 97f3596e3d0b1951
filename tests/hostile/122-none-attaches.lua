-- 122-none-attaches.lua: an invariant that opens another database.
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
    invariants = { ["nothing"] = none [[ attach 'created-by-a-rule' as other ]] },
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
