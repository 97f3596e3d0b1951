-- 080-huge-constants.make.lua: a table of 200,000 entries.
--! E1012

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
local lines = {}
for i = 1, 200000 do lines[i] = "k" .. i .. "=" .. i .. "," end
rule = "local T = {\n" .. table.concat(lines, "\n") .. "}\n" .. rule
io.write(rule)
