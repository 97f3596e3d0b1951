-- check.lua: from what a rule file returned to what C can execute: the migration and its entities with
-- their decisions, invariants and queries. Every fault is reported.

local native, _, shared = ...

local info, word_of, poison = shared.info, shared.word_of, shared.poison
local fault, member, texts, sorted_keys = shared.fault, shared.member, shared.texts, shared.sorted_keys
local check_options, nearest, show = shared.check_options, shared.nearest, shared.show
local format, find, gsub, lower = string.format, string.find, string.gsub, string.lower

local function set(text)
  local names = {}
  for name in string.gmatch(text, "%S+") do names[name] = true end
  return names
end

local place_in = shared.place_in

---- decisions -------------------------------------------------------------------------------------

local function is_day(text) return find(text, "^%d%d%d%d%-%d%d%-%d%d$") ~= nil end

local function read_decision(entity, id, def)
  local at = place_in(entity, "decisions." .. id, "decisions", id)
  local decision = { id = id, at = at, line = at.line, def = def }
  check_options(def, set "question options choice touches because owner decided review_by", at)
  decision.question = member(def, "question", "text", at, true)
  decision.choice = member(def, "choice", "text", at, true)
  for _, key in ipairs { "because", "owner", "decided", "review_by" } do
    decision[key] = member(def, key, "text", at)
  end
  for _, key in ipairs { "decided", "review_by" } do
    if decision[key] and not is_day(decision[key]) then
      fault("E1004", at, format("%s must be a day like 2027-04-01, not %s", key, show(decision[key])))
    end
  end
  local options = member(def, "options", "table", at, true)
  for _, name in ipairs(options and sorted_keys(options) or {}) do member(options, name, "text", at) end
  if options and decision.choice and options[decision.choice] == nil then
    fault("E1007", at, format('choice "%s" is none of the options', decision.choice),
          { nearest = nearest(decision.choice, sorted_keys(options)) })
  end
  return decision
end

local function read_decisions(entity)
  local defs = member(entity.def, "decisions", "table", entity.at)
  entity.decisions, entity.decision_index, entity.decision_ids = {}, {}, {}
  if not defs then return end
  check_options(defs, defs, place_in(entity, "decisions", "decisions"))
  for _, id in ipairs(sorted_keys(defs)) do
    local def = member(defs, id, "table", place_in(entity, "decisions." .. id, "decisions", id))
    if def then
      entity.decisions[#entity.decisions + 1] = read_decision(entity, id, def)
      entity.decision_index[id] = #entity.decisions - 1
      entity.decision_ids[#entity.decision_ids + 1] = id
    end
  end
  if #entity.decisions > 64 then fault("E1004", entity.at, "more than 64 decisions") end
end

local function finish_decisions(entity)
  for _, decision in ipairs(entity.decisions) do
    if decision.def.touches ~= nil then
      local context = { entity = entity, at = decision.at, fields = entity.field_index }
      decision.touches = shared.read_expression(context, decision.def.touches, "touches")
    end
    if not decision.is_used and not shared.poisoned then
      fault("E1006", decision.at, format('decision "%s" is used by no field', decision.id),
            { help = format('name it where it counts: decision = "%s"', decision.id) })
    end
  end
end

---- skip, reject, invariants, queries --------------------------------------------------------------

local function read_named(entity, key)
  local defs = member(entity.def, key, "table", entity.at)
  local list = {}
  if not defs then return list end
  check_options(defs, defs, place_in(entity, key, key))
  for _, name in ipairs(sorted_keys(defs)) do
    local at = place_in(entity, key .. "." .. name, key, name)
    local value = shared.read_expression({ entity = entity, at = at }, defs[name], key)
    list[#list + 1] = { name = name, value = value }
  end
  return list
end

local function read_invariants(entity)
  local defs = member(entity.def, "invariants", "table", entity.at)
  local list = {}
  if not defs then return list end
  check_options(defs, defs, place_in(entity, "invariants", "invariants"))
  for _, name in ipairs(sorted_keys(defs)) do
    local at = place_in(entity, "invariants." .. name, "invariants", name)
    local value = defs[name]
    local about = type(value) == "table" and info[value]
    if type(value) == "function" and not word_of[value] then
      list[#list + 1] = { name = name, fn = value, file = at.file, line = at.line }
    elseif value ~= poison and not (about and about.word == "none") then
      fault("E1004", at, format("an invariant is a function of the record or none [[ … ]], not %s", show(value)))
    end
  end
  return list
end

local function read_query_column(entity, at, name, value)
  local about = type(value) == "table" and info[value]
  if not about or about.word ~= "field" then
    if value ~= poison then fault("E1004", at, format('column %s must be field "…"', name)) end
    return
  end
  check_options(value, set "key tolerance", at)
  local head = gsub(about.name, "%..*$", "")
  if entity.field_index[head] == nil then
    fault("E1007", at, format('no field "%s"', head), { nearest = nearest(head, entity.field_names) })
  end
  local tolerance = value.tolerance
  if tolerance ~= nil and tolerance ~= poison then
    local kind = type(tolerance) == "table" and info[tolerance]
    if not kind or kind.word ~= "absolute" then
      fault("E1004", at, 'tolerance must be absolute "…" { … }')
    else
      check_options(tolerance, set "because owner expires", at)
    end
  end
end

local function read_query(entity, name, def)
  local at = place_in(entity, "queries." .. name, "queries", name)
  check_options(def, set "why params legacy target columns order", at)
  member(def, "why", "text", at)
  member(def, "legacy", "text", at, true)
  member(def, "target", "text", at, true)
  local params = member(def, "params", "table", at)
  for _, key in ipairs(params and sorted_keys(params) or {}) do
    local about = type(params[key]) == "table" and info[params[key]]
    if about and about.word == "sample" then
      check_options(params[key], { count = true }, at)
    elseif params[key] ~= poison then
      fault("E1004", at, format('parameter %s must be sample "…"', key))
    end
  end
  local columns = member(def, "columns", "table", at, true)
  for _, key in ipairs(columns and sorted_keys(columns) or {}) do
    read_query_column(entity, at, key, columns[key])
  end
  local order = member(def, "order", "text", at)
  if order and order ~= "ignored" and order ~= "declared" then
    fault("E1004", at, format('order is "ignored" or "declared", not %s', show(order)))
  end
end

local function read_queries(entity)
  local defs = member(entity.def, "queries", "table", entity.at)
  if not defs then return end
  check_options(defs, defs, place_in(entity, "queries", "queries"))
  for _, name in ipairs(sorted_keys(defs)) do
    local at = place_in(entity, "queries." .. name, "queries", name)
    local def = member(defs, name, "table", at)
    if def then read_query(entity, name, def) end
  end
end

---- the migration ---------------------------------------------------------------------------------

local on_delete = { withdraw = true, keep = true, remove = true }
local entity_options =
  set "source decisions fields skip_when reject_when invariants queries examples on_delete changed"

local function read_behaviour(entity)
  local choice = member(entity.def, "on_delete", "text", entity.at)
  if choice and not on_delete[choice] then
    fault("E1004", shared.spot(entity.at, "on_delete"), format('on_delete is "withdraw", "keep" or "remove", not %s', show(choice)),
          { nearest = nearest(choice, sorted_keys(on_delete)) })
  end
  entity.on_delete = choice or "withdraw"
  local changed = member(entity.def, "changed", "text", entity.at)
  if changed and entity.root then
    entity.root.changed = changed
    if entity.root.known and not entity.root.known[changed] then
      fault("E1202", { file = entity.at.file, line = shared.spot(entity.at, "changed").line, where = entity.at.where,
                       field = changed },
            format('table "%s" has no column "%s"', entity.root.table, changed),
            { nearest = nearest(changed, entity.root.known_list) })
    end
  end
end

local function open_entity(def)
  local about = info[def]
  local at = { file = about.file, line = about.line, where = about.name, path = { "entity", about.name, n = 2 } }
  if not find(about.name, "^%a[%w_]*$") or #about.name > 40 then
    fault("E1004", at, format("%s is not the name of an entity", show(about.name)),
          { help = "up to 40 letters, digits and _, a letter first: tables are named after it" })
  end
  check_options(def, entity_options, at)
  return { name = about.name, def = def, at = at, file = about.file, line = about.line }
end

local function read_entity(entity)
  if not entity.root then return end
  shared.read_fields(entity)
  entity.skips = read_named(entity, "skip_when")
  entity.rejects = read_named(entity, "reject_when")
  finish_decisions(entity)
  entity.invariants = read_invariants(entity)
  read_queries(entity)
  read_behaviour(entity)
  shared.read_examples(entity)
  for _, source in ipairs(entity.sources) do shared.finish_source(source) end
  shared.finish_fields(entity)
end

local function read_head(def, at)
  check_options(def, set "version supersedes system authority", at, true)
  local plan = { version = member(def, "version", "text", at, true), system = member(def, "system", "text", at, true),
                 supersedes = member(def, "supersedes", "text", at), entities = {} }
  if plan.version and not find(plan.version, "^[%w_.-]+$") then
    fault("E1004", at, format("%s is not the name of a version", show(plan.version)),
          { help = "letters, digits, _ . and -" })
  end
  if plan.version and plan.version == plan.supersedes then
    fault("E1004", at, "a version does not supersede itself")
  end
  member(def, "authority", "table", at)
  return plan
end

local function open_entities(plan, def, at)
  local by_name, by_table, count = {}, {}, 0
  for key, value in next, def do
    if type(key) == "number" then count = math.max(count, key) end
  end
  for i = 1, math.min(count, 1000) do
    local about = type(def[i]) == "table" and info[def[i]]
    if not about or about.word ~= "entity" then
      if def[i] ~= poison then
        fault("E1004", at, format('%s stands where entity "name" { … } is expected', show(def[i])))
      end
    elseif by_name[about.name] then
      fault("E1011", { file = about.file, line = about.line, where = about.name },
            format('entity "%s" is given twice', about.name),
            { help = "an entity in parts is not in this release of the language" })
    else
      local entity, table_name = open_entity(def[i]), lower(about.name)
      if by_table[table_name] then
        fault("E1011", entity.at, format('entities "%s" and "%s" differ in case alone', about.name, by_table[table_name]),
              { why = "tables are named after entities, and stores take both for one", help = "name one of them differently" })
      end
      by_name[about.name], by_table[table_name] = entity, about.name
      plan.entities[#plan.entities + 1] = entity
    end
  end
  if #plan.entities == 0 then fault("E1005", at, "a migration without an entity") end
  return by_name
end

-- value: what the rule file returned. Returns the plan; it is whole only when no fault was reported.
function shared.check(value, path)
  local about = type(value) == "table" and info[value]
  if not about or about.word ~= "migration" then
    if value ~= poison then
      fault("E1005", { file = path, line = 0 }, "the file does not return a migration",
            { help = "end it with   return migration { … }" })
    end
    return nil
  end
  local at = { file = about.file, line = about.line, where = "migration", path = { "migration", nil, n = 2 } }
  local plan = read_head(value, at)
  plan.def, plan.file = value, about.file
  shared.entities = open_entities(plan, value, at)
  for _, entity in ipairs(plan.entities) do
    shared.read_sources(entity)
    read_decisions(entity)
  end
  for _, entity in ipairs(plan.entities) do shared.find_id(entity) end
  for _, entity in ipairs(plan.entities) do read_entity(entity) end
  return plan
end
