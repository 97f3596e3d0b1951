-- fingerprint.lua: everything a version says as one text for each part, the same on every machine,
-- whatever the comments, the layout and the order of entries.

local native, environment, shared = ...

local info, word_of, sorted_keys = shared.info, shared.word_of, shared.sorted_keys
local format, concat, find = string.format, table.concat, string.find
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

-- Each part is written twice in one walk: as one text, whose hash is the part's fingerprint, and, where somebody asks,
-- entry by entry as people read it. Whatever is put into the text is told as an entry: equal texts have equal
-- entries, and the other way round.

local put

local function put_text(out, text) out[#out + 1] = format("%d:%s;", #text, text) end

-- path: where the value stands in its part; text: what it says. aside: it counts in no fingerprint.
local function tell(path, text, aside)
  if shared.is_told then native.tell(path, text, aside or false) end
end

local keywords = shared.set [[ and break do else elseif end false for function goto if in local nil not or repeat return then
  true until while ]]

-- The path of a member.
local function step(path, key)
  if not shared.is_told then return "" end
  if type(key) == "number" then return format("%s[%.17g]", path, key) end
  if type(key) == "boolean" then return format("%s[%s]", path, tostring(key)) end
  if find(key, "^[A-Za-z_][A-Za-z0-9_]*$") and not keywords[key] then return path == "" and key or path .. "." .. key end
  return path .. "[" .. native.quoted(key) .. "]"
end

local function put_function(out, fn, open, path)
  if getinfo(fn, "S").what == "C" then
    put_text(out, "unnamed function")
    tell(path, "unnamed function")
    return
  end
  out[#out + 1] = "function "
  local text, names = native.function_text(fn)
  put_text(out, text)
  if shared.is_told then tell(path, native.function_shown(fn)) end
  for name, data in next, data_of do
    if names[name] then open[data] = true end
  end
  for i = 1, 256 do
    local name, value = getupvalue(fn, i)
    if not name then break end
    put_text(out, name)
    open.captured = open.captured + 1
    put(out, value, open, nil, path .. ":" .. name)
    open.captured = open.captured - 1
  end
end

local set = shared.set

local who_and_why = set "because owner decided review_by"

-- What a field says of how it is reported and judged, not of what it becomes.
local of_validation = { mask = true, critical = true }

local function tell_word(about, path)
  tell(path, about.word .. " " .. (about.name and native.quoted(about.name) or "{…}"))
end

local function tell_aside(t, without, path)
  for _, key in ipairs(shared.is_told and sorted_keys(t) or {}) do
    if without[key] and type(t[key]) == "string" then tell(step(path, key), native.quoted(t[key]), true) end
  end
end

-- Entries 1 to #t in their order, all others by name. without: names that do not count here; further in they
-- are names like any others.
local function put_table(out, t, open, without, path)
  local about, count = info[t], #t
  if about and about.word == "absolute" then without = who_and_why end
  local is_field = about and shared.is_field_word[about.word]
  if about and about.word ~= "csv" then -- its pairs say it all
    out[#out + 1] = "word "
    put_text(out, about.word)
    put_text(out, about.name or "")
    tell_word(about, path)
    if t.patterns ~= nil then open.patterns = true end
  end
  local before = #out
  out[#out + 1] = "{"
  -- { "a", "b" } is not { a = "b" }. Elsewhere a list and names are never taken for each other.
  if open.captured > 0 and count > 1 then out[#out + 1] = format("=%d;", count) end
  for i = 1, count do put(out, t[i], open, nil, step(path, i)) end
  local numbers = {}
  for key in next, t do
    if type(key) == "number" and (key < 1 or key > count or key % 1 ~= 0) then numbers[#numbers + 1] = key end
  end
  table.sort(numbers)
  for _, key in ipairs(numbers) do
    out[#out + 1] = format("[%.17g]", key)
    put(out, t[key], open, nil, step(path, key))
  end
  for _, key in ipairs(sorted_keys(t)) do
    if not (without and without[key]) and not (is_field and of_validation[key]) then
      put_text(out, key)
      put(out, t[key], open, nil, step(path, key))
    end
  end
  for _, key in ipairs { true, false } do
    if t[key] ~= nil then
      out[#out + 1] = tostring(key)
      put(out, t[key], open, nil, step(path, key))
    end
  end
  if #out == before + 1 and not (about and about.word ~= "csv") then tell(path, "{}") end
  out[#out + 1] = "}"
  if without then tell_aside(t, without, path) end
end

-- open: what is being written, so that a circle ends; and which data of data_of it goes by.
function put(out, value, open, without, path)
  local kind = type(value)
  if kind == "string" then
    put_text(out, value)
    if shared.is_told then tell(path, native.quoted(value)) end
  elseif kind == "number" then
    out[#out + 1] = format("%.17g;", value)
    local short = format("%.14g", value)
    tell(path, tonumber(short) == value and short or format("%.17g", value))
  elseif kind == "nil" or kind == "boolean" then
    out[#out + 1] = tostring(value) .. ";"
    tell(path, tostring(value))
  elseif word_of[value] or library_name[value] then
    local name = word_of[value] or library_name[value]
    out[#out + 1] = "name "
    put_text(out, name)
    tell(path, name)
    if data_of[name] then open[data_of[name]] = true end
  elseif native.decimal_text(value) then
    out[#out + 1] = "decimal "
    put_text(out, native.decimal_text(value))
    tell(path, format('exact "%s"', native.decimal_text(value)))
  elseif open[value] then
    out[#out + 1] = format("again %d;", open.depth - open[value])
    tell(path, format("again %d", open.depth - open[value]))
  elseif kind == "table" or kind == "function" then
    open.depth = open.depth + 1
    open[value] = open.depth
    if kind == "table" then put_table(out, value, open, without, path) else put_function(out, value, open, path) end
    open[value] = nil
    open.depth = open.depth - 1
  else
    out[#out + 1] = kind .. ";"
    tell(path, "a " .. kind)
  end
end

local function text_of(value, without)
  local out, open = {}, { depth = 0, captured = 0 }
  put(out, value, open, without, "")
  for _, data in ipairs { "patterns", "unicode" } do
    if open[data] then
      out[#out + 1] = format(" %s %s", data, native.data_version(data))
      tell(format("(%s)", data), native.data_version(data))
    end
  end
  return concat(out)
end

-- A list of names as part of a text; the caller tells them.
local function names_text(names)
  local out = { "{" }
  for _, name in ipairs(names) do put_text(out, name) end
  out[#out + 1] = "}"
  return concat(out)
end

-- The names that are ignored count, the reasons do not.
local function source_text(source)
  local names, reasons = sorted_keys(source.ignored), source.def.ignore
  local out = text_of(source.def, { ignore = true })
  for _, column in ipairs(names) do
    tell(step("ignore", column), "ignored")
    if shared.is_told then tell(step("ignore", column), native.quoted(reasons[column]), true) end
  end
  return format("%s ignore %s", out, names_text(names))
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
  if #paths == 0 then return nil end
  for _, path in ipairs(paths) do tell(path, option) end
  return names_text(paths)
end

-- Returns { { name, is_transform, file, text, told, told_end }… }, sorted by name. told to told_end: its entries.
function shared.fingerprint(plan)
  local parts = {}
  shared.is_told = native.is_told()
  local function add(name, is_transform, file, text)
    local first = #parts > 0 and parts[#parts].told_end or 0
    parts[#parts + 1] = { name = name, is_transform = is_transform, file = file, text = text, told = first,
                          told_end = shared.is_told and native.told_count() or 0 }
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
