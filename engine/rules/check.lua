-- check.lua: from what a rule file returned to what C can execute: migration, entities, sources,
-- decisions, invariants, queries, examples. Fields stand in fields.lua. Every fault is reported.

local native, environment, shared = ...

local info, word_of, poison = shared.info, shared.word_of, shared.poison
local fault, member, texts, sorted_keys = shared.fault, shared.member, shared.texts, shared.sorted_keys
local check_options, nearest, show = shared.check_options, shared.nearest, shared.show
local format, find, gsub = string.format, string.find, string.gsub

local function set(text)
  local names = {}
  for name in string.gmatch(text, "%S+") do names[name] = true end
  return names
end

local function below(at, part, line)
  return { file = at.file, line = line or at.line, where = at.where .. "." .. part }
end

-- A place inside entity "name" { … }, with the line of its entry where it is written there.
local function place_in(entity, part, ...)
  local line = native.locate(entity.at.file, "entity", entity.name, ...)
  return below(entity.at, part, line and line > 0 and line or nil)
end
shared.place_in = place_in

---- sources ---------------------------------------------------------------------------------------

local kinds = { table = 0, children = 1, reference = 2 }
local source_options = {
  table = set "key types null ignore",
  children = set "parent key types null ignore",
  reference = set "key from optional types null ignore follow",
}
local TEXT, INT, DECIMAL, BOOLEAN, INSTANT, DATE = 0, 1, 2, 3, 4, 5
local bare_types = {}
for word, kind in next, { text = TEXT, decimal = DECIMAL, boolean = BOOLEAN, instant = INSTANT, date = DATE } do
  bare_types[shared.words[word]] = kind
end
bare_types[rawget(environment, "int") or 0] = INT

-- The column is read. Schema or not, a column that is ignored is not also used.
local function use(source, column, at)
  if source.ignored[column] and not source.complained[column] then
    source.complained[column] = true
    fault("E1011", { file = at.file, line = at.line, where = at.where, field = column },
          format('column "%s" of %s is ignored and used', column, source.name),
          { help = "take it out of ignore, or do not use it" })
  end
  if source.known and not source.known[column] and not source.complained[column] then
    source.complained[column] = true
    fault("E1202", { file = at.file, line = at.line, where = at.where, field = column },
          format('table "%s" has no column "%s"', source.table, column),
          { nearest = nearest(column, source.known_list) })
  end
  source.used[column] = true
end
shared.use_column = use

-- A function mentions a name behind a dot, and this source is among what it is given. It counts
-- where the column can exist; is_only: nothing else it is given could have been meant.
function shared.mention_column(source, column, at, is_only)
  if source.known and not source.known[column] then return end
  if source.ignored[column] and not is_only then return end
  use(source, column, at)
end

local function read_type(source, column, value, at)
  local about = info[value]
  if bare_types[value] then return { kind = bare_types[value] } end
  if about and about.word == "instant" and type(value) == "table" then
    check_options(value, { zone = true }, at)
    if type(value.zone) == "table" then
      fault("E1003", at, "a zone that depends on the row is not in this release of the language")
      return nil
    end
    local zone = member(value, "zone", "text", at)
    if zone and not native.zone(zone) then
      fault("E1004", at, format('"%s" is not a time zone', zone), { help = 'name one as in zone = "Europe/London"' })
    end
    return { kind = INSTANT, zone = zone }
  end
  if value ~= poison then
    fault("E1004", at, format("%s is not the type of a column", word_of[value] or show(value)),
          { help = "types are int decimal boolean instant date, instant { zone = … }; all else is text" })
  end
end

local function read_types(source, at)
  local types = member(source.def, "types", "table", at)
  for _, column in ipairs(types and sorted_keys(types) or {}) do
    local here = { file = at.file, line = at.line, where = at.where, field = column }
    source.types[column] = read_type(source, column, types[column], here)
    use(source, column, here)
  end
  if types then check_options(types, types, at) end
end

local function read_ignored(source, at)
  local ignore = member(source.def, "ignore", "table", at)
  for _, column in ipairs(ignore and sorted_keys(ignore) or {}) do
    local here = { file = at.file, line = at.line, where = at.where, field = column }
    source.ignored[column] = true
    if not native.is_text(ignore[column]) and ignore[column] ~= poison then
      fault("E1004", here, format('why is "%s" ignored?', column), { help = "give the reason as a text" })
    end
    if source.known and not source.known[column] then
      source.complained[column] = true
      fault("E1202", here, format('table "%s" has no column "%s" to ignore', source.table, column),
            { nearest = nearest(column, source.known_list) })
    end
  end
  if ignore then check_options(ignore, ignore, at) end
end

local function read_nulls(source, at)
  local null = source.def.null
  if null == nil or null == poison then return end
  if type(null) ~= "table" then null = { null } end
  for i = 1, #null do
    if type(null[i]) == "string" then
      source.nulls[#source.nulls + 1] = null[i]
    else
      fault("E1004", at, format("null is a list of texts, not of %s", show(null[i])))
    end
  end
  check_options(null, {}, at, true)
end

local function read_schema(source, at)
  local table_info = native.table_info(source.table)
  if not table_info then return end
  if not table_info.exists then
    fault("E1201", at, format('there is no table "%s"', source.table),
          { nearest = nearest(source.table, table_info.others) })
    return
  end
  source.known, source.known_list, source.uniques = {}, table_info.columns, table_info.uniques
  for _, column in ipairs(table_info.columns) do source.known[column] = true end
end

local function key_columns(source, key, at, is_required)
  local columns = texts(source.def, key, at, is_required)
  if not columns then return {} end
  local seen = {}
  for _, column in ipairs(columns) do
    if column == "*" then
      fault("E1003", at, "a table without a key is not in this release of the language")
      return {}
    end
    if seen[column] then fault("E1011", at, format('%s names "%s" twice', key, column)) end
    seen[column] = true
  end
  if #columns > 8 then fault("E1004", at, format("%s has more than 8 columns", key)) end
  return columns
end

-- parent = "del_id", a list in the order of the root's key, or a table: the root's column -> ours
local function read_parent(entity, source, at)
  local root, parent = entity.root, source.def.parent
  if type(parent) == "table" and #parent == 0 and root then
    local columns = {}
    for i, column in ipairs(root.key) do
      columns[i] = member(parent, column, "text", at, true)
    end
    check_options(parent, (function() local k = {} for _, c in ipairs(root.key) do k[c] = true end return k end)(), at)
    source.parent = #columns == #root.key and columns or {}
  else
    source.parent = key_columns(source, "parent", at, true)
  end
  if root and #root.key > 0 and #source.parent > 0 and #source.parent ~= #root.key then
    fault("E1004", at, format("parent has %d columns, the key of the root has %d", #source.parent, #root.key))
  end
  for _, column in ipairs(source.parent) do use(source, column, at) end
end

-- from = "customer_id" (of the root) or "inventory.film_id"; a composite key is a list of one source
local function read_reference_from(entity, source, at)
  local columns = texts(source.def, "from", at, true) or {}
  source.from = {}
  for i, text in ipairs(columns) do
    local _, _, name, column = find(text, "^([^.]+)%.(.+)$")
    name, column = name or "root", column or text
    local other = entity.by_name[name]
    if not other or other == source then
      fault("E1007", at, format('no source "%s"', name), { nearest = nearest(name, entity.source_names) })
    elseif source.from_source and source.from_source ~= other then
      fault("E1004", at, "from names columns of two sources")
    else
      source.from_source = other
      source.from[i] = column
      use(other, column, at)
    end
  end
  if #columns > 0 and #source.key > 0 and #columns ~= #source.key then
    fault("E1004", at, format("from has %d columns, key has %d", #columns, #source.key))
  end
  source.optional = member(source.def, "optional", "boolean", at) or false
  member(source.def, "follow", "boolean", at)
end

local function open_source(entity, name, def)
  local about = type(def) == "table" and info[def]
  local at = place_in(entity, "source." .. name, "source", name)
  if not about or not kinds[about.word] then
    local later_word = about and about.word or word_of[def]
    if def ~= poison then
      fault("E1004", at, format("%s is no source", later_word or show(def)),
            { help = 'write table "t" { … }, children "t" { … } or reference "t" { … }' })
    end
    return
  end
  at.file, at.line = about.file, about.line
  local source = { name = name, word = about.word, kind = kinds[about.word], table = about.name, def = def, at = at,
                   used = {}, complained = {}, types = {}, nulls = {}, ignored = {}, key = {}, parent = {} }
  if (name == "root") ~= (about.word == "table") then
    fault("E1004", at, name == "root" and "root must be a table" or format("only root is a table; %s is not", name))
    return
  end
  if find(name, "[%.%*]") or not native.is_text(name) then
    fault("E1004", at, format("%s is not the name of a source", show(name)))
  end
  check_options(def, source_options[about.word], at)
  return source
end

local function read_source(entity, source)
  local at = source.at
  read_schema(source, at)
  read_ignored(source, at)
  read_types(source, at)
  read_nulls(source, at)
  source.key = key_columns(source, "key", at, true)
  for _, column in ipairs(source.key) do use(source, column, at) end
end

-- A key must hold the columns of a unique index, or rows could not be told apart.
local function check_unique(source)
  if not source.uniques or source.word == "reference" or #source.key == 0 then return end
  local own = {}
  for _, column in ipairs(source.key) do own[column] = true end
  for _, column in ipairs(source.parent) do own[column] = true end
  for _, columns in ipairs(source.uniques) do
    local all = true
    for _, column in ipairs(columns) do all = all and own[column] end
    if all then return end
  end
  fault("E1204", source.at, format('no unique index of "%s" lies within its key', source.table),
        { is_warning = #source.uniques == 0, why = "two rows with one key could not be told apart" })
end

-- Root, children by name, then each reference behind the source that points at it.
local function order_sources(entity)
  local ordered, placed = { entity.root }, { [entity.root] = true }
  for _, name in ipairs(entity.source_names) do
    local source = entity.by_name[name]
    if source.word == "children" then ordered[#ordered + 1], placed[source] = source, true end
  end
  local moved = true
  while moved do
    moved = false
    for _, name in ipairs(entity.source_names) do
      local source = entity.by_name[name]
      if not placed[source] and source.from_source and placed[source.from_source] then
        ordered[#ordered + 1], placed[source], moved = source, true, true
      end
    end
  end
  for _, name in ipairs(entity.source_names) do
    local source = entity.by_name[name]
    if not placed[source] and source.from_source then
      fault("E1013", source.at, format("reference %s hangs on itself, through others", name))
    end
  end
  for index, source in ipairs(ordered) do source.index = index - 1 end
  entity.sources = ordered
end

local function read_sources(entity)
  local defs = member(entity.def, "source", "table", entity.at, true)
  entity.by_name, entity.source_names, entity.sources = {}, {}, {}
  if not defs then return end
  check_options(defs, defs, place_in(entity, "source", "source"))
  for _, name in ipairs(sorted_keys(defs)) do
    local source = open_source(entity, name, defs[name])
    if source then
      entity.by_name[name] = source
      entity.source_names[#entity.source_names + 1] = name
    end
  end
  entity.root = entity.by_name.root
  if not entity.root then
    if defs.root == nil then fault("E1005", place_in(entity, "source", "source"), "root is missing") end
    return
  end
  if #entity.source_names > 32 then fault("E1004", entity.at, "more than 32 sources") end
  for _, name in ipairs(entity.source_names) do read_source(entity, entity.by_name[name]) end
  for _, name in ipairs(entity.source_names) do
    local source = entity.by_name[name]
    if source.word == "children" then read_parent(entity, source, source.at) end
    if source.word == "reference" then read_reference_from(entity, source, source.at) end
    check_unique(source)
  end
  order_sources(entity)
end

-- What is read, in byte order; and what of root and children nobody accounts for.
local function finish_source(source)
  source.columns, source.column_index = sorted_keys(source.used), {}
  for index, column in ipairs(source.columns) do source.column_index[column] = index - 1 end
  if #source.columns > 1024 then fault("E1004", source.at, "more than 1024 columns") end
  for _, column in ipairs(source.word ~= "reference" and source.known_list or {}) do
    if not source.used[column] and not source.ignored[column] and not source.accounted then
      local at = { file = source.at.file, line = source.at.line, where = source.at.where, field = column }
      if column ~= source.changed then
        fault("E1203", at, format('column "%s" of "%s" is neither used nor ignored', column, source.table),
              { is_warning = true, help = format('use it, or add   %s = "why",   to ignore', column) })
      end
    end
  end
  source.ignored_list = sorted_keys(source.ignored)
end

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
  for _, source in ipairs(entity.sources) do finish_source(source) end
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
  local by_name, count = {}, 0
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
      by_name[about.name] = open_entity(def[i])
      plan.entities[#plan.entities + 1] = by_name[about.name]
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
    read_sources(entity)
    read_decisions(entity)
  end
  for _, entity in ipairs(plan.entities) do shared.find_id(entity) end
  for _, entity in ipairs(plan.entities) do read_entity(entity) end
  return plan
end
