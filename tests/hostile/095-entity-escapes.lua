-- 095-entity-escapes.lua: the name of an entity rewrites the terminal.
--! E1004

return migration {
  version = "v1",
  system  = "hostile",

  entity "it\27[2Jem\n\0" {
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
