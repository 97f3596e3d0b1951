local shared = require "shared"
local S = { a = "A", b = "B" }
return migration { version = "v1", system = "s", entity "job" {
  source = { root = table "t" { key = "id" } },
  fields = { jobId = id { from = "id", prefix = "j_" },
    state = enum { "A", "B", from = "state", fold = lower, lookup = S, patterns = { ["^a"] = "A" }, optional = true },
    region = text { from = "c", lookup = csv "t.csv" { key = "country", value = "region" }, optional = true },
    owner = ref "job" { from = "o", optional = true }, clean = text { from = "x", by = shared.clean, optional = true, mask = true } },
} }
