-- 014-parser-and-collector.make.lua: CVE-2025-49844 (RediShell), Redis: the collector runs while a chunk is parsed, and its name is free.
--! held

local rule = [==[

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
]==]
local lines = {}
for i = 1, 10000 do lines[#lines + 1] = ("do local t = { [%q] = %q } end"):format("key" .. i, ("text%d "):format(i):rep(3)) end
rule = table.concat(lines, "\n") .. "\n" .. rule
io.write(rule)
