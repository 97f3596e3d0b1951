return migration { version = "v1", system = "s", entity "job" {
  source = { root = table "t" { key = "id", types = { n = int } },
    kids = children "k" { parent = "t_id", key = "no", types = { no = int } },
    notes = children "m" { of = "kids", parent = { t_id = "t_id", no = "k_no" }, key = "at" },
    film = reference "f" { key = "f_id", from = "root.film", optional = true } },
  fields = { jobId = id { from = "id", prefix = "j_" },
    kids = list { from = "kids", each = { what = text { from = "what", optional = true },
      notes = list { from = "notes", each = { note = text { from = "note", optional = true } } } } },
    all = map { from = "kids", key = function(k) return k.no end, value = function(k) return trim(k.what) end },
    title = text { from = "film.title", optional = true } },
} }
