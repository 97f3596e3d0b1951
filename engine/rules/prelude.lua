-- prelude.lua: the words of a rule file. Each returns a plain table; what it is and where it was
-- written stands beside it in `info`, so that a rule can neither forge nor change it.

local native, environment, shared = ...

local unpack = unpack
local getinfo, sub, byte, lower, format = debug.getinfo, string.sub, string.byte, string.lower, string.format
local min, floor, max = math.min, math.floor, math.max

local info = setmetatable({}, { __mode = "k" }) -- table -> { word, name, file, line }
local words = {}                                -- word -> function, as rule files see them
local word_of = {}                              -- function -> word
shared.info, shared.words, shared.word_of = info, words, word_of

-- A name nobody knows gives this while loading: it can be called, indexed and passed on, so that
-- one typo does not hide every other fault. Loading fails all the same.
local poison = newproxy(true)
do
  local meta = debug.getmetatable(poison)
  local function again() return poison end
  for _, event in ipairs { "index", "call", "add", "sub", "mul", "div", "mod", "pow", "unm", "concat" } do
    meta["__" .. event] = again
  end
  meta.__metatable = false
end

---- faults ----------------------------------------------------------------------------------------

-- What follows from a name nobody knows is not worth a fault of its own.
local follow_ups = { E1004 = true, E1005 = true, E1006 = true, E1007 = true, E1011 = true, E1013 = true }

-- at: { file, line, where, field }; more: { nearest, why, help, is_warning, list }
function shared.fault(code, at, message, more)
  if shared.poisoned and follow_ups[code] then return end
  more = more or {}
  native.fault(code, { file = at.file, line = at.line, where = at.where, field = at.field, message = message,
                       nearest = more.nearest, why = more.why, help = more.help }, more.is_warning and "warning" or more.list)
end

function shared.sorted_keys(t)
  local keys = {}
  for key in next, t do
    if type(key) == "string" then keys[#keys + 1] = key end
  end
  table.sort(keys)
  return keys
end

-- As much of a text as a message shows, cut between two characters.
local function cut(text)
  local size = min(60, #text)
  while size < #text and size > 56 and byte(text, size + 1) >= 0x80 and byte(text, size + 1) < 0xC0 do size = size - 1 end
  return sub(text, 1, size)
end

-- A value as a message shows it.
function shared.show(value)
  if type(value) == "string" then return format('"%s"', cut(value)) end
  if type(value) == "number" or type(value) == "boolean" or value == nil then return tostring(value) end
  return "a " .. (type(value) == "userdata" and "value" or type(value))
end

-- Letters to change, leave out, add or swap with the next, from one name to the other.
local function distance(a, b)
  local before, row = nil, {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local now = { [0] = i }
    for j = 1, #b do
      local x, y = byte(a, i), byte(b, j)
      now[j] = min(row[j] + 1, now[j - 1] + 1, row[j - 1] + (x == y and 0 or 1))
      if i > 1 and j > 1 and x == byte(b, j - 1) and byte(a, i - 1) == y then
        now[j] = min(now[j], before[j - 2] + 1)
      end
    end
    before, row = row, now
  end
  return row[#b]
end

-- What may have been meant, or nil. candidates: a list, in an order that is always the same.
function shared.nearest(name, candidates)
  local best, best_distance = nil, max(1, floor(#name / 3)) + 0.5
  if #name > 64 then return nil end
  for _, candidate in ipairs(candidates) do
    if #candidate <= 64 and math.abs(#candidate - #name) < best_distance then
      local d = distance(lower(name), lower(candidate))
      if d < best_distance then best, best_distance = candidate, d end
    end
  end
  return best
end

---- names a rule file uses ------------------------------------------------------------------------

-- "a b c" as { a = true, b = true, c = true }.
local function set(text)
  local names = {}
  for name in string.gmatch(text, "%S+") do names[name] = true end
  return names
end
shared.set = set

local refused = set [[
  assert collectgarbage coroutine debug dofile error ffi gcinfo getfenv getmetatable io jit load loadfile
  loadstring module newproxy next os package pcall print rawequal rawget rawlen rawset setfenv setmetatable
  string unpack xpcall bit _G _VERSION _ENV arg ]]

-- What other languages call it.
local foreign = {
  null = "nil", NULL = "nil", None = "nil", undefined = "nil", True = "true", TRUE = "true", False = "false",
  FALSE = "false", strip = "trim", toupper = "upper", tolower = "lower", substr = "slice", substring = "slice", sub = "slice",
  length = "len", strlen = "len", size = "len", gsub = "replace", concat = "join", regex = "match",
}

local instead = {
  next = "use pairs, which goes in byte order of the keys", error = "use reject(\"why\") or skip(\"why\")",
  string = "use upper(s), trim(s), starts(s, \"x\") …", print = "a rule only returns values",
  pcall = "a rule must not survive its own limits", os = "there is no clock here: take the time from a column",
  io = "what a rule needs stands in its row, in a table beside it (csv) or in the rule", load = "write the function itself",
  setmetatable = "a table is only a table here", coroutine = "a function is called, and returns",
}

local declared = {} -- file -> the names that may be meant in it
local function names_in(file)
  if not declared[file] then
    local names = native.locals(file)
    for _, known in ipairs(shared.sorted_keys(environment)) do names[#names + 1] = known end
    declared[file] = names
  end
  return declared[file]
end

local function fault_undefined(name, at)
  local help
  if string.find(name, "\226\128[\152-\159]") then help = [[quotes are written "…" or '…', as a keyboard has them]] end
  shared.fault("E1002", at, format("undefined name '%s'", name),
               { nearest = foreign[name] or shared.nearest(name, names_in(at.file)), help = help })
end

local seen = {}
function shared.check_name(name, is_assigned, file, line)
  local key = file .. ":" .. line .. ":" .. name .. (is_assigned and "=" or "")
  if seen[key] or seen[file .. ":" .. name] then return end
  seen[key] = true
  local at = { file = file, line = line }
  if is_assigned then
    seen[file .. ":" .. name] = true -- what reads it is told once it is local
    shared.fault("E1009", at, format("global '%s' is assigned", name),
                 { why = "nothing may pass from one record to the next", help = format("write local %s = …", name) })
  elseif rawget(environment, name) ~= nil then
    return
  elseif refused[name] then
    shared.fault("E1010", at, format("'%s' is not for rules", name), { help = instead[name] })
  else
    fault_undefined(name, at)
  end
end

debug.getmetatable(environment).__index = function()
  shared.poisoned = true
  return poison
end

---- options ---------------------------------------------------------------------------------------

-- The path behind at.path, by so many of the keys.
local function longer_path(at, count, ...)
  local path = { n = at.path.n + count }
  for i = 1, at.path.n do path[i] = at.path[i] end
  for i = 1, count do path[at.path.n + i] = (select(i, ...)) end
  return path
end

-- What native.locate says of a member of the table that at.path leads to.
function shared.locate(at, ...)
  if not at.path then return nil end
  local path = longer_path(at, select("#", ...), ...)
  return native.locate(at.file, unpack(path, 1, path.n))
end

local function is_written(...)
  for i = 1, select("#", ...) do
    local key = select(i, ...)
    if type(key) ~= "string" and (type(key) ~= "number" or key % 1 ~= 0) then return false end
  end
  return true
end

-- The place of one member, or of a member of it: as deep as it is written there.
local function spot(at, ...)
  for count = at.path and is_written(...) and select("#", ...) or 0, 1, -1 do
    local path = longer_path(at, count, ...)
    local line = native.locate(at.file, unpack(path, 1, path.n))
    if line and line > 0 then return { file = at.file, line = line, where = at.where, field = at.field } end
  end
  return at
end

-- The same, looked for when somebody asks: few places are ever told.
function shared.later_spot(at, ...)
  local keys, place = { n = select("#", ...), ... }, nil
  return setmetatable({}, { __index = function(_, member)
    place = place or spot(at, unpack(keys, 1, keys.n))
    return place[member]
  end })
end

-- Options that stand somewhere else than where they were written.
local homes = {
  order = "a query, in queries", round = "a decimal", prefix = "an id", each = "a list", lookup = "a field", patterns = "a field", fold = "a field",
  decision = "a field", mask = "a field", critical = "a field", zone = "the instant of a column, in types",
  epoch = "the instant of a column, in types", types = "a source", null = "a source", ignore = "a source",
  parent = "children", of = "children", follow = "a reference", tables = "a query", on_delete = 'entity "…" { … }',
  changed = 'entity "…" { … }', part = 'entity "…" { … }', source = 'entity "…" { … }', fields = 'entity "…" { … }',
  decisions = 'entity "…" { … }', invariants = 'entity "…" { … }', queries = 'entity "…" { … }',
  examples = 'entity "…" { … }', skip_when = 'entity "…" { … }', reject_when = 'entity "…" { … }',
  version = "migration { … }", supersedes = "migration { … }", system = "migration { … }", authority = "migration { … }",
}

local misspelt = setmetatable({}, { __mode = "k" }) -- table -> the options that others of its keys are near to

-- Is it there, under a name that nobody knows?
function shared.is_misspelt(t, key) return misspelt[t] ~= nil and misspelt[t][key] ~= nil end

local function fault_option(t, key, known, at)
  local near = shared.nearest(key, shared.sorted_keys(known))
  local help = key == "default" and "a default is a decision: give it one" or nil
  if homes[key] then help = format("%s is an option of %s", key, homes[key]) end
  if near then
    misspelt[t] = misspelt[t] or {}
    misspelt[t][near] = true
  end
  shared.fault("E1003", spot(at, key), format('no option "%s"', cut(key)),
               { nearest = near, why = "it would mean nothing", help = help })
end

-- Every key of t must be known. has_list: positions are read by someone else.
function shared.check_options(t, known, at, has_list)
  for _, key in ipairs(shared.sorted_keys(t)) do
    if known[key] == nil then
      fault_option(t, key, known, at)
    end
  end
  for key, value in next, t do
    if type(key) ~= "string" and not (has_list and type(key) == "number") and value ~= poison then
      misspelt[t] = misspelt[t] or {}
      misspelt[t].from = true
      shared.fault("E1003", spot(at, key), format("%s stands here without a name", shared.show(value)),
                   { help = known.from and format("name what it is, as in from = %s", shared.show(value)) or nil })
      break
    end
  end
end

local shapes = { text = '%s = "…"', table = "%s = { … }", boolean = "%s = true", number = "%s = 1",
                 ["function"] = "%s = function(…) … end" }

-- The member if it is of the kind, else nil and a fault. is_required: it must be there.
function shared.member(t, key, kind, at, is_required)
  local value = t[key]
  if value == nil then
    if is_required and not shared.is_misspelt(t, key) then
      shared.fault("E1005", at, format("%s is missing", key),
                   { help = type(key) == "string" and format("add   " .. shapes[kind] .. ",", key) or nil })
    end
    return nil
  end
  if value == poison then return nil end
  if kind == "text" then
    if native.is_text(value) then return value end
  elseif type(value) == kind then
    return value
  end
  shared.fault("E1004", spot(at, key), format("%s must be a %s, not %s", key, kind, shared.show(value)),
               { help = type(key) == "string" and format("write   " .. shapes[kind], key) or nil })
  return nil
end

-- The member when it is a key of choices; nil when it is not there, or after a fault.
function shared.read_choice(t, key, choices, at)
  local value, known = shared.member(t, key, "text", at), shared.sorted_keys(choices)
  if value == nil or choices[value] ~= nil then return value end
  local near = shared.nearest(value, known)
  shared.fault("E1004", spot(at, key),
               format('%s is "%s", not %s', key, table.concat(known, '" or "'), shared.show(value)),
               { nearest = near, help = format('write   %s = "%s"', key, near or known[1]) })
end

-- A text or a list of texts, as a list; nil after a fault.
function shared.texts(t, key, at, is_required)
  local value = t[key]
  if type(value) ~= "table" or info[value] then
    local one = shared.member(t, key, "text", at, is_required)
    return one and { one }
  end
  for i = 1, #value do
    if not native.is_text(value[i]) then
      shared.fault("E1004", spot(at, key), format("%s is a list with %s in it, which is no name", key, shared.show(value[i])),
                   { help = format('write   %s = { "…", "…" }', key) })
      return nil
    end
  end
  shared.check_options(value, {}, at, true)
  if #value == 0 then
    shared.fault("E1005", spot(at, key), format("%s names nothing", key))
    return nil
  end
  return value
end

shared.spot = spot

-- Where the members of the table stand that is itself a member, or a member of one.
function shared.place_inside(at, ...)
  return { file = at.file, line = spot(at, ...).line, where = at.where, field = at.field,
           path = at.path and longer_path(at, select("#", ...), ...) }
end

---- words -----------------------------------------------------------------------------------------

-- Where the rule file called the word. `return migration { … }` leaves no trace of its caller.
local function place(word)
  local at = getinfo(3, "Sl")
  if at and sub(at.source, 1, 1) == "@" and at.currentline > 0 then return sub(at.source, 2), at.currentline end
  local file = native.current() or "?"
  return file, native.locate(file, word, nil, nil) or 0
end

local function mark(word, options, file, line, name)
  local copy = {}
  for key, value in next, options do copy[key] = value end
  info[copy] = { word = word, name = name, file = file, line = line }
  return copy
end

local function refuse_argument(word, file, line, value, shape)
  if value ~= poison then
    shared.fault("E1004", { file = file, line = line, where = word },
                 format("%s cannot be made of %s", word, shared.show(value)), { help = "write " .. shape })
  end
  return poison
end

local function add_word(word, make)
  words[word] = make
  word_of[make] = word
  rawset(environment, word, make)
end

for word in next, set "migration id text integer bigint decimal boolean instant date enum bytes json php map list" do
  add_word(word, function(options)
    local file, line = place(word)
    if type(options) ~= "table" then return refuse_argument(word, file, line, options, word .. " { … }") end
    return mark(word, options, file, line)
  end)
end

for word in next, set "entity table children reference ref query" do
  add_word(word, function(name)
    local file, line = place(word)
    local shape = format(word == "query" and "%s [[ select … ]] { … }" or '%s "name" { … }', word)
    if not native.is_text(name) then return refuse_argument(word, file, line, name, shape) end
    local function with(options)
      if type(options) ~= "table" then return refuse_argument(word, file, line, options, shape) end
      return mark(word, options, file, line, name)
    end
    info[with] = { word = word, name = name, file = file, line = line, is_unfinished = true }
    return with
  end)
end

-- These may stand alone or be followed by a table of options.
local with_options = {
  __metatable = false,
  __call = function(self, options)
    local about = info[self]
    local shape = format('%s "%s" { … }', about.word, about.name)
    if type(options) ~= "table" then return refuse_argument(about.word, about.file, about.line, options, shape) end
    return mark(about.word, options, about.file, about.line, about.name)
  end,
}

for word in next, set "field sample absolute none" do
  add_word(word, function(name)
    local file, line = place(word)
    if not native.is_text(name) then
      return refuse_argument(word, file, line, name, format(word == "none" and "%s [[ select … ]]" or '%s "…"', word))
    end
    return setmetatable(mark(word, {}, file, line, name), word ~= "none" and with_options or nil)
  end)
end

-- The pairs of two columns as a plain table, so that functions can read it too.
local function read_csv(name, options, file, line)
  local at = { file = file, line = line, where = "csv" }
  shared.check_options(options, { key = true, value = true }, at)
  local key, value = shared.member(options, "key", "text", at, true), shared.member(options, "value", "text", at, true)
  local pairs, lines, path
  if key and value then pairs, lines, path = native.csv(name, key, value, file, line) end
  if not pairs then
    shared.poisoned = true
    return poison
  end
  info[pairs] = { word = "csv", name = name, file = file, line = line, path = path, lines = lines }
  return pairs
end

add_word("csv", function(name)
  local file, line = place("csv")
  local shape = 'csv "tables/country.csv" { key = …, value = … }'
  if not native.is_text(name) then return refuse_argument("csv", file, line, name, shape) end
  local function with(options)
    if type(options) ~= "table" then return refuse_argument("csv", file, line, options, shape) end
    return read_csv(name, options, file, line)
  end
  info[with] = { word = "csv", name = name, file = file, line = line, is_unfinished = true }
  return with
end)

-- Is it a table that a rule file may look values up in?
function shared.is_lookup(value) return not info[value] or info[value].word == "csv" end

local function find_entry(lookup, key, at, ...)
  local about = info[lookup]
  if about then return { file = about.path, line = about.lines[key], where = at.where, field = at.field } end
  local line, name = shared.locate(at, ...)
  if name then line = native.locate_local(at.file, name, line, key) end
  if name and line then return { file = at.file, line = line, where = at.where, field = at.field } end
  return spot(shared.place_inside(at, ...), key)
end

-- Where an entry of such a table is written, looked for when somebody asks; the keys lead from the place to the table.
function shared.place_of_entry(lookup, key, at, ...)
  local keys, place = { n = select("#", ...), ... }, nil
  return setmetatable({}, { __index = function(_, member)
    place = place or find_entry(lookup, key, at, unpack(keys, 1, keys.n))
    return place[member]
  end })
end

add_word("require", function(name)
  local file, line = place("require")
  if not native.is_text(name) then return refuse_argument("require", file, line, name, 'require "v3.job"') end
  local value = native.load(name)
  if value == nil then
    shared.poisoned = true
    return poison
  end
  return value
end)

shared.poison = poison
