-- 081-huge-file.make.lua: a file of 5 MB.
--! E1015

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
rule = "--" .. ("x"):rep(5000000) .. "\n" .. rule
io.write(rule)
