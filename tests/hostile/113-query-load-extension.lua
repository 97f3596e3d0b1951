-- 113-query-load-extension.lua: loads C into the process.
--! E1206

return migration {
  version = "v1",
  system  = "hostile",

  entity "item" {
    source = {
      root = query [[ select id, load_extension('/tmp/evil.so') as a from item ]] { key = "id", tables = { "item" } },
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
