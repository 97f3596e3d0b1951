-- 157-row-json-wide.lua: JSON with a hundred thousand members of one name.
--! row any

return migration {
  version = "v1",
  system  = "hostile",

  entity "item" {
    source = {
      root = table "item" { key = "id", types = { wide = json } },
      kids = children "kid" { parent = "id", key = "seq" },
    },
    fields = {
      itemId = id { from = "id", prefix = "i_" },
      a      = text { from = "a" },
      x = json { from = { "a", "wide" }, optional = true, by = function(a, wide)
        if a ~= "bad" then return nil end
        return wide
      end },
    },
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
