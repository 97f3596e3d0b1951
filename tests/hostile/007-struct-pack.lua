-- 007-struct-pack.lua: CVE-2015-8080 and CVE-2018-11219, Redis: integer overflow in struct.unpack.
--! E1002

local n = struct.unpack('>I2147483648', 'xxxx')

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
