-- 194-changes-lookup.lua: the lookup of another field.
--! all E2203

local L = { bad = "x" }

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
      x = text { from = "a", optional = true, by = function(a) L[a] = "owned" return L.bad end },
      y = text { from = "b", lookup = L, optional = true, by = function() return nil end },
    },
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
