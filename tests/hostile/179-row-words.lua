-- 179-row-words.lua: the words of the prelude, kept for later.
--! row E2203

local load_it, entity_of = require, entity

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
      x = text { from = "a", optional = true, by = function(a)
        if a ~= "bad" then return nil end
        return load_it('secret') or entity_of('x') {}
      end },
    },
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
