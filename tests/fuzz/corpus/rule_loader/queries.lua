return migration { version = "v1", system = "s", entity "job" {
  source = { root = table "t" { key = "id" } },
  fields = { jobId = id { from = "id", prefix = "j_" },
    a = text { from = "a", optional = true }, n = decimal { 10, 2, from = "n", optional = true } },
  queries = { q = { why = "who asks?", params = { a = sample "a" { count = 20 } },
    legacy = [[ select a, n from t where a = :a ]], target = [[ select a, n from job where a = :a ]],
    columns = { a = field "a" { key = true }, n = field "n" { tolerance = absolute "0.01" { because = "r", owner = "o", expires = "2027-01-01" } } }, order = "ignored" } },
  invariants = { ["one each"] = none [[ select min(id) from job group by a having count(*) > 1 ]] },
} }
