return migration { version = "v1", system = "s", entity "job" {
  source = { root = table "t" { key = "id" }, kids = children "k" { parent = "t_id", key = "no" } },
  fields = { jobId = id { from = "id", prefix = "j_" },
    a = text { from = "a", optional = true, by = function(a) return a and upper(trim(a)) .. tostring(len(a)) end },
    b = integer { from = { "b", field "a" }, by = function(b, a) if b == nil then return 0 end return int(b) + #split(a or "", ",") end },
    c = text { from = "c", optional = true, by = function(c) return replace(c, "(\\w+) ", "$1-") or reject("none") end },
    d = text { from = "kids", by = function(kids) return join(sort_by(kids, function(k) return k.no end), ",") end } },
  skip_when = { ["a test"] = { from = "a", by = function(a) return starts(a, "TEST") end } },
  reject_when = { ["too old"] = { from = "a", by = function(a) return a == "old" end } },
  invariants = { ["a is short"] = function(job) return job.a == nil or len(job.a) < 100 end },
} }
