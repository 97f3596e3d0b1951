-- 086-digits.make.lua: 100,000 numbers that lose digits.
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
rule = "local T = {\n" .. ("12345678901234567890,\n"):rep(100000) .. "}\n" .. rule
io.write(rule)
