-- broken_authority.lua: required by a file that is sound itself.
return {
  history = { balance = true }
  reads   = { after = "history" },
}
