-- 005-bytecode-string-dump.lua: OpenResty and others: string.dump, a byte changed, load: a for loop that takes numbers for pointers.
--! E1010

local text = string.dump(function(x) for i = x, x, 0 do return i end end)
local f = load(text)

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
