-- 058-csv-wide.make.lua: a table of a million cells in one line.
--! E1016

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
local file = io.open("tables/wide.csv", "w")
file:write(("c,"):rep(1000000), "c\n")
file:close()
rule = "local T = csv 'tables/wide.csv' { key = 'c', value = 'c' }\n" .. rule
io.write(rule)
