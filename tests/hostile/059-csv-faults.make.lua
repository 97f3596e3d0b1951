-- 059-csv-faults.make.lua: a table in which every line is wrong.
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
local file = io.open("tables/faults.csv", "w")
file:write("k,v\n", ("a,b,c\n"):rep(500000))
file:close()
rule = "local T = csv 'tables/faults.csv' { key = 'k', value = 'v' }\n" .. rule
io.write(rule)
