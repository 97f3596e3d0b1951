-- authority.lua: what must be proven before the target is believed; nothing is decided by a benchmark.
return {
  history = { balance = true, invariants = "all", digests = "all" },
}
