-- check.lua: from what a rule file returned to what C can execute: the migration and its entities with
-- their decisions, invariants and queries. Every fault is reported.

local native, _, shared = ...

local info, word_of, poison = shared.info, shared.word_of, shared.poison
local fault, member, texts, sorted_keys = shared.fault, shared.member, shared.texts, shared.sorted_keys
local check_options, nearest, show = shared.check_options, shared.nearest, shared.show
local format, find, gsub, lower = string.format, string.find, string.gsub, string.lower

local set = shared.set

local place_in = shared.place_in

---- decisions -------------------------------------------------------------------------------------

-- What there is to choose besides leaving it open.
local function other_option(options)
  for _, name in ipairs(sorted_keys(options)) do
    if name ~= "undecided" then return name end
  end
  return "…"
end

local function read_decision(entity, id, def)
  local at = place_in(entity, "decisions." .. id, "decisions", id)
  local decision = { id = id, at = at, line = at.line, def = def }
  check_options(def, set "question options choice touches because owner decided review_by", at)
  decision.question = member(def, "question", "text", at, true)
  decision.choice = member(def, "choice", "text", at, true)
  for _, key in ipairs { "because", "owner", "decided", "review_by" } do
    decision[key] = member(def, key, "text", at)
  end
  for _, key in ipairs { "decided", "review_by" } do shared.check_day(key, decision[key], at) end
  local options = member(def, "options", "table", at, true)
  for _, name in ipairs(options and sorted_keys(options) or {}) do member(options, name, "text", at) end
  if options and decision.choice and options[decision.choice] == nil then
    fault("E1007", shared.spot(at, "choice"), format('choice "%s" is none of the options', decision.choice),
          { nearest = nearest(decision.choice, sorted_keys(options)) })
  end
  if decision.choice == "undecided" and options and options.undecided then
    fault("E1021", shared.spot(at, "choice"), format('decision "%s" is open: nobody has taken it yet', id),
          { help = format('choose one of its options, as in   choice = "%s"', other_option(options)), is_warning = true })
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
      local context = { entity = entity, at = decision.at, fields = entity.field_index, defs = entity.def.fields }
      decision.touches = shared.read_expression(context, decision.def.touches, "touches")
    end
    if not decision.is_used and not shared.poisoned then
      fault("E1006", decision.at, format('decision "%s" is used by no field', decision.id),
            { help = format('name it where it counts: decision = "%s"', decision.id) })
    end
  end
end

---- skip, reject, invariants ------------------------------------------------------------------------

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

-- Those in Lua, and those in SQL.
local function read_invariants(entity)
  local defs = member(entity.def, "invariants", "table", entity.at)
  local list, nones = {}, {}
  if not defs then return list, nones end
  check_options(defs, defs, place_in(entity, "invariants", "invariants"))
  for _, name in ipairs(sorted_keys(defs)) do
    local at = place_in(entity, "invariants." .. name, "invariants", name)
    local value = defs[name]
    local about = type(value) == "table" and info[value]
    if type(value) == "function" and not word_of[value] then
      list[#list + 1] = { name = name, fn = value, file = at.file, line = at.line }
      if type(entity.def.fields) == "table" then shared.check_record_mixing(at, entity.def.fields, value) end
    elseif about and about.word == "none" then
      nones[#nones + 1] = { name = name, sql = about.name, file = at.file, line = at.line }
    elseif value ~= poison then
      fault("E1004", at, format("an invariant is a function of the record or none [[ … ]], not %s", show(value)))
    end
  end
  return list, nones
end

---- the migration ---------------------------------------------------------------------------------

local on_delete = { withdraw = true, keep = true, remove = true }
local entity_options =
  set "part source decisions fields skip_when reject_when invariants queries examples on_delete changed"

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
            format('%s has no column "%s"', shared.noun(entity.root), changed),
            { nearest = nearest(changed, entity.root.known_list) })
    end
  end
end

-- record: the kind of record it makes; name: what is moved, "account/members" where several make one kind.
local function open_entity(def)
  local about = info[def]
  local at = { file = about.file, line = about.line, where = about.name,
               path = { "entity", about.name, about.line, n = 3 } }
  local part = member(def, "part", "text", at)
  if part and (not find(part, "^%a[%w_]*$") or #part > 40) then
    fault("E1004", shared.spot(at, "part"), format("%s is not the name of a part", show(part)),
          { help = "up to 40 letters, digits and _, a letter first" })
  end
  local name = part and about.name .. "/" .. part or about.name
  at.where = name
  if not find(about.name, "^%a[%w_]*$") or #about.name > 40 then
    fault("E1004", at, format("%s is not the name of an entity", show(about.name)),
          { help = "up to 40 letters, digits and _, a letter first: tables are named after it" })
  end
  check_options(def, entity_options, at)
  return { name = name, record = about.name, part = part, def = def, at = at, file = about.file, line = about.line }
end

local function read_entity(entity)
  if not entity.root then return end
  shared.read_fields(entity)
  entity.skips = read_named(entity, "skip_when")
  entity.rejects = read_named(entity, "reject_when")
  finish_decisions(entity)
  entity.invariants, entity.nones = read_invariants(entity)
  shared.read_queries(entity)
  read_behaviour(entity)
  shared.read_examples(entity)
  for _, source in ipairs(entity.sources) do shared.finish_source(entity, source) end
  shared.finish_fields(entity)
  shared.finish_queries(entity)
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
  plan.history = shared.read_authority(member(def, "authority", "table", at), at)
  return plan
end

-- Parts of one entity have names of their own; entities have names that differ in more than case.
local function check_names(entity, parts, record_of)
  local others = parts[entity.record]
  if others then
    if not others[1].part or not entity.part then
      fault("E1011", entity.at, format('entity "%s" is given twice', entity.record),
            { help = 'an entity in parts names each of them: part = "…"' })
      return
    end
    for _, other in ipairs(others) do
      if other.part and lower(other.part) == lower(entity.part) then
        fault("E1011", entity.at, format('entity "%s" has the part "%s" twice', entity.record, other.part))
      end
    end
    return
  end
  local other = record_of[lower(entity.record)]
  if other then
    fault("E1011", entity.at, format('entities "%s" and "%s" differ in case alone', entity.record, other),
          { why = "tables are named after entities, and stores take both for one", help = "name one of them differently" })
  end
end

local function open_entities(plan, def, at)
  local parts, record_of, count = {}, {}, 0
  for key, value in next, def do
    if type(key) == "number" then count = math.max(count, key) end
  end
  for i = 1, math.min(count, 1000) do
    local about = type(def[i]) == "table" and info[def[i]]
    if not about or about.word ~= "entity" then
      if def[i] ~= poison then
        fault("E1004", at, format('%s stands where entity "name" { … } is expected', show(def[i])))
      end
    else
      local entity = open_entity(def[i])
      check_names(entity, parts, record_of)
      record_of[lower(entity.record)] = entity.record
      parts[entity.record] = parts[entity.record] or {}
      entity.part_index = #parts[entity.record]
      parts[entity.record][entity.part_index + 1] = entity
      plan.entities[#plan.entities + 1] = entity
    end
  end
  if #plan.entities == 0 then fault("E1005", at, "a migration without an entity") end
  return parts
end

---- parts make one kind of record ------------------------------------------------------------------

-- What a reader of the records sees of a field.
local function shape_of(field)
  local words = {}
  if field.type_name == "decimal" then words[1] = format("{ %s, %s }", field.digits, field.scale) end
  if field.type_name == "ref" then words[1] = format('"%s"', field.ref_entity) end
  if field.type_name == "enum" then
    local values = {}
    for i, value in ipairs(field.values) do values[i] = value end
    table.sort(values)
    words[1] = format('{ "%s" }', table.concat(values, '", "'))
  end
  for _, inner in pairs(field.members or {}) do words[#words + 1] = inner.name .. " " .. shape_of(inner) end
  table.sort(words)
  return table.concat({ field.type_name, #words > 0 and table.concat(words, " ") or nil }, " ")
end

local function field_named(entity, name)
  local index = entity.field_index[name]
  return index and entity.fields[index + 1]
end

local function check_same_fields(entity, first)
  if entity.id_field ~= first.id_field then
    fault("E1004", entity.at, format("the id is %s here and %s in part %s", entity.id_field, first.id_field, first.part))
  end
  for _, name in ipairs(first.field_names) do
    if entity.field_index[name] == nil then
      fault("E1005", entity.at, format("field %s of part %s is missing", name, first.part),
            { why = "the parts of an entity make one kind of record" })
    end
  end
  for _, name in ipairs(entity.field_names) do
    local field, other = field_named(entity, name), field_named(first, name)
    if first.field_index[name] == nil then
      fault("E1004", field and field.at or entity.at, format("part %s has no field %s", first.part, name),
            { why = "the parts of an entity make one kind of record" })
    elseif field and other and shape_of(field) ~= shape_of(other) then
      fault("E1004", field.at, format("%s here, %s in part %s", shape_of(field), shape_of(other), first.part),
            { why = "the parts of an entity make one kind of record" })
    end
  end
end

local function check_parts(parts)
  for _, record in ipairs(sorted_keys(parts)) do
    local first = parts[record][1]
    for i = 2, #parts[record] do
      local entity = parts[record][i]
      if entity.fields and first.fields then check_same_fields(entity, first) end
    end
  end
end

-- value: what the rule file returned. Returns the plan; it is whole only when no fault was reported.
function shared.check(value, path)
  local about = type(value) == "table" and info[value]
  if not about or about.word ~= "migration" then
    if value ~= poison then
      local line = native.locate(path, "migration") or 0
      fault("E1005", { file = path, line = line }, "the file does not return a migration",
            { help = line > 0 and "write return in front of migration { … }" or "end it with   return migration { … }" })
    end
    return nil
  end
  local at = { file = about.file, line = about.line, where = "migration", path = { "migration", nil, nil, n = 3 } }
  local plan = read_head(value, at)
  plan.def, plan.file = value, about.file
  shared.parts = open_entities(plan, value, at)
  for _, entity in ipairs(plan.entities) do
    shared.read_sources(entity)
    read_decisions(entity)
  end
  for _, entity in ipairs(plan.entities) do shared.find_id(entity) end
  for _, entity in ipairs(plan.entities) do read_entity(entity) end
  if not shared.poisoned then check_parts(shared.parts) end
  return plan
end
