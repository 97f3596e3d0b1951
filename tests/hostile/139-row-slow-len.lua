-- 139-row-slow-len.lua: counts the characters of megabytes, again and again.
--! row E2204

local S = 'x'
for i = 1, 22 do S = S .. S end

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
        while true do local n = len(S) end
      end },
    },
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
