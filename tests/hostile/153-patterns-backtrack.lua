-- 153-patterns-backtrack.lua: a table of patterns that run for ever on one value.
--! any

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
      x = text { from = "b", patterns = { ["^(([a-z0-9])+.)+[A-Z]([a-z0-9])+$"] = "x", [".*"] = "y" } },
    },
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
