return migration { version = "v1", system = "s", entity "job" {
  source = { root = table "t" { key = "id" } },
  fields = { jobId = id { from = "id", prefix = "j_" },
    state = text { from = "s", optional = true, decision = "d" } },
  decisions = { d = { question = "Which?", options = { x = "the first", y = "the second" }, choice = "x",
    touches = { from = field "state", by = function(s) return s == "7" end }, because = "it is", owner = "o", decided = "2026-01-01", review_by = "2027-01-01" } },
  examples = { { "one", given = { root = { id = "1", s = "a" } }, expect = { jobId = "j_1", state = "a" } },
    { "two", given = { root = { id = "2" } }, expect = { state = absent } } },
} }
