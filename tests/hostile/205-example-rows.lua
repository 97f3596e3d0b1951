-- 205-example-rows.lua: given has a hundred thousand rows.
--! any

local K = {}
for i = 1, 50000 do K[i] = { seq = tostring(i), c = "x" } end

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
    examples = { { "rows", given = { root = { id = "1", a = "y" }, kids = K }, expect = { a = "y" } } },
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
