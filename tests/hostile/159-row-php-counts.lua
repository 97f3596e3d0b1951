-- 159-row-php-counts.lua: serialized PHP that says it has four thousand million members.
--! row any

return migration {
  version = "v1",
  system  = "hostile",

  entity "item" {
    source = {
      root = table "item" { key = "id", types = { php2 = php } },
      kids = children "kid" { parent = "id", key = "seq" },
    },
    fields = {
      itemId = id { from = "id", prefix = "i_" },
      a      = text { from = "a" },
      x = json { from = { "a", "php2" }, optional = true, by = function(a, php2)
        if a ~= "bad" then return nil end
        return php2
      end },
    },
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
