return migration { version = "v2", supersedes = "v1", system = "s", authority = require "authority",
  entity "job" { source = { root = table "t" { key = { "a", "b" } } }, fields = { jobId = id { from = { "a", "b" }, prefix = "j_" } }, on_delete = "keep" },
  entity "account" { part = "members", source = { root = query [[ select id from m ]] { key = "id", tables = { "m" } } },
    fields = { accountId = id { from = "id", prefix = "m_" } } },
  entity "account" { part = "guests", source = { root = table "g" { key = "id", ignore = { x = "unread" } } }, fields = { accountId = id { from = "id", prefix = "g_" } } } }
