-- example_shape.lua: examples as they are written; C runs them.

local native, _, shared = ...

local info, poison = shared.info, shared.poison
local fault, member, texts, sorted_keys = shared.fault, shared.member, shared.texts, shared.sorted_keys
local check_options, nearest, show = shared.check_options, shared.nearest, shared.show
local spot, place_inside = shared.spot, shared.place_inside
local format = string.format

local outcomes = { "expect", "rejects", "skips" }
local example_options = { given = true, expect = true, rejects = true, skips = true, touches = true }

local function check_given(entity, given, at)
  for _, name in ipairs(sorted_keys(given)) do
    local rows = given[name]
    if not entity.by_name[name] then
      fault("E1007", spot(at, name), format('no source "%s"', name), { nearest = nearest(name, entity.source_names) })
    elseif entity.by_name[name].above and entity.by_name[name].above ~= entity.root then
      fault("E1004", spot(at, name), format("%s stands in the rows it belongs to", name),
            { help = format("write %s = { { …, %s = { { … } } } }", entity.by_name[name].above.name, name) })
    elseif type(rows) ~= "table" and rows ~= poison then
      fault("E1004", spot(at, name), format("%s must be a table, not %s", name, show(rows)),
            { help = format(name == "root" and "as in   %s = { … }" or "a row is a table, and rows are a table of them:   %s = { { … } }", name) })
    end
  end
  check_options(given, given, at)
  if given.root == nil then
    fault("E1005", at, "given.root is missing", { help = "an example gives the row a record is made from: root = { … }" })
  end
end

local function check_fields_named(entity, t, at)
  for _, name in ipairs(sorted_keys(t)) do
    if not entity.field_index[name] then
      fault("E1007", spot(at, name), format('no field "%s"', name), { nearest = nearest(name, entity.field_names) })
    end
  end
  check_options(t, t, at)
end

local function check_codes(rejects, at)
  for _, name in ipairs(sorted_keys(rejects)) do
    local code = member(rejects, name, "text", at)
    if code and not native.is_code(code) then
      fault("E1007", spot(at, name), format("no code %s", show(code)), { help = "engine explain lists them all" })
    end
  end
end

local function check_outcome(entity, def, at)
  local count = 0
  for _, key in ipairs(outcomes) do
    if def[key] ~= nil then count = count + 1 end
  end
  if count ~= 1 then
    fault(count == 0 and "E1005" or "E1011", at, "an example says one of expect, rejects and skips",
          { help = 'add   expect = { … },   or rejects = { field = "E…" }, or skips = "…"' })
  end
  local expect, rejects = member(def, "expect", "table", at), member(def, "rejects", "table", at)
  if expect then check_fields_named(entity, expect, place_inside(at, "expect")) end
  if rejects then check_codes(rejects, place_inside(at, "rejects")) end
  member(def, "skips", "text", at)
  local touches = def.touches
  if type(touches) == "table" and next(touches) == nil then touches = nil end -- none of them
  for _, id in ipairs(touches ~= nil and texts(def, "touches", at) or {}) do
    if not entity.decision_index[id] then
      fault("E1007", spot(at, "touches"), format('no decision "%s"', id), { nearest = nearest(id, entity.decision_ids) })
    end
  end
end

local function read_example(entity, index, def)
  local at = shared.place_in(entity, "examples", "examples", index)
  if type(def) ~= "table" or info[def] then
    if def ~= poison then fault("E1004", at, format("an example is a table, not %s", show(def))) end
    return nil
  end
  local name = member(def, 1, "text", at, true) or format("example %d", index)
  at.where = at.where .. "." .. name
  check_options(def, example_options, at, true)
  local given = member(def, "given", "table", at, true)
  if given then check_given(entity, given, place_inside(at, "given")) end
  check_outcome(entity, def, at)
  return { name = name, def = def, file = at.file, line = at.line }
end

function shared.read_examples(entity)
  local defs = member(entity.def, "examples", "table", entity.at)
  local names = {}
  entity.examples = {}
  if not defs then return end
  check_options(defs, {}, shared.place_in(entity, "examples", "examples"), true)
  for index = 1, #defs do
    local example = read_example(entity, index, defs[index])
    if example and names[example.name] then
      fault("E1011", { file = example.file, line = example.line, where = entity.name .. ".examples" },
            format('two examples are named "%s"', example.name))
    end
    if example then
      names[example.name] = true
      entity.examples[#entity.examples + 1] = example
    end
  end
end
