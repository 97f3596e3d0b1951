-- 096-entity-sql.lua: the name of an entity is SQL.
--! E1004

return migration {
  version = "v1",
  system  = "hostile",

  entity 'x_final"; drop table calm; --' {
    source = {
      root = table "item" { key = "id" },
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
