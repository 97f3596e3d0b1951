-- inputs.lua: what `from` names and `by` mentions: every name becomes a column, a source or another
-- field, and every column that is read becomes known to its source.

local native, _, shared = ...

local info, word_of, poison = shared.info, shared.word_of, shared.poison
local fault, sorted_keys, check_options = shared.fault, shared.sorted_keys, shared.check_options
local nearest, show, use, mention = shared.nearest, shared.show, shared.use_column, shared.mention_column
local format, find = string.format, string.find
local getupvalue = debug.getupvalue

local COLUMN, SOURCE, FIELD = 0, 1, 2
shared.COLUMN, shared.SOURCE, shared.FIELD = COLUMN, SOURCE, FIELD

---- what functions mention -------------------------------------------------------------------------

local function add_mentions(value, names, seen)
  if seen[value] then return end
  if type(value) == "function" then
    seen[value] = true
    native.mentions(value, names)
    for i = 1, 256 do
      local name, captured = getupvalue(value, i)
      if not name then break end
      if captured ~= nil then add_mentions(captured, names, seen) end
    end
  elseif type(value) == "table" then
    seen[value] = true
    for _, inner in next, value do add_mentions(inner, names, seen) end
  end
end

local function mentions(fn)
  local names = {}
  add_mentions(fn, names, {})
  return sorted_keys(names)
end

---- inputs ----------------------------------------------------------------------------------------

-- Is there one row of it where the context stands? Inside each also of the rows it hangs below.
local function has_one_row(context, source)
  while source.word == "reference" do
    if not source.from_source then return true end
    source = source.from_source
  end
  local child = context.child
  while child and child ~= source do child = child.above end
  return source.word == "table" or child == source
end

local function column_input(context, source, column, text)
  if not has_one_row(context, source) then
    fault("E1004", context.at, format('"%s" is a column of a list and has no one value', text),
          { help = format('write from = "%s" with a function of the list, or use it inside each', source.name) })
    return nil
  end
  use(source, column, context.at)
  return { kind = COLUMN, source = source, column = column }
end

local function source_input(context, source, text)
  if source.word == "reference" and not has_one_row(context, source) then
    fault("E1004", context.at, format('"%s" hangs on the rows of a list and has no one row here', text),
          { help = "use it inside each" })
    return nil
  end
  return { kind = SOURCE, source = source }
end

local function table_or_none(value) return type(value) == "table" and value or {} end

-- What stands in examples for rows of this source: { given }, or the rows it hangs below.
local function add_given_rows(entity, source, example, rows)
  local holders = { table_or_none(rawget(table_or_none(example), "given")) }
  if source.above and source.above ~= entity.root then
    holders = add_given_rows(entity, source.above, example, {})
  end
  for _, holder in ipairs(holders) do
    local list = table_or_none(rawget(holder, source.name))
    rows[#rows + 1] = list
    for _, row in ipairs(list) do rows[#rows + 1] = table_or_none(row) end
  end
  return rows
end

-- The columns that examples give rows of this source.
local function given_columns(entity, source)
  local columns = {}
  for _, example in ipairs(table_or_none(entity.def.examples)) do
    for _, row in ipairs(add_given_rows(entity, source, example, {})) do
      for key in next, row do
        if type(key) == "string" and not source.below[key] then columns[key] = true end
      end
    end
  end
  return columns
end

shared.given_columns = given_columns

-- Without the schema a source has the columns that somebody says it has.
local function declares(entity, source, column)
  if source.known then return source.known[column] end
  source.given = source.given or given_columns(entity, source)
  return source.used[column] or source.ignored[column] or source.given[column]
end

local function bare_input(context, text)
  local entity, child = context.entity, context.child
  local source, root = entity.by_name[text], entity.root
  if child and declares(entity, child, text) then return column_input(context, child, text, text) end
  if source and declares(entity, root, text) then
    fault("E1011", context.at, format('"%s" is a source and a column of the root', text),
          { help = format('write "root.%s" for the column, or give the source another name', text) })
    return nil
  end
  if source then return source_input(context, source, text) end
  if child and not declares(entity, root, text) then return column_input(context, child, text, text) end
  return column_input(context, root, text, text)
end

local function named_input(context, text)
  local child = context.child
  if text == "*" and not (context.entity.root.is_keyless or child and child.is_keyless) then
    fault("E1004", context.at, '"*" is the key of a table without one, and the root has a key')
    return nil
  end
  local _, _, name, column = find(text, "^([^.]+)%.(.+)$")
  if not name then return bare_input(context, text) end
  local source = context.entity.by_name[name]
  if source then return column_input(context, source, column, text) end
  fault("E1007", context.at, format('no source "%s"', name),
        { nearest = nearest(name, context.entity.source_names) })
end

-- Among its own siblings first, then among those of the object it stands in.
local function find_field(context, name)
  local scope, up = context, 0
  while scope do
    local index = scope.fields[name]
    if index then return { kind = FIELD, field = index, up = up, name = name, def = scope.defs[name] } end
    scope, up = scope.outer, up + 1
  end
  fault("E1007", context.at, format('no field "%s"', name), { nearest = nearest(name, sorted_keys(context.fields)) })
end

local function field_input(context, value)
  local name = info[value].name
  check_options(value, {}, context.at)
  if not context.fields then
    fault("E1004", context.at, "rows are skipped and rejected before there are fields",
          { help = "name the column the field is made from" })
  else
    return find_field(context, name)
  end
end

local function is_field(value)
  local about = type(value) == "table" and info[value]
  return about and about.word == "field"
end

-- One entry of `from`: the input, and the text that stands for it.
local function read_input(context, value)
  if is_field(value) then return field_input(context, value), "field " .. info[value].name end
  if native.is_text(value) then return named_input(context, value), value end
  if value ~= poison then
    fault("E1004", context.at, format('from names columns, sources and field "…", not %s', show(value)),
          { help = 'as in from = "status", or from = { field "state", "events" }' })
  end
end

-- inputs, and whether all of them are known
local function read_from(outer, from)
  local inputs, names, whole = {}, {}, true
  local context = setmetatable({ at = shared.later_spot(outer.at, "from") }, { __index = outer })
  if type(from) ~= "table" or info[from] then
    from = { from }
  else
    check_options(from, {}, context.at, true)
  end
  for i = 1, #from do
    local input, name = read_input(context, from[i])
    inputs[#inputs + 1], names[#names + 1] = input, name
    whole = whole and input ~= nil
  end
  if #from == 0 then
    fault("E1005", context.at, "from names nothing")
    whole = false
  end
  return inputs, names, whole
end

-- A row leads to the lists below it: those a function mentions are given, too.
local function add_given(given, names, source)
  given[#given + 1] = source
  for _, name in ipairs(names) do
    if source.below[name] then add_given(given, names, source.below[name]) end
  end
end

function shared.use_mentions(context, inputs, fn)
  local given, is_only, names = {}, true, mentions(fn)
  for _, input in ipairs(inputs) do
    if input.kind == SOURCE then add_given(given, names, input.source) end
    is_only = is_only and input.kind ~= FIELD
  end
  if #given == 0 then return end
  for _, name in ipairs(names) do
    for _, source in ipairs(given) do mention(source, name, context.at, is_only and #given == 1) end
  end
end

local function is_function(value) return type(value) == "function" and not word_of[value] and not info[value] end
shared.is_function = is_function

-- { from = …, by = function … }. no_by: `by` is not expected and one input is not enough to ask why.
function shared.expression(context, def)
  local at = context.at
  local by = def.by
  local result = { file = at.file, line = at.line, inputs = {}, names = {} }
  if by ~= nil and not is_function(by) then
    if by ~= poison then
      fault("E1004", shared.spot(at, "by"), format("by must be a function, not %s", word_of[by] or show(by)),
            { help = "as in   by = function(value) return … end" })
    end
    by = nil
  end
  if def.from == nil then
    if not shared.is_misspelt(def, "from") then
      fault("E1005", at, by and "from is missing: a function sees what from names, and nothing else" or "from is missing",
            { help = 'add   from = "…",   the column it is made from' })
    end
    return result
  end
  if def.from == poison then return result end
  result.inputs, result.names, result.whole = read_from(context, def.from)
  if by then
    shared.use_mentions(context, result.inputs, by)
    if result.whole then shared.check_mixing(context, result.inputs, by) end
  end
  result.by = by
  return result
end

-- Without a function there must be one value.
function shared.check_single(context, def, value)
  if value.by or def.by ~= nil or not value.whole then return end
  if #value.inputs > 1 then
    fault("E1005", shared.spot(context.at, "from"), "from names several inputs, and no function makes one value of them",
          { help = "add by = function … end" })
  elseif value.inputs[1].kind == SOURCE then
    fault("E1005", context.at, format('"%s" is a source, and no function makes one value of it', value.names[1]),
          { help = "add by = function … end, or name a column" })
  end
end

-- of skip_when, reject_when and touches
function shared.read_expression(context, def, what)
  if def == poison then return nil end
  if type(def) ~= "table" or info[def] then
    fault("E1004", context.at, format("%s needs { from = …, by = function … }, not %s", what, show(def)))
    return nil
  end
  check_options(def, { from = true, by = true }, context.at)
  if def.by == nil and not shared.is_misspelt(def, "by") then
    fault("E1005", context.at, "by is missing", { help = "add   by = function(…) return … end" })
  end
  return shared.expression(context, def)
end
