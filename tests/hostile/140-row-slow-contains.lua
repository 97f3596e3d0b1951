-- 140-row-slow-contains.lua: looks for what is almost everywhere.
--! row E2204

local T = 'x'
for i = 1, 10 do T = T .. T end
local S = T
for i = 1, 12 do S = S .. S end
T = T .. 'y'

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
        while true do local n = contains(S, T) end
      end },
    },
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
