-- 104-table-master.lua: the table of tables.
--! E1201|E1204|E1202

return migration {
  version = "v1",
  system  = "hostile",

  entity "item" {
    source = {
      root = table 'sqlite_master' { key = 'id' },
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
