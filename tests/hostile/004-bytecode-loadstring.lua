-- 004-bytecode-loadstring.lua: CVE-2015-4335, Redis: bytecode that no compiler wrote, through loadstring. Peter Cawley (corsix), "Exploiting Lua 5.1".
--! E1010

local f = loadstring('\27LJ\2\10' .. '\0\0\0')
f()

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
