-- 154-patterns-callout.lua: a pattern that calls out, sets its own limits, or is UTF-8 no more.
--! E1019

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
      x = text { from = "a", patterns = { ["(*LIMIT_MATCH=4294967295)(*NO_JIT)(?C1)a"] = "x" } },
    },
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
