-- 150-row-pattern-recursive.lua: a pattern that calls itself.
--! row E2206|E2207|E2203|merged

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
        return match(b, '^((?1)|a)$')
      end },
    },
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
