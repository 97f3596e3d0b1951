local NONE, MAP = "none", { a = "b" }
local function half(n) return n / 2 end
return migration { version = "v1", system = "s", entity "job" {
  source = { root = table "t" { key = "id", types = { n = int, d = decimal } }, kids = children "k" { parent = "t_id", key = "no" } },
  fields = {
    jobId = id { from = "id", fold = lower },
    a = text { from = { "a", "b" }, by = function(a, b) if a == nil and not b then return NONE elseif b == nil then return "" end return MAP[a] or (b or "x") end },
    b = text { from = "a", by = function(a) return coalesce(match(a, "(?<n>.*),.*?[^]x[:alpha:]]\\Q.*\\E(.{2,})+"), find(a, "(a+)+$") or -1, "z") end },
    n = integer { from = "n", by = function(n) return math.floor(half(n) / 3) + 0.5 end },
    p = text { from = "a", patterns = { ["^.*a.+?b.*+c.*$"] = "x", ["(.*)*"] = "y" } },
    m = map { from = "kids", key = function(k) return k.k or "k" end, value = function(k) return k.v and k.v or exact "1" end },
  },
} }
