-- fields.lua: what fields mean, and in which order they are made.

local native, environment, shared = ...

local info, word_of, poison = shared.info, shared.word_of, shared.poison
local fault, member, texts, sorted_keys = shared.fault, shared.member, shared.texts, shared.sorted_keys
local check_options, nearest, show = shared.check_options, shared.nearest, shared.show
local read_choice = shared.read_choice
local expression, check_single, is_function = shared.expression, shared.check_single, shared.is_function
local use_mentions = shared.use_mentions
local COLUMN, SOURCE, FIELD = shared.COLUMN, shared.SOURCE, shared.FIELD
local format, find, getinfo, unpack = string.format, string.find, debug.getinfo, unpack

local types = { id = 0, text = 1, integer = 2, bigint = 3, decimal = 4, boolean = 5, instant = 6, date = 7,
                enum = 8, map = 9, list = 10, ref = 11, bytes = 12, object = 13, json = 14 }

shared.is_field_word = types

local set = shared.set

local common = set "from by lookup patterns fold optional decision mask critical"
local known_options = {
  decimal = set "from by lookup patterns fold optional decision round mask critical",
  id = set "from prefix hash fold decision mask critical",
  map = set "from key value optional decision mask critical",
  list = set "from each optional decision mask critical",
  bytes = set "from by optional decision mask critical",
  json = set "from by optional decision mask critical",
  ref = set "from by fold optional decision part mask critical",
}
local has_list = { decimal = true, enum = true }

-- The names of decimal_round; without one of them digits are never given up.
local roundings = { half_up = 1, half_even = 2, down = 3 }

local function read_decimal(field, def, at)
  local digits, scale = def[1], def[2]
  local function whole(n) return type(n) == "number" and n % 1 == 0 end
  if digits == poison or scale == poison then return end
  if not whole(digits) or not whole(scale) or digits < 1 or digits > 38 or scale < 0 or scale > digits then
    fault("E1004", at, whole(digits) and whole(scale) and format("a decimal of %g digits cannot have %g behind the point", digits, scale)
          or "a decimal says how many digits it has, and how many behind the point",
          { help = "as in decimal { 12, 2, from = … }: at most 38 digits in all, 2 of them behind the point" })
    return
  end
  field.digits, field.scale = digits, scale
  field.round = roundings[read_choice(def, "round", roundings, at) or ""]
  for key in next, def do
    if type(key) == "number" and key ~= 1 and key ~= 2 then
      fault("E1003", shared.spot(at, key), format("%s stands here without a name", show(def[key])))
    end
  end
end

local function read_enum(field, def, at)
  local seen = {}
  field.values = {}
  for i, value in ipairs(def) do
    if not native.is_text(value) then
      if value ~= poison then
        fault("E1004", shared.spot(at, i), format("%s is no value of an enum", show(value)), { help = 'write a text: "…"' })
      end
    elseif seen[value] then
      fault("E1011", shared.spot(at, i), format('the enum has "%s" twice', value))
    else
      seen[value] = true
      field.values[#field.values + 1] = value
    end
  end
  field.has_value = seen
  for key in next, def do
    if type(key) == "number" and def[key - 1] == nil and key ~= 1 then
      fault("E1004", at, format("the enum has nothing in front of %s", show(def[key])),
            { why = "what stands behind a gap would not count" })
    end
  end
  if #field.values == 0 then fault("E1005", at, "an enum without values") end
end

-- What a lookup may give, by the field's type.
local function constant_fault(field, value)
  local type_name = field.type_name
  if type_name == "boolean" then return type(value) ~= "boolean" and "true or false" end
  if type_name == "integer" then
    local exact = type(value) == "number" and value % 1 == 0 and math.abs(value) < 2 ^ 53
    return not exact and "an integer"
  end
  return not native.is_text(value) and "a text"
end

-- A key that the fold turns into another text would never be found.
local function check_folded(field, at, key)
  local folds = { "upper", "lower", "trim" }
  local name = folds[field.fold]
  local fold = name and rawget(environment, name)
  if field.fold_function and native.is_text(key) and getinfo(field.fold_function, "S").what == "C" then
    fold = field.fold_function
  end
  local folded = fold and fold(key)
  if folded and folded ~= key then
    fault("E1004", at, format('the key "%s" is never found: fold makes it "%s"', key, folded),
          { why = "values are folded before they are looked up", help = format('write ["%s"]', folded) })
  end
end

-- Is what stands behind a key a value of the field? who: "the lookup".
local function is_constant(field, at, who, key, value)
  local expected = constant_fault(field, value)
  if expected then
    fault("E1004", at, format("%s gives %s for %s, where %s is meant", who, show(value), show(key), expected),
          { help = expected == "a text" and format('write it in quotes: "%s"', tostring(value)) or format("give it %s", expected) })
  elseif field.has_value and not field.has_value[value] then
    fault("E1004", at, format('%s gives "%s" for %s, which is no value of the enum', who, value, show(key)),
          { nearest = nearest(value, field.values), why = "a record could not have it",
            help = format('write one of the values of the enum, or add "%s" to them', value) })
  else
    return true
  end
  return false
end

local function read_lookup_entry(field, at, key, value)
  if value ~= poison and is_constant(field, at, "the lookup", key, value) then
    check_folded(field, at, key)
    field.lookup.entries[#field.lookup.entries + 1] = { from = key, to = value }
  end
end

-- A table in a file has texts only; those that are exactly a value of the field's type stand for it.
local function from_text(field, text)
  if field.type_name == "boolean" and (text == "true" or text == "false") then return text == "true" end
  if field.type_name == "integer" and find(text, "^%-?%d+$") and #text <= 17 then
    local number = tonumber(text)
    return format("%d", number) == text and number or text
  end
  return text
end

local function read_lookup(field, def, at)
  local lookup = member(def, "lookup", "table", at)
  if not lookup then return end
  if not shared.is_lookup(lookup) then
    fault("E1004", at, "lookup must be a table of texts")
    return
  end
  local line, name, local_line = shared.locate(at, "lookup")
  local file = info[lookup] and info[lookup].path
  field.lookup = { entries = {}, name = name, line = name and local_line or line or 0, file = file }
  for _, key in ipairs(sorted_keys(lookup)) do
    local value = lookup[key]
    if file then value = from_text(field, value) end
    read_lookup_entry(field, shared.place_of_entry(lookup, key, at, "lookup"), key, value)
  end
  for key in next, lookup do
    if type(key) ~= "string" then
      fault("E1004", type(key) == "number" and shared.place_of_entry(lookup, key, at, "lookup") or at, format("the lookup has the key %s: legacy's values are texts", show(key)),
            { help = type(key) == "number" and format('write ["%g"]', key) or nil })
      break
    end
  end
end

local function read_pattern(field, at, key, value)
  if value == poison or not is_constant(field, at, "the pattern", key, value) then return end
  local why = native.pattern_fault(key)
  if why then
    fault("E1019", at, format("%s is no valid pattern: %s", show(key), why))
  else
    field.patterns.entries[#field.patterns.entries + 1] = { from = key, to = value }
  end
end

local function read_patterns(field, def, at)
  local patterns = member(def, "patterns", "table", at)
  if not patterns then return end
  if info[patterns] then
    fault("E1004", at, "patterns must be a table of texts")
    return
  end
  local inside = shared.place_inside(at, "patterns")
  local line, name, local_line = shared.locate(at, "patterns")
  field.patterns = { entries = {}, name = name, line = name and local_line or line or 0 }
  for _, key in ipairs(sorted_keys(patterns)) do
    read_pattern(field, shared.place_of_entry(patterns, key, at, "patterns"), key, patterns[key])
  end
  for key in next, patterns do
    if type(key) ~= "string" then
      fault("E1004", inside, format("%s stands among the patterns without being one", show(key)),
            { help = 'as in patterns = { ["^(tele)?phone$"] = "PHONE" }' })
      break
    end
  end
end

local function read_fold(field, def, at)
  local fold = def.fold
  if fold == nil or fold == poison then return end
  if not is_function(fold) then
    fault("E1004", at, format("fold must be a function, not %s", word_of[fold] or show(fold)),
          { help = "as in fold = upper" })
    return
  end
  field.fold = native.fold_kind(fold)
  if field.fold == 0 then field.fold, field.fold_function = 4, fold end
end

local function read_field_decisions(entity, field, def, at)
  field.decisions, field.decision_ids = {}, {}
  if def.decision == nil then return end
  for _, id in ipairs(texts(def, "decision", at) or {}) do
    local index = entity.decision_index[id]
    if index then
      entity.decisions[index + 1].is_used = true
      field.decisions[#field.decisions + 1] = index
      field.decision_ids[#field.decision_ids + 1] = id
    else
      local near = nearest(id, entity.decision_ids)
      if near then entity.decisions[entity.decision_index[near] + 1].is_used = true end
      fault("E1007", shared.spot(at, "decision"), format('no decision "%s"', id), { nearest = near })
    end
  end
end

-- A map or a list walks one list of children.
local function read_walked(context, def)
  local at = context.at
  if def.from == poison then return nil end
  local name = member(def, "from", "text", at, true)
  if not name then return nil end
  local source = context.entity.by_name[name]
  if not source or source.word ~= "children" then
    fault(source and "E1004" or "E1007", shared.spot(at, "from"), format('"%s" is no list of children', name),
          { nearest = nearest(name, context.entity.source_names), help = "a list or a map is made of one source of children" })
    return nil
  end
  local child = context.child
  if child then
    local above = source.above
    while above and above ~= child do above = above.above end
    if not above then
      fault("E1004", shared.spot(at, "from"), format('"%s" does not hang below "%s"', name, child.name),
            { help = format('a list inside each walks rows of that row: children "…" { of = "%s", … }', child.name) })
      return nil
    end
  end
  return source
end

local function read_map(context, field, def)
  local source = read_walked(context, def)
  field.list_source = source
  for _, key in ipairs { "key", "value" } do
    local fn = def[key]
    if fn == nil then
      if not shared.is_misspelt(def, key) then
        fault("E1005", context.at, format("%s is missing", key), { help = format("add   %s = function(row) return row.… end", key) })
      end
    elseif not is_function(fn) then
      if fn ~= poison then
        fault("E1004", shared.spot(context.at, key), format("%s must be a function, not %s", key, show(fn)),
              { help = format("as in   %s = function(row) return row.… end", key) })
      end
    else
      field["map_" .. key] = fn
      if source then use_mentions(context, { { kind = SOURCE, source = source } }, fn) end
      if source then shared.check_row_mixing(context, source, fn) end
    end
  end
end

local read_members

-- Where the members of a field stand: step is the key between its name and theirs, if any.
local function place_within(place, name, within, step)
  within.path, within.where = {}, place.where .. name .. "."
  for i, key in ipairs(place.path) do within.path[i] = key end
  within.path[#within.path + 1] = name
  within.path[#within.path + 1] = step
  return within
end

local function read_list(context, field, def)
  field.list_source = read_walked(context, def)
  local each = member(def, "each", "table", context.at, true)
  if each and field.list_source then
    field.members, field.member_order =
      read_members(context.entity, each, context.at,
                   place_within(context.place, field.name, { child = field.list_source }, "each"))
  end
end

-- What an object's members take from around it, it waits for itself.
local function hoist_inputs(object)
  local seen = {}
  for _, member_field in pairs(object.members) do
    for _, input in ipairs(member_field.value.inputs) do
      if input.kind == FIELD and input.up > 0 then
        object.value.inputs[#object.value.inputs + 1] =
          { kind = FIELD, field = input.field, up = input.up - 1, name = input.name }
      end
    end
    for _, name in ipairs(member_field.value.names) do
      if not seen[name] then object.value.names[#object.value.names + 1] = name end
      seen[name] = true
    end
  end
end

-- A plain table of fields.
local function read_object(context, field, def)
  field.value = { file = context.at.file, line = context.at.line, inputs = {}, names = {} }
  field.members, field.member_order =
    read_members(context.entity, def, context.at,
                 place_within(context.place, field.name, { child = context.child, is_inner = true, outer = context }))
  hoist_inputs(field)
end

-- What an id of a table without a key is made of says nothing of the row.
local function check_hash(context, def, is_part)
  if is_part then
    if def.hash ~= nil and def.hash ~= poison then
      fault("E1004", shared.spot(context.at, "hash"), "hash is for the id of the record")
    end
    return
  end
  local hash, root = member(def, "hash", "boolean", context.at), context.entity.root
  if root.is_keyless and not hash and def.hash ~= poison then
    fault("E1005", context.at, "hash is missing: of a table without a key an id is a hash, which cannot be turned back",
          { help = 'id { from = "*", hash = true }' })
  elseif hash and not root.is_keyless then
    fault("E1004", shared.spot(context.at, "hash"), "hash is for tables without a key, and the root has one",
          { why = "an id can always be turned back into the key" })
  end
end

local function check_id(context, field, def)
  local key = context.entity.root.key
  local is_part = context.child or context.is_inner -- not the record's own
  local same = not is_part and #field.value.inputs == #key
  for i, input in ipairs(field.value.inputs) do
    if input.kind ~= COLUMN then
      fault("E1004", context.at, "an id is made of columns only: it can always be turned back")
      return
    end
    same = same and input.source == context.entity.root and input.column == key[i]
  end
  if field.fold and field.fold > 3 then
    fault("E1004", context.at, "the fold of an id is upper, lower or trim")
  end
  if not is_part and #key > 0 and field.value.whole and not same then
    fault("E1004", shared.spot(context.at, "from"), "an id is made of the root's key columns, all of them, in their order",
          { why = "it can always be turned back into the key", help = format(#key > 1 and 'from = { "%s" }' or 'from = "%s"', table.concat(key, '", "')) })
    return
  end
  check_hash(context, def, is_part)
end

local function id_shape(entity)
  local def = entity.id_def or {}
  return native.is_text(def.prefix) and def.prefix or "", is_function(def.fold) and native.fold_kind(def.fold) or 0
end

-- The part whose ids are meant: the named one, or any where all make theirs alike.
local function referred_part(context, name, def)
  local parts = shared.parts[name]
  local wanted = member(def, "part", "text", context.at)
  if not parts then
    fault("E1007", context.at, format('no entity "%s" in this migration', name),
          { nearest = nearest(name, sorted_keys(shared.parts)) })
    return nil
  end
  local names, prefix, fold = {}, id_shape(parts[1])
  for _, part in ipairs(parts) do
    local other_prefix, other_fold = id_shape(part)
    if wanted and part.part == wanted then return part end
    if not wanted and (other_prefix ~= prefix or other_fold ~= fold) then
      fault("E1005", context.at, format('the parts of "%s" make their ids differently: which one is meant?', name),
            { help = format('as in part = "%s"', part.part) })
      return nil
    end
    names[#names + 1] = part.part
  end
  if not wanted then return parts[1] end
  fault("E1007", context.at, format('entity "%s" has no part "%s"', name, wanted), { nearest = nearest(wanted, names) })
end

local function read_ref(context, field, def)
  local name = info[def].name
  local other = referred_part(context, name, def)
  field.ref_entity, field.prefix, field.id_fold = name, "", 0
  if other and other.id_def then
    field.prefix, field.id_fold = id_shape(other)
    if other.root and other.root.is_keyless then
      fault("E1004", context.at, format("nothing names a record of %s: its root has no key", name))
    end
    local count = other.root and #other.root.key or 1
    if field.value.whole and not def.by and #field.value.inputs ~= count then
      fault("E1004", context.at, format("the id of %s has %d parts, from names %d", name, count, #field.value.inputs))
    end
  end
end

local function read_computed(context, field, def)
  field.value = expression(context, def)
  if field.type_name ~= "id" and field.type_name ~= "ref" then check_single(context, def, field.value) end
  read_fold(field, def, context.at)
  if field.type_name == "decimal" then read_decimal(field, def, context.at) end
  if field.type_name == "enum" then read_enum(field, def, context.at) end
  read_lookup(field, def, context.at)
  read_patterns(field, def, context.at)
  if field.type_name == "id" then
    field.prefix = def.prefix ~= "" and member(def, "prefix", "text", context.at) or ""
    check_id(context, field, def)
  end
  if field.type_name == "ref" then read_ref(context, field, def) end
end

local function read_walking(context, field, def)
  field.value = { file = context.at.file, line = context.at.line, inputs = {}, names = { def.from } }
  if not native.is_text(def.from) then field.value.names = {} end
  if field.type_name == "map" then read_map(context, field, def) else read_list(context, field, def) end
end

local function refuse_field(at, name, value)
  if value == poison then return end
  local about = type(value) ~= "string" and info[value]
  if about and about.is_unfinished then
    fault("E1004", at, format('%s "%s" needs a table behind it', about.word, about.name),
          { help = format('write   %s = %s "%s" { from = "…" }', name, about.word, about.name) })
  elseif word_of[value] then
    fault("E1004", at, format("%s needs a table behind it", word_of[value]),
          { help = format('write what it is made from: %s { from = "…" }', word_of[value]) })
  else
    fault("E1004", at, format("%s is no field", about and about.word or show(value)),
          { help = native.is_text(value) and format('write   %s = text { from = "%s" }', name, value)
                   or 'a field is a type and what it is made from: text { from = "…" }' })
  end
end

-- Where a field is written: the path to it, and its line.
local function place_of_field(entity, name, place)
  local path = { "entity", entity.record, entity.line, "fields" }
  for _, key in ipairs(place.path) do path[#path + 1] = key end
  path[#path + 1], path.n = name, #path + 1
  local line = native.locate(entity.file, unpack(path, 1, path.n))
  return { file = entity.file, line = line and line > 0 and line or entity.line,
           where = entity.name .. "." .. place.where .. name, field = name }, path
end

-- place: where its siblings stand.
local function read_field(entity, name, defs, place, siblings)
  local def = defs[name]
  local about = type(def) == "table" and info[def]
  local is_object = type(def) == "table" and def ~= poison and not about
  local word = is_object and "object" or about and about.word
  local at, path = place_of_field(entity, name, place)
  if not types[word] then
    refuse_field(at, name, def)
    return nil
  end
  if about then at.file, at.line = about.file, about.line end
  at.path = at.file == entity.file and path or nil
  local context = { entity = entity, at = at, child = place.child, is_inner = place.is_inner, fields = siblings,
                    defs = defs, outer = place.outer, place = place }
  local field = { name = name, type_name = word, type = types[word], file = at.file, line = at.line, def = def, at = at }
  if is_object then
    field.decisions, field.decision_ids = {}, {}
    read_object(context, field, def)
    return field
  end
  check_options(def, known_options[word] or common, at, has_list[word])
  field.optional = member(def, "optional", "boolean", at) or false
  field.is_masked = member(def, "mask", "boolean", at) or false
  field.is_critical = member(def, "critical", "boolean", at) or false
  if field.is_masked and word == "id" and not (place.child or place.is_inner) then
    fault("E1004", shared.spot(at, "mask"), "an id cannot be masked: every report names records by it")
  end
  read_field_decisions(entity, field, def, at)
  if word == "map" or word == "list" then
    read_walking(context, field, def)
  else
    read_computed(context, field, def)
  end
  return field
end

---- order of dependence -----------------------------------------------------------------------------

local function find_circle(fields, from)
  local path, seen, field = {}, {}, from
  while field and not seen[field] do
    seen[field] = true
    path[#path + 1] = field.name
    local following
    for _, input in ipairs(field.value.inputs) do
      local other = input.kind == FIELD and input.up == 0 and fields[input.field + 1]
      if other and not other.is_placed then following = following or other end
    end
    field = following
  end
  path[#path + 1] = field and field.name
  return table.concat(path, " → ")
end

local function is_ready(fields, field)
  for _, input in ipairs(field.value.inputs) do
    local other = input.kind == FIELD and input.up == 0 and fields[input.field + 1]
    if other and not other.is_placed then return false end
  end
  return true
end

-- Canonical order as far as dependence allows; fields[i] may be nil after a fault.
local function order_fields(fields, count)
  local order, moved = {}, true
  while moved do
    moved = false
    for i = 1, count do
      local field = fields[i]
      if field and not field.is_placed and is_ready(fields, field) then
        field.is_placed, moved = true, true
        order[#order + 1] = i - 1
      end
    end
  end
  for i = 1, count do
    local field = fields[i]
    if field and not field.is_placed then
      fault("E1013", field.at, "fields depend on each other: " .. find_circle(fields, field))
      break
    end
  end
  return order
end

---- the fields of an entity, or of each -------------------------------------------------------------

local function check_field_name(entity, name, at)
  if name == "lineage" then
    fault("E1011", at, '"lineage" is a name the engine uses itself', { help = "give the field another name" })
  elseif not native.is_text(name) or find(name, "[%.%c]") or #name > 200 then
    fault("E1004", at, format("%s is not the name of a field", show(name)))
  end
end

-- place: { child, where, path, is_inner, outer }: which child's columns come first, what stands in front of
-- the names, the keys that lead to them, and for the members of an object what stands around it.
function read_members(entity, defs, at, place)
  local names, siblings, fields = sorted_keys(defs), {}, {}
  table.sort(names, native.before)
  check_options(defs, defs, at)
  for index, name in ipairs(names) do siblings[name] = index - 1 end
  for index, name in ipairs(names) do
    local here = { file = at.file, where = at.where, field = name }
    check_field_name(entity, name, setmetatable(here, { __index = function(_, member)
      return member == "line" and place_of_field(entity, name, place).line or at[member]
    end }))
    fields[index] = read_field(entity, name, defs, place, siblings)
  end
  if #names == 0 then fault("E1005", at, "there are no fields") end
  return fields, order_fields(fields, #names), siblings, names
end

function shared.find_id(entity)
  local defs = entity.def.fields
  for _, name in ipairs(type(defs) == "table" and sorted_keys(defs) or {}) do
    local about = type(defs[name]) == "table" and info[defs[name]]
    if about and about.word == "id" then
      local other, second = entity.id_def and info[entity.id_def], about
      if other then
        local is_first = about.file == other.file and about.line < other.line
        second = is_first and other or about
        fault("E1011", { file = second.file, line = second.line, where = entity.name .. "." .. (is_first and entity.id_field or name),
                         field = is_first and entity.id_field or name },
              format('an entity has one id; "%s" is another', is_first and name or entity.id_field),
              { why = "a record has one name", help = "make one of them a text" })
      end
      entity.id_field, entity.id_def = entity.id_field or name, entity.id_def or defs[name]
    end
  end
  if type(defs) == "table" and not entity.id_field then
    fault("E1005", entity.at, "an entity has exactly one id field", { help = 'as in jobId = id { from = "del_id" }' })
  end
end

function shared.read_fields(entity)
  local defs = member(entity.def, "fields", "table", entity.at, true)
  entity.fields, entity.field_index, entity.field_names = {}, {}, {}
  if not defs then
    shared.poisoned = true -- all that names a field would be told, too
    return
  end
  entity.fields, entity.order, entity.field_index, entity.field_names =
    read_members(entity, defs, shared.place_in(entity, "fields", "fields"), { where = "", path = {} })
end

---- indices, once every column is known -------------------------------------------------------------

local function finish_inputs(value)
  for _, input in ipairs(value.inputs) do
    if input.kind == COLUMN then input.column = input.source.column_index[input.column] end
    if input.source then input.source = input.source.index end
  end
end

local function finish_members(fields)
  for _, field in pairs(fields) do
    finish_inputs(field.value)
    if field.list_source then field.list_source = field.list_source.index end
    if field.members then finish_members(field.members) end
  end
end

function shared.finish_fields(entity)
  shared.finish_masks(entity)
  finish_members(entity.fields)
  local enum_count = 0
  for i = 1, #entity.field_names do
    local field = entity.fields[i]
    if field and field.type_name == "enum" and not field.is_masked then -- records are counted by its values
      field.enum_index, enum_count = enum_count, enum_count + 1
    end
  end
  for _, list in ipairs { entity.skips, entity.rejects } do
    for _, named in ipairs(list) do
      if named.value then finish_inputs(named.value) end
    end
  end
  for _, decision in ipairs(entity.decisions) do
    if decision.touches then finish_inputs(decision.touches) end
  end
end
