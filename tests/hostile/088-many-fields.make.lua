-- 088-many-fields.make.lua: 5,000 fields that wait for each other in a row.
--! E1012|held

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
for i = 1, 5000 do lines[i] = ("f%05d = text { from = field \"f%05d\", optional = true },"):format(i, i + 1) end
lines[5001] = "f05001 = text { from = \"a\" },"
rule = rule:gsub("a      = text", table.concat(lines, "\n") .. "\na = text", 1)
io.write(rule)
