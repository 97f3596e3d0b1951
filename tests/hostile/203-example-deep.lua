-- 203-example-deep.lua: given is a hundred thousand deep.
--! any

local D = {}
for i = 1, 50000 do D = { D } end

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
    examples = { { "deep", given = { root = { id = "1", a = "y", b = D } }, expect = { a = "y" } } },
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
