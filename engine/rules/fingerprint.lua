-- fingerprint.lua: everything a version says as one text for each part, the same on every machine,
-- whatever the comments, the layout and the order of entries.

local native, environment, shared = ...

local info, word_of, sorted_keys = shared.info, shared.word_of, shared.sorted_keys
local format, concat = string.format, table.concat
local getupvalue, getinfo = debug.getupvalue, debug.getinfo

local library_name = {}
for _, name in ipairs(sorted_keys(environment)) do
  local value = rawget(environment, name)
  if not word_of[value] then library_name[value] = name end
end
do -- math is a table of functions in a form of its own
  local math_table = rawget(environment, "math")
  for _, name in ipairs { "floor", "abs", "min", "max" } do
    local fn = math_table and math_table[name]
    if fn ~= nil and not library_name[fn] then library_name[fn] = "math." .. name end
  end
end

-- What is done by data that changes with the years, and is not the rule's own.
local data_of = { unicode_upper = "unicode", unicode_lower = "unicode", nfc = "unicode",
                  match = "patterns", find = "patterns", replace = "patterns" }

local put

local function put_text(out, text) out[#out + 1] = format("%d:%s;", #text, text) end

local function put_function(out, fn, open)
  if getinfo(fn, "S").what == "C" then
    put_text(out, "unnamed function")
    return
  end
  out[#out + 1] = "function "
  local text, names = native.function_text(fn)
  put_text(out, text)
  for name, data in next, data_of do
    if names[name] then open[data] = true end
  end
  for i = 1, 256 do
    local name, value = getupvalue(fn, i)
    if not name then break end
    put_text(out, name)
    put(out, value, open)
  end
end

local set = shared.set

local who_and_why = set "because owner decided review_by"

-- What a field says of how it is reported and judged, not of what it becomes.
local of_validation = { mask = true, critical = true }

-- Entries 1 to #t in their order, all others by name. without: names that do not count here; further in they
-- are names like any others.
local function put_table(out, t, open, without)
  local about, count = info[t], #t
  if about and about.word == "absolute" then without = who_and_why end
  local is_field = about and shared.is_field_word[about.word]
  if about and about.word ~= "csv" then -- its pairs say it all
    out[#out + 1] = "word "
    put_text(out, about.word)
    put_text(out, about.name or "")
    if t.patterns ~= nil then open.patterns = true end
  end
  out[#out + 1] = "{"
  for i = 1, count do put(out, t[i], open) end
  local numbers = {}
  for key in next, t do
    if type(key) == "number" and (key < 1 or key > count or key % 1 ~= 0) then numbers[#numbers + 1] = key end
  end
  table.sort(numbers)
  for _, key in ipairs(numbers) do
    out[#out + 1] = format("[%.17g]", key)
    put(out, t[key], open)
  end
  for _, key in ipairs(sorted_keys(t)) do
    if not (without and without[key]) and not (is_field and of_validation[key]) then
      put_text(out, key)
      put(out, t[key], open)
    end
  end
  for _, key in ipairs { true, false } do
    if t[key] ~= nil then
      out[#out + 1] = tostring(key)
      put(out, t[key], open)
    end
  end
  out[#out + 1] = "}"
end

-- open: what is being written, so that a circle ends; and which data of data_of it goes by.
function put(out, value, open, without)
  local kind = type(value)
  if kind == "string" then
    put_text(out, value)
  elseif kind == "number" then
    out[#out + 1] = format("%.17g;", value)
  elseif kind == "nil" or kind == "boolean" then
    out[#out + 1] = tostring(value) .. ";"
  elseif word_of[value] or library_name[value] then
    local name = word_of[value] or library_name[value]
    out[#out + 1] = "name "
    put_text(out, name)
    if data_of[name] then open[data_of[name]] = true end
  elseif native.decimal_text(value) then
    out[#out + 1] = "decimal "
    put_text(out, native.decimal_text(value))
  elseif open[value] then
    out[#out + 1] = format("again %d;", open.depth - open[value])
  elseif kind == "table" or kind == "function" then
    open.depth = open.depth + 1
    open[value] = open.depth
    if kind == "table" then put_table(out, value, open, without) else put_function(out, value, open) end
    open[value] = nil
    open.depth = open.depth - 1
  else
    out[#out + 1] = kind .. ";"
  end
end

local function text_of(value, without)
  local out, open = {}, { depth = 0 }
  put(out, value, open, without)
  for _, data in ipairs { "patterns", "unicode" } do
    if open[data] then out[#out + 1] = format(" %s %s", data, native.data_version(data)) end
  end
  return concat(out)
end

-- The names that are ignored count, the reasons do not.
local function source_text(source)
  local names = {}
  for _, column in ipairs(sorted_keys(source.ignored)) do names[#names + 1] = column end
  local out = { text_of(source.def, { ignore = true }), text_of(names) }
  return concat(out, " ignore ")
end

local function decision_text(decision)
  return text_of(decision.def, who_and_why)
end

-- The fields that say so, by their paths; nil when none does.
local function paths_text(fields, option)
  local paths = {}
  local function walk(members, outer)
    for _, field in ipairs(members) do
      if not field.members or info[field.def] then
        if field.def[option] then paths[#paths + 1] = outer .. field.name end
      end
      if field.members then walk(field.members, outer .. field.name .. ".") end
    end
  end
  walk(fields, "")
  return #paths > 0 and text_of(paths) or nil
end

-- Returns { { name, is_transform, file, text }… }, sorted by name.
function shared.fingerprint(plan)
  local parts = {}
  local function add(name, is_transform, file, text)
    parts[#parts + 1] = { name = name, is_transform = is_transform, file = file, text = text }
  end
  add("migration.system", true, plan.file, text_of(plan.system))
  add("migration.authority", false, plan.file, text_of(plan.def.authority))
  for _, entity in ipairs(plan.entities) do
    local function part(kind, is_transform, defs)
      for _, name in ipairs(type(defs) == "table" and sorted_keys(defs) or {}) do
        local about = type(defs[name]) == "table" and info[defs[name]]
        add(format("%s.%s.%s", entity.name, kind, name), is_transform, about and about.file or entity.file,
            text_of(defs[name]))
      end
    end
    for _, source in ipairs(entity.sources) do
      add(format("%s.source.%s", entity.name, source.name), true, source.at.file, source_text(source))
    end
    for _, decision in ipairs(entity.decisions) do
      add(format("%s.decisions.%s", entity.name, decision.id), true, entity.file, decision_text(decision))
    end
    part("fields", true, entity.def.fields)
    part("skip_when", true, entity.def.skip_when)
    part("reject_when", true, entity.def.reject_when)
    part("invariants", false, entity.def.invariants)
    part("queries", false, entity.def.queries)
    for option in pairs(of_validation) do
      local text = paths_text(entity.fields, option)
      if text then add(entity.name .. "." .. option, false, entity.file, text) end
    end
    add(entity.name .. ".on_delete", true, entity.file, text_of(entity.on_delete))
    add(entity.name .. ".changed", true, entity.file, text_of(entity.def.changed))
  end
  table.sort(parts, function(a, b) return a.name < b.name end)
  return parts
end
