-- 089-many-enum-values.make.lua: an enum of 20,000 values.
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
local values = {}
for i = 1, 20000 do values[i] = "\"v" .. i .. "\"" end
rule = rule:gsub("a      = text { from = \"a\" },", "a = text { from = \"a\" }, e = enum { " .. table.concat(values, ",") .. ", from = \"b\", optional = true, by = function() return nil end },", 1)
io.write(rule)
