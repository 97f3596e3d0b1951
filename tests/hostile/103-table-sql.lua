-- 103-table-sql.lua: the name of a table is SQL.
--! E1201

return migration {
  version = "v1",
  system  = "hostile",

  entity "item" {
    source = {
      root = table 'item"; drop table calm; --' { key = 'id' },
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
