return migration { version = "v1", system = "s", entity "job" {
  source = { root = table "t" { key = "id" } },
  fields = { jobId = id { from = "id", prefix = "j_" },
 },
} }
