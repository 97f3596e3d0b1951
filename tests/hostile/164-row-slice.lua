-- 164-row-slice.lua: positions beyond all texts.
--! row any

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
      x = text { from = { "a", "b" }, optional = true, by = function(a, b)
        if a ~= "bad" then return nil end
        return slice(b, -1e15, 1e15) .. slice(b, 0 / 0, 1 / 0)
      end },
    },
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
