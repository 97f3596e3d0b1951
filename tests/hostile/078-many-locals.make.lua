-- 078-many-locals.make.lua: 80,000 variables.
--! E1001

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
for i = 1, 80000 do lines[i] = "local v" .. i .. " = 1" end
rule = table.concat(lines, "\n") .. "\n" .. rule
io.write(rule)
