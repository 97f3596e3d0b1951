-- 127-row-recursion-through-helpers.lua: calls itself through a function of the host: the stack of C.
--! row E2203

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
        local function f(x) return any({ 1 }, function() return f(x) end) end
        return f(1)
      end },
    },
  },

  entity "calm" {
    source = { root = table "calm" { key = "id" } },
    fields = { calmId = id { from = "id" }, a = text { from = "a" } },
  },
}
