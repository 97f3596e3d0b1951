-- 165-row-cyclic.lua: a table that holds itself, as a value.
--! row E2114|E2203|E2102|E2205

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
      x = json { from = "a", optional = true, by = function(a)
        if a ~= "bad" then return nil end
        local t = {}
        t.t = t
        return t
      end },
    },
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
