-- 090-many-unknown-options.make.lua: 20,000 options nobody knows.
--! E1003|E1012

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
for i = 1, 20000 do lines[i] = "optinal" .. i .. " = true," end
rule = rule:gsub("a      = text { from = \"a\" },", "a = text { from = \"a\", " .. table.concat(lines, "\n") .. " },", 1)
io.write(rule)
