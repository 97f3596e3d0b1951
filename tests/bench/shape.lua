-- shape.lua: the shape of row that matters: eight text columns and four attributes, about 400 bytes of record.

local STATE = {
  CREATED = "CREATED", ASSIGNED = "ASSIGNED", PICKED_UP = "IN_PROGRESS", IN_PROGRESS = "IN_PROGRESS",
  DELIVERED = "COMPLETED", COMPLETED = "COMPLETED", CANCELED = "CANCELED", CANCELLED = "CANCELED",
}

return migration {
  version = "v1",
  system  = "bench",
  entity "job" {
    source = {
      root = table    "del"      { key = "del_id" },
      meta = children "del_meta" { parent = "del_id", key = "k" },
    },
    fields = {
      jobId      = id   { from = "del_id", prefix = "tsk_" },
      externalId = text { from = "delivery_ref" },
      state      = enum { "CREATED", "ASSIGNED", "IN_PROGRESS", "COMPLETED", "CANCELED",
                          from = "status", fold = upper, lookup = STATE },
      createdAt  = text { from = "created_ts" },
      updatedAt  = text { from = "updated_ts" },
      actorId    = text { from = "actor_id", optional = true },
      amount     = text { from = "amount" },
      note       = text { from = "note", by = function(note) return trim(note) end },
      attributes = map  { from  = "meta",
                          key   = function(m) return lower(trim(m.k)) end,
                          value = function(m) return trim(m.v) end },
    },
    examples = {
      { "a row", given  = { root = { del_id = "1", delivery_ref = "D", status = "created", created_ts = "c", updated_ts = "u",
                                     amount = "1", note = " n " },
                            meta = { { k = " A ", v = " b " } } },
        expect = { jobId = "tsk_1", state = "CREATED", note = "n", attributes = { a = "b" } } },
    },
  },
}
