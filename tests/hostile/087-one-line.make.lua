-- 087-one-line.make.lua: the same on one line.
--! E1010

local rule = [==[

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
]==]
rule = "local T = {" .. ("12345678901234567890,"):rep(100000) .. "}\n" .. rule
io.write(rule)
