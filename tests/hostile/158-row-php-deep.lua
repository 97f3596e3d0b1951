-- 158-row-php-deep.lua: serialized PHP that is deep and names a class.
--! row any

return migration {
  version = "v1",
  system  = "hostile",

  entity "item" {
    source = {
      root = table "item" { key = "id", types = { php = php } },
      kids = children "kid" { parent = "id", key = "seq" },
    },
    fields = {
      itemId = id { from = "id", prefix = "i_" },
      a      = text { from = "a" },
      x = json { from = { "a", "php" }, optional = true, by = function(a, php)
        if a ~= "bad" then return nil end
        return php
      end },
    },
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
