-- 114-query-readfile.lua: reads a file.
--! E1206

return migration {
  version = "v1",
  system  = "hostile",

  entity "item" {
    source = {
      root = query [[ select id, readfile('/etc/passwd') as a from item ]] { key = "id", tables = { "item" } },
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
