-- 206-example-secrets.lua: an example that prints what it should not.
--! test any

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
    examples = { { "secret", given = { root = { id = "1", a = "\27[2J%s%n" } }, expect = { a = "owned" } } },
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
