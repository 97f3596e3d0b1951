-- evidence.lua: what must be proven: historical queries, and the policy by which the target is believed.
-- Both belong to the validation fingerprint; no record depends on them.

local native, _, shared = ...

local info, poison = shared.info, shared.poison
local fault, member, sorted_keys, spot = shared.fault, shared.member, shared.sorted_keys, shared.spot
local check_options, nearest, show = shared.check_options, shared.nearest, shared.show
local format, find, gmatch = string.format, string.find, string.gmatch
local place_in = shared.place_in

local set = shared.set

function shared.check_day(key, value, at)
  if value and not find(value, "^%d%d%d%d%-%d%d%-%d%d$") then
    fault("E1004", spot(at, key), format("%s must be a day like 2027-04-01, not %s", key, show(value)),
          { why = "days are compared with today", help = format('write   %s = "2027-04-01"', key) })
  end
end

local function check_number(t, key, at, low, high, is_whole)
  local value = member(t, key, "number", at)
  if value and (value < low or value > high or (is_whole and value % 1 ~= 0)) then
    fault("E1004", spot(at, key),
          format("%s must be a%s number from %g to %g, not %s", key, is_whole and " whole" or "", low, high, show(value)))
  end
end

---- queries -----------------------------------------------------------------------------------------

-- "amount", or "payments.amount" of a list.
local function check_field_path(entity, path, at)
  local _, _, head, tail = find(path, "^([^.]+)%.(.+)$")
  local index = entity.field_index[head or path]
  local field = index and entity.fields[index + 1]
  if not index then
    fault("E1007", at, format('no field "%s"', head or path), { nearest = nearest(head or path, entity.field_names) })
  elseif tail and field then
    local names = {}
    for _, inner in pairs(field.members or {}) do names[#names + 1] = inner.name end
    table.sort(names)
    for _, name in ipairs(names) do
      if name == tail then return end
    end
    fault("E1007", at, format('no field "%s" in %s', tail, head), { nearest = nearest(tail, names) })
  end
end

local function check_tolerance(tolerance, at)
  local about = type(tolerance) == "table" and info[tolerance]
  if not about or about.word ~= "absolute" then
    if tolerance ~= poison then fault("E1004", at, 'tolerance must be absolute "…" { … }') end
    return
  end
  if not find(about.name, "^%d+%.?%d*$") then
    fault("E1004", at, format("absolute %s is no amount", show(about.name)), { help = 'as in absolute "0.01"' })
  end
  check_options(tolerance, set "because owner expires", at)
  for _, key in ipairs { "because", "owner", "expires" } do
    local value = member(tolerance, key, "text", at, true)
    if key == "expires" then shared.check_day(key, value, at) end
  end
end

local function check_column(entity, name, value, at)
  local about = type(value) == "table" and info[value]
  if not about or about.word ~= "field" then
    if value ~= poison then fault("E1004", at, format('column %s must be field "…"', name)) end
    return false
  end
  check_options(value, set "key tolerance", at)
  check_field_path(entity, about.name, at)
  if value.tolerance ~= nil then check_tolerance(value.tolerance, at) end
  return member(value, "key", "boolean", at) or false
end

local function check_columns(entity, columns, is_ordered, at)
  local has_key, count = false, 0
  for _, name in ipairs(sorted_keys(columns)) do
    has_key, count = check_column(entity, name, columns[name], spot(at, name)) or has_key, count + 1
  end
  check_options(columns, columns, at)
  if count > 0 and not has_key and not is_ordered then
    fault("E1005", at, "no column is the key by which rows are matched",
          { help = 'say key = true of one, or order = "declared"' })
  end
end

-- The names behind a colon; '::' is a cast and what stands in quotes is text.
local function parameters_of(sql)
  local names = {}
  sql = string.gsub(string.gsub(sql, "'[^']*'", "''"), "::", "  ")
  for name in gmatch(sql, ":(%a[%w_]*)") do names[name] = true end
  return names
end

local function check_parameters(entity, def, params, at)
  for _, name in ipairs(sorted_keys(params)) do
    local about = type(params[name]) == "table" and info[params[name]]
    if about and about.word == "sample" then
      local here = shared.place_inside(at, "params", name)
      check_options(params[name], set "count", here)
      check_number(params[name], "count", here, 1, 1000000, true)
      check_field_path(entity, about.name, here)
    elseif params[name] ~= poison then
      fault("E1004", spot(at, "params", name), format('parameter %s must be sample "…"', name),
            { help = format('as in   %s = sample "…" { count = 200 }', name) })
    end
  end
  check_options(params, params, at)
  for _, side in ipairs { "legacy", "target" } do
    local used = native.is_text(def[side]) and parameters_of(def[side]) or {}
    for _, name in ipairs(sorted_keys(used)) do
      if params[name] == nil then
        local near = nearest(name, sorted_keys(params))
        used[near or name] = true
        fault("E1007", spot(at, side), format("%s asks for :%s, which params does not have", side, name), { nearest = near })
      end
    end
    for _, name in ipairs(native.is_text(def[side]) and sorted_keys(params) or {}) do
      if not used[name] then
        fault("E1006", spot(at, side), format("%s does not use :%s", side, name),
              { why = "both stores are asked the same", help = format("take %s out of params, or ask for :%s", name, name) })
      end
    end
  end
end

local function check_query(entity, name, def)
  local at = place_in(entity, "queries." .. name, "queries", name)
  check_options(def, set "why params legacy target columns order", at)
  member(def, "why", "text", at)
  member(def, "legacy", "text", at, true)
  member(def, "target", "text", at, true)
  local order = member(def, "order", "text", at)
  if order and order ~= "ignored" and order ~= "declared" then
    fault("E1004", spot(at, "order"), format('order is "ignored" or "declared", not %s', show(order)))
  end
  local params = member(def, "params", "table", at)
  if params or def.params == nil then check_parameters(entity, def, params or {}, at) end
  local columns = member(def, "columns", "table", at, true)
  if columns then check_columns(entity, columns, order == "declared", shared.place_inside(at, "columns")) end
end

function shared.check_queries(entity)
  local defs = member(entity.def, "queries", "table", entity.at)
  if not defs then return end
  local at = place_in(entity, "queries", "queries")
  check_options(defs, defs, at)
  for _, name in ipairs(sorted_keys(defs)) do
    local def = member(defs, name, "table", at)
    if def then check_query(entity, name, def) end
  end
end

---- authority ---------------------------------------------------------------------------------------

local stages = { "history", "reads", "writes" }
local stage_options = {
  history = set "balance invariants digests sample queries fresh approvals",
  reads = set "after shadow steps fresh approvals",
  writes = set "after steps fresh approvals",
}

local function check_duration(t, key, at)
  local value = member(t, key, "text", at)
  if value and not find(value, "^[1-9]%d*[smhd]$") then
    fault("E1004", at, format("%s must be a time like 24h, not %s", key, show(value)),
          { help = "a number and s, m, h or d" })
  end
end

-- "all", or nothing.
local function check_all(t, key, at)
  local value = member(t, key, "text", at)
  if value and value ~= "all" then fault("E1004", at, format('%s must be "all", not %s', key, show(value))) end
end

local function check_steps(stage, at)
  local steps, before = member(stage, "steps", "table", at), 0
  if not steps then return end
  check_options(steps, {}, at, true)
  for _, step in ipairs(steps) do
    if type(step) ~= "number" or step <= before or step > 100 then
      fault("E1004", at, format("steps are per cent that grow up to 100; %s does not fit", show(step)),
            { why = "a ramp only goes up", help = "as in   steps = { 1, 5, 25, 50, 100 }" })
      return
    end
    before = step
  end
  if before ~= 100 then fault("E1005", at, "steps do not end with 100") end
end

local function check_sample(stage, at)
  local sample = member(stage, "sample", "table", at)
  if not sample then return end
  check_options(sample, set "percent per_stratum", at)
  check_number(sample, "percent", at, 0, 100)
  check_number(sample, "per_stratum", at, 0, 1000000, true)
end

local function check_shadow(stage, at)
  local shadow = member(stage, "shadow", "table", at)
  if not shadow then return end
  check_options(shadow, set "reads window rate", at)
  check_number(shadow, "reads", at, 1, 1e15, true)
  check_number(shadow, "rate", at, 0, 1)
  check_duration(shadow, "window", at)
end

local function check_after(stage, name, policy, at)
  local after = member(stage, "after", "text", at)
  if not after then return end
  if not stage_options[after] then
    fault("E1007", at, format('no stage "%s"', after), { nearest = nearest(after, stages) })
  elseif policy[after] == nil or after == name then
    fault("E1007", at, format('%s comes after "%s", which is not there', name, after))
  end
end

function shared.check_authority(policy, migration)
  if not policy then return end
  local line = shared.locate(migration, "authority")
  local function at_stage(name)
    return { file = migration.file, line = line and line > 0 and line or migration.line,
             where = "authority" .. (name and "." .. name or "") }
  end
  check_options(policy, stage_options, at_stage())
  for _, name in ipairs(stages) do
    local at, stage = at_stage(name), member(policy, name, "table", at_stage())
    if stage then
      check_options(stage, stage_options[name], at)
      member(stage, "balance", "boolean", at)
      for _, key in ipairs { "invariants", "digests", "queries" } do check_all(stage, key, at) end
      check_sample(stage, at)
      check_shadow(stage, at)
      check_steps(stage, at)
      check_duration(stage, "fresh", at)
      check_number(stage, "approvals", at, 0, 100, true)
      check_after(stage, name, policy, at)
    end
  end
end
