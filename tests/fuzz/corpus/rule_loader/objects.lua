return migration { version = "v1", system = "s", entity "job" {
  source = { root = table "t" { key = "id" } },
  fields = { jobId = id { from = "id", prefix = "j_" },
    o = { a = text { from = "a", optional = true }, p = { b = text { from = "b", optional = true } } } },
} }
