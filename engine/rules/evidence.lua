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

local function read_number(t, key, at, low, high, is_whole)
  local value = member(t, key, "number", at)
  if value and (not (value >= low and value <= high) or (is_whole and value % 1 ~= 0)) then
    fault("E1004", spot(at, key),
          format("%s must be a%s number from %g to %g, not %s", key, is_whole and " whole" or "", low, high, show(value)))
  end
  return value
end

---- queries -----------------------------------------------------------------------------------------

-- "amount", or "payments.amount" of a list. The field it leads to, and what stands around it; nothing after a fault.
local function find_field(entity, path, at)
  local _, _, head, tail = find(path, "^([^.]+)%.(.+)$")
  local index = entity.field_index[head or path]
  local field = index and entity.fields[index + 1]
  if not index then
    fault("E1007", at, format('no field "%s"', head or path), { nearest = nearest(head or path, entity.field_names) })
  elseif not tail or not field then
    return field
  else
    local names = {}
    for _, inner in pairs(field.members or {}) do
      if inner.name == tail then return inner, field end
      names[#names + 1] = inner.name
    end
    table.sort(names)
    fault("E1007", at, format('no field "%s" in %s', tail, head), { nearest = nearest(tail, names) })
  end
end

local function read_tolerance(tolerance, at)
  local about = type(tolerance) == "table" and info[tolerance]
  if not about or about.word ~= "absolute" then
    if tolerance ~= poison then fault("E1004", at, 'tolerance must be absolute "…" { … }') end
    return
  end
  if not find(about.name, "^%d+%.?%d*$") then
    fault("E1004", at, format("absolute %s is no amount", show(about.name)), { help = 'as in absolute "0.01"' })
  end
  check_options(tolerance, set "because owner expires", at)
  local result = { absolute = about.name }
  for _, key in ipairs { "because", "owner", "expires" } do
    result[key] = member(tolerance, key, "text", at, true)
  end
  shared.check_day("expires", result.expires, at)
  return result
end

local function read_column(entity, name, value, at)
  local about = type(value) == "table" and info[value]
  if not about or about.word ~= "field" then
    if value ~= poison then fault("E1004", at, format('column %s must be field "…"', name)) end
    return nil
  end
  check_options(value, set "key tolerance", at)
  local column = { name = name, path = about.name, at = at }
  column.field, column.outer = find_field(entity, about.name, at)
  column.tolerance = value.tolerance ~= nil and read_tolerance(value.tolerance, at) or nil
  column.is_key = member(value, "key", "boolean", at) or false
  return column
end

local function read_columns(entity, defs, is_ordered, at)
  local columns, has_key, count = {}, false, 0
  for _, name in ipairs(sorted_keys(defs)) do
    local column = read_column(entity, name, defs[name], spot(at, name))
    columns[#columns + 1], count = column, count + 1
    has_key = has_key or column and column.is_key
  end
  check_options(defs, defs, at)
  if count > 0 and not has_key and not is_ordered then
    fault("E1005", at, "no column is the key by which rows are matched",
          { help = 'say key = true of one, or order = "declared"' })
  end
  return columns
end

local function read_parameters(entity, def, params, at)
  local parameters = {}
  for _, name in ipairs(sorted_keys(params)) do
    local about = type(params[name]) == "table" and info[params[name]]
    if about and about.word == "sample" then
      local here = shared.place_inside(at, "params", name)
      check_options(params[name], set "count", here)
      local parameter = { name = name, path = about.name, at = here }
      parameter.count = read_number(params[name], "count", here, 1, 1000000, true)
      parameter.field, parameter.outer = find_field(entity, about.name, here)
      parameters[#parameters + 1] = parameter
    elseif params[name] ~= poison then
      fault("E1004", spot(at, "params", name), format('parameter %s must be sample "…"', name),
            { help = format('as in   %s = sample "…" { count = 200 }', name) })
    end
  end
  check_options(params, params, at)
  for _, side in ipairs { "legacy", "target" } do
    local used = native.is_text(def[side]) and native.sql_parameters(def[side]) or {}
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
  return parameters
end

local function read_query(entity, name, def)
  local at = place_in(entity, "queries." .. name, "queries", name)
  local query = { name = name, file = at.file, line = at.line }
  check_options(def, set "why params legacy target columns order", at)
  query.why = member(def, "why", "text", at)
  query.legacy = member(def, "legacy", "text", at, true)
  query.target = member(def, "target", "text", at, true)
  local order = member(def, "order", "text", at)
  if order and order ~= "ignored" and order ~= "declared" then
    fault("E1004", spot(at, "order"), format('order is "ignored" or "declared", not %s', show(order)))
  end
  local params = member(def, "params", "table", at)
  query.params = (params or def.params == nil) and read_parameters(entity, def, params or {}, at) or {}
  query.is_ordered = order == "declared"
  local columns = member(def, "columns", "table", at, true)
  query.columns = columns and read_columns(entity, columns, query.is_ordered, shared.place_inside(at, "columns")) or {}
  for _, parameter in ipairs(query.params) do shared.read_sampled(parameter) end
  shared.read_answers(entity, query.columns)
  return query
end

function shared.read_queries(entity)
  entity.queries = {}
  local defs = member(entity.def, "queries", "table", entity.at)
  if not defs then return end
  local at = place_in(entity, "queries", "queries")
  check_options(defs, defs, at)
  for _, name in ipairs(sorted_keys(defs)) do
    local def = member(defs, name, "table", at)
    if def then entity.queries[#entity.queries + 1] = read_query(entity, name, def) end
  end
end

function shared.finish_queries(entity)
  for _, query in ipairs(entity.queries) do shared.finish_answers(entity, query) end
end

---- authority ---------------------------------------------------------------------------------------

local stages = { "history", "reads", "writes" }
local stage_options = {
  history = set "balance invariants digests sample queries max_lag empty fresh approvals",
  reads = set "after shadow steps fresh approvals",
  writes = set "after steps fresh approvals",
}

local unit_seconds = { s = 1, m = 60, h = 3600, d = 86400 }

-- The text, and how many seconds it stands for.
local function read_duration(t, key, at)
  local value = member(t, key, "text", at)
  if not value then return nil end
  local _, _, count, unit = find(value, "^([1-9]%d*)([smhd])$")
  if not count or #count > 9 then
    fault("E1004", at, format("%s must be a time like 24h, not %s", key, show(value)),
          { help = "a number and s, m, h or d" })
    return nil
  end
  return value, count * unit_seconds[unit]
end

-- "all", or of what may be sampled "sampled".
local function read_extent(t, key, at, may_be_sampled)
  local value = member(t, key, "text", at)
  if value and value ~= "all" and not (may_be_sampled and value == "sampled") then
    fault("E1004", at, format('%s must be "all"%s, not %s', key, may_be_sampled and ' or "sampled"' or "", show(value)))
  end
  return value
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

-- The fewest digits that read back as the number: what was written, as far as anybody writes digits.
local function plain_digits(number)
  for digits = 0, 40 do
    local text = format("%." .. digits .. "f", number)
    if tonumber(text) == number then return text end
  end
end

local function read_sample(stage, at)
  local sample = member(stage, "sample", "table", at)
  if not sample then return nil end
  check_options(sample, set "percent per_stratum rate", at)
  local percent = read_number(sample, "percent", at, 0, 100)
  local text = percent and plain_digits(percent)
  if percent and not text then
    fault("E1004", at, format("percent has more than 40 digits behind the point: %s", show(percent)))
  end
  local rate = read_number(sample, "rate", at, 0, 1)
  if rate == 0 then
    fault("E1004", at, "rate = 0 is more than a sample can show", { help = "ask for digests = \"all\", or for a rate above 0" })
  end
  return { percent = percent, percent_text = text, rate = rate,
           per_stratum = read_number(sample, "per_stratum", at, 0, 1000000, true) }
end

-- Entities that may have no rows. One file serves all versions: a name that this one does not know is another's.
local function read_empty(stage, at)
  local names = {}
  local list = member(stage, "empty", "table", at) or {}
  check_options(list, {}, at, true)
  for _, name in ipairs(list) do
    if native.is_text(name) then
      names[#names + 1] = name
    else
      fault("E1004", at, format("empty lists names of entities, not %s", show(name)), { help = 'as in   empty = { "job" }' })
    end
  end
  return names
end

local function check_shadow(stage, at)
  local shadow = member(stage, "shadow", "table", at)
  if not shadow then return end
  check_options(shadow, set "reads window rate", at)
  read_number(shadow, "reads", at, 1, 1e15, true)
  read_number(shadow, "rate", at, 0, 1)
  read_duration(shadow, "window", at)
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

-- What the stage says, in the words of struct history_policy.
local function read_stage(stage, name, policy, at)
  local plan = { file = at.file, line = at.line }
  check_options(stage, stage_options[name], at)
  plan.balance = member(stage, "balance", "boolean", at)
  local invariants = read_extent(stage, "invariants", at, true)
  plan.all_invariants, plan.sampled_invariants = invariants == "all", invariants == "sampled"
  for _, key in ipairs { "digests", "queries" } do plan["all_" .. key] = read_extent(stage, key, at) == "all" end
  plan.sample = read_sample(stage, at)
  plan.empty = read_empty(stage, at)
  check_shadow(stage, at)
  check_steps(stage, at)
  plan.fresh, plan.fresh_seconds = read_duration(stage, "fresh", at)
  plan.max_lag, plan.max_lag_seconds = read_duration(stage, "max_lag", at)
  plan.approvals = read_number(stage, "approvals", at, 0, 100, true)
  check_after(stage, name, policy, at)
  return plan
end

-- What it says of history, or nil.
function shared.read_authority(policy, migration)
  if not policy then return nil end
  local line = shared.locate(migration, "authority")
  local function at_stage(name)
    return { file = migration.file, line = line and line > 0 and line or migration.line,
             where = "authority" .. (name and "." .. name or "") }
  end
  local plans = {}
  check_options(policy, stage_options, at_stage())
  for _, name in ipairs(stages) do
    local stage = member(policy, name, "table", at_stage())
    plans[name] = stage and read_stage(stage, name, policy, at_stage(name))
  end
  return plans.history
end
