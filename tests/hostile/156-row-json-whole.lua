-- 156-row-json-whole.lua: the same, whole into the record.
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
      x = json { from = { "a", "doc" }, optional = true, by = function(a, doc)
        if a ~= "bad" then return nil end
        return doc
      end },
    },
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
