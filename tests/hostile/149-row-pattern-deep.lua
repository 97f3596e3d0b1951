-- 149-row-pattern-deep.lua: a pattern that is deep.
--! row E2207|E2203|E2205|E2206|E2204

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
        local p = ''
        local q = ''
        for i = 1, 5000 do p = p .. '(' q = q .. ')' end
        return match(a, p .. 'a' .. q)
      end },
    },
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
