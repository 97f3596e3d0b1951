-- 011-collectgarbage.lua: CVE-2024-46981, Redis: a collector that is run by the script frees what is in use.
--! E1010

for i = 1, 100 do collectgarbage('collect') end
collectgarbage('stop')

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
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
