-- 084-undefined-names.make.lua: 20,000 names that nobody defined.
--! E1002

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
for i = 1, 20000 do lines[i] = "local v = nobody" .. i end
rule = "do\n" .. ("do "):rep(0) .. "local v\n" .. table.concat(lines, "\n"):gsub("local v", "v") .. "\nend\n" .. rule
io.write(rule)
