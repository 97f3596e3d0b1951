-- 155-row-json-deep.lua: JSON a hundred thousand deep.
--! row any

return migration {
  version = "v1",
  system  = "hostile",

  entity "item" {
    source = {
      root = table "item" { key = "id", types = { doc = json } },
      kids = children "kid" { parent = "id", key = "seq" },
    },
    fields = {
      itemId = id { from = "id", prefix = "i_" },
      a      = text { from = "a" },
      x = text { from = { "a", "doc" }, optional = true, by = function(a, doc)
        if a ~= "bad" then return nil end
        return tostring(doc and doc.x)
      end },
    },
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
