-- 144-row-slow-concat-list.lua: walks a long list inside C.
--! row E2204|E2205|E2203

local T = {}
for i = 1, 300000 do T[i] = 1 end

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
        while true do local n = sum(T) + max(T) + count(T, function() return true end) end
      end },
    },
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
