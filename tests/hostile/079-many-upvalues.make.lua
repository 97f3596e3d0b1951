-- 079-many-upvalues.make.lua: a function that captures 300 variables.
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
for i = 1, 150 do lines[#lines + 1] = "local v" .. i .. " = 1" end
lines[#lines + 1] = "local function f()"
for i = 1, 150 do lines[#lines + 1] = "local w" .. i .. " = v" .. i end
lines[#lines + 1] = "return function() return 0"
for i = 1, 150 do lines[#lines + 1] = "+ v" .. i .. " + w" .. i end
rule = table.concat(lines, "\n") .. "\nend end\n" .. rule
io.write(rule)
