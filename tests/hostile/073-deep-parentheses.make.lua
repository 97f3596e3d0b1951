-- 073-deep-parentheses.make.lua: parentheses in parentheses.
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
rule = "local t = " .. ("("):rep(100000) .. "1" .. (")"):rep(100000) .. "\n" .. rule
io.write(rule)
