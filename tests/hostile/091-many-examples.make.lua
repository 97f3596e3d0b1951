-- 091-many-examples.make.lua: 100 examples.
--! held|E1012

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
for i = 1, 100 do lines[i] = ("{ \"e%d\", given = { root = { id = \"1\", a = \"x\" } }, expect = { a = \"x\" } },"):format(i) end
rule = rule:gsub("  entity \"calm\"", "", 0):gsub("\n  },\n\n  entity \"calm\"", "\n    examples = { " .. table.concat(lines, "\n") .. " },\n  },\n\n  entity \"calm\"", 1)
io.write(rule)
