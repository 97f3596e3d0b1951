-- rules/authority.lua: what must be proven before the target is believed. Kept by operations, one file for all versions.
return {
  history = { balance = true, invariants = "all", digests = "all", sample = { percent = 1, per_stratum = 300 },
              queries = "all", fresh = "24h", approvals = 1 },
  reads   = { after = "history", shadow = { reads = 10000, window = "1h", rate = 0.00001 }, steps = { 1, 5, 25, 50, 100 } },
  writes  = { after = "reads", steps = { 1, 5, 25, 50, 100 } },
}
