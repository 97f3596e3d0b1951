return migration { version = "v1", system = "s", entity "job" {
  source = { root = table "t" { key = "id", null = { "", "-" }, types = { b = int, d = decimal, e = boolean, f = date, h = json, i = instant { zone = "Europe/London", ambiguous = "earlier", skipped = "forward" } } } },
  fields = { jobId = id { from = "id", prefix = "j_" },
    a = text { from = "a", optional = true }, b = integer { from = "b", optional = true }, c = bigint { from = "c", optional = true },
    d = decimal { 12, 2, from = "d", round = "half_up", optional = true }, e = boolean { from = "e", optional = true },
    f = date { from = "f", optional = true }, g = bytes { from = "g", optional = true }, h = json { from = "h", optional = true },
    i = instant { from = "i", optional = true } },
} }
