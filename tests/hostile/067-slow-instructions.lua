-- 067-slow-instructions.lua: an instruction that compares megabytes: a thousand of them are one look at the clock.
--! E1012

local s = 'x'
for i = 1, 22 do s = s .. s end
local u, v = s .. 'u', s .. 'v'
while u < v do end

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
    },
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
