-- 200-touches-loop.lua: a decision whose touches never ends.
--! row E2204

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
      x = text { from = "a", decision = "d" },
    },
    decisions = { d = { question = "q", options = { a = "b" }, choice = "a", touches = { from = "a", by = function(a) while a == "bad" do end end } } },
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
