-- lint.lua: what is no error and may lose meaning without a word, in a rule file that holds: defaults nobody
-- decided, ids that two keys may share, numbers that are not exact, patterns that may take very long. Only
-- `engine check` asks. What a function does is told from its words; where they leave it open, nothing is said.

local native, _, shared = ...

local fault, set, show = shared.fault, shared.set, shared.show
local format, sub, find, byte = string.format, string.sub, string.find, string.byte
local getinfo, getupvalue = debug.getinfo, debug.getupvalue

local function say(code, at, fn, token, message, more)
  more = more or {}
  more.list = "lint"
  fault(code, { file = fn and sub(getinfo(fn, "S").source, 2) or at.file, line = token and token.line or at.line,
                where = at.where, field = at.field }, message, more)
end

---- tokens ------------------------------------------------------------------------------------------

local function is_symbol(tokens, i, text) return tokens[i] and tokens[i].kind == "symbol" and tokens[i].text == text end
local function is_word(tokens, i, text) return tokens[i] and tokens[i].kind == "keyword" and tokens[i].text == text end
local function is_name(tokens, i, text) return tokens[i] and tokens[i].kind == "name" and tokens[i].text == text end

local function is_open(tokens, i) return is_symbol(tokens, i, "(") or is_symbol(tokens, i, "[") or is_symbol(tokens, i, "{") end
local function is_close(tokens, i) return is_symbol(tokens, i, ")") or is_symbol(tokens, i, "]") or is_symbol(tokens, i, "}") end

local known_tokens = {}

local function tokens_of(fn)
  known_tokens[fn] = known_tokens[fn] or native.function_tokens(fn)
  return known_tokens[fn]
end

-- opens[i]: the bracket that the one at i closes; closes[i]: where the one at i is closed; commas[i]: the last comma
-- that stands in it and in no other.
local function pair_brackets(read)
  local open = {}
  read.opens, read.closes, read.commas = {}, {}, {}
  for i in ipairs(read.tokens) do
    if is_open(read.tokens, i) then
      open[#open + 1] = i
    elseif is_close(read.tokens, i) then
      local first = table.remove(open)
      read.opens[i], read.closes[first or 0] = first, i
    elseif is_symbol(read.tokens, i, ",") and #open > 0 then
      read.commas[open[#open]] = i
    end
  end
end

-- The function as it is read: its tokens, the names of its parameters and locals, and the constants of the file it knows.
local function read_function(fn)
  local tokens = tokens_of(fn)
  local read = { fn = fn, tokens = tokens, parameters = {}, locals = {}, constants = {} }
  local i = 1
  while tokens[i] and not is_symbol(tokens, i, "(") do i = i + 1 end
  while tokens[i] and not is_symbol(tokens, i, ")") do
    if tokens[i].kind == "name" then read.parameters[tokens[i].text] = true end
    i = i + 1
  end
  for k = 1, 256 do
    local name, value = getupvalue(fn, k)
    if not name then break end
    local kind = type(value)
    if kind == "string" or kind == "number" or kind == "boolean" then read.constants[name] = value end
  end
  for k = 1, #tokens - 1 do
    if is_word(tokens, k, "local") and tokens[k + 1].kind == "name" then read.locals[tokens[k + 1].text] = true end
  end
  pair_brackets(read)
  return read
end

---- E1301: defaults -----------------------------------------------------------------------------------

-- The constant at i as people would read it, and where it ends; nil where something else stands.
local function constant_at(read, i)
  local tokens = read.tokens
  local token = tokens[i]
  if not token then return nil end
  if token.kind == "text" then return show(token.text), i end
  if token.kind == "number" then return token.text, i end
  if is_symbol(tokens, i, "-") and tokens[i + 1] and tokens[i + 1].kind == "number" then return "-" .. tokens[i + 1].text, i + 1 end
  if is_word(tokens, i, "true") or is_word(tokens, i, "false") then return token.text, i end
  if is_name(tokens, i, "exact") or is_name(tokens, i, "int") then
    local bracket = is_symbol(tokens, i + 1, "(") and 1 or 0
    local inner = tokens[i + 1 + bracket]
    if inner and inner.kind == "text" then return inner.text, i + 1 + 2 * bracket end
  end
  if token.kind == "name" and read.constants[token.text] ~= nil and not is_symbol(tokens, i + 1, "(") then
    return show(read.constants[token.text]), i
  end
end

local ends_operand = set "return or and then do else elseif if until while in ="
local compares = set "== ~= < > <= >="

-- Where the operand begins whose last token stands at i.
local function operand_start(read, i)
  local tokens = read.tokens
  while i > 0 do
    local token = tokens[i]
    if is_open(tokens, i) or token.kind == "keyword" and ends_operand[token.text]
      or token.kind == "symbol" and (token.text == "=" or token.text == "," or token.text == ";") then
      return i + 1
    end
    i = (read.opens[i] or i) - 1
  end
  return 1
end

-- Does the operand say something of a value the function is given, other than whether it is so?
local function is_given(read, first, last)
  local tokens, found, depth = read.tokens, false, 0
  for i = first, last do
    local token = tokens[i]
    if is_open(tokens, i) then depth = depth + 1 end
    if is_close(tokens, i) then depth = depth - 1 end
    if depth == 0 and (token.kind == "symbol" and compares[token.text] or is_word(tokens, i, "not")) then return false end
    if token.kind == "name" and (read.parameters[token.text] or read.locals[token.text])
      and not is_symbol(tokens, i - 1, ".") then
      found = true
    end
  end
  return found
end

-- `x`, `x ~= nil`: the operand asks whether there is a value.
local function asks_for_value(read, first, last)
  local tokens = read.tokens
  if not read.parameters[tokens[first].text] or tokens[first].kind ~= "name" then return false end
  return last == first or last == first + 2 and is_symbol(tokens, first + 1, "~=") and is_word(tokens, last, "nil")
end

-- `(x or "") .. y`: nothing is no part of a text that is put together, and stands in for none.
local function is_part_of_text(tokens, first, last)
  return is_symbol(tokens, first - 1, "(") and is_symbol(tokens, last + 1, ")")
    and (is_symbol(tokens, first - 2, "..") or is_symbol(tokens, last + 2, ".."))
end

-- `… or "x"`; `a and b or "x"` chooses, unless all that a asks is whether there is a value.
local function default_behind_or(read, i)
  local tokens = read.tokens
  local constant, last = constant_at(read, i + 1)
  if not constant then return nil end
  if is_symbol(tokens, last + 1, "[") or is_symbol(tokens, last + 1, ".") then return nil end
  local first = operand_start(read, i - 1)
  if constant == '""' and is_part_of_text(tokens, first, last) then return nil end
  if is_word(tokens, first - 1, "and") then
    local start = operand_start(read, first - 2)
    return asks_for_value(read, start, first - 2) and constant or nil
  end
  return is_given(read, first, i - 1) and constant or nil
end

-- coalesce(…, "x")
local function default_in_coalesce(read, i)
  local comma, close = read.commas[i + 1], read.closes[i + 1]
  if not is_symbol(read.tokens, i + 1, "(") or is_symbol(read.tokens, i - 1, ".") or not comma then return nil end
  local constant, last = constant_at(read, comma + 1)
  return constant and last + 1 == close and constant or nil
end

-- `not x` or `x == nil` at i; where it ends.
local function nil_test(read, i)
  local tokens = read.tokens
  local function parameter(k) return tokens[k] and tokens[k].kind == "name" and read.parameters[tokens[k].text] end
  if is_word(tokens, i, "not") and parameter(i + 1) then return i + 1 end
  if parameter(i) and is_symbol(tokens, i + 1, "==") and is_word(tokens, i + 2, "nil") then return i + 2 end
end

-- `if x == nil then return "x"`, and nothing else is asked.
local function default_behind_if(read, i)
  local tokens = read.tokens
  local last = nil_test(read, i + 1)
  while last and (is_word(tokens, last + 1, "and") or is_word(tokens, last + 1, "or")) do last = nil_test(read, last + 2) end
  if last and is_word(tokens, last + 1, "then") and is_word(tokens, last + 2, "return") then
    local constant, ends = constant_at(read, last + 3)
    local follows = constant and tokens[ends + 1]
    return follows and follows.kind == "keyword" and constant or nil
  end
end

local function lint_defaults(field, fn)
  local read = read_function(fn)
  local tokens = read.tokens
  for i = 1, #tokens do
    local constant
    if is_word(tokens, i, "or") then constant = default_behind_or(read, i) end
    if is_word(tokens, i, "if") or is_word(tokens, i, "elseif") then constant = default_behind_if(read, i) end
    if is_name(tokens, i, "coalesce") then constant = default_in_coalesce(read, i) end
    if constant then
      say("E1301", field.at, fn, tokens[i], format("%s stands in where there is no value, and no decision says so", constant))
    end
  end
end

---- E1302: ids ----------------------------------------------------------------------------------------

local folds = { { "upper", '"a1" and "A1"' }, { "lower", '"A1" and "a1"' }, { "trim", '"A1" and " A1"' } }

local function lint_id(field)
  local fold = field.type_name == "id" and folds[field.fold]
  if fold then say("E1302", field.at, nil, nil, format("fold = %s makes one id of %s", fold[1], fold[2])) end
end

---- E1303: numbers ------------------------------------------------------------------------------------

local function lint_numbers(at, fn)
  local tokens = tokens_of(fn)
  local floors, depth = {}, 0
  for i = 1, #tokens do
    if is_open(tokens, i) then
      depth = depth + 1
      floors[depth] = floors[depth - 1] or is_symbol(tokens, i, "(") and is_name(tokens, i - 1, "floor")
    elseif is_close(tokens, i) then
      depth = depth - 1
    end
    local token = tokens[i]
    if token.kind == "number" and tonumber(token.text) % 1 ~= 0 then
      say("E1303", at, fn, token, format("%s is a binary fraction near that", token.text),
          { help = format('write exact "%s", and make a decimal of what it meets', token.text) })
    elseif is_symbol(tokens, i, "/") and not floors[depth] then
      say("E1303", at, fn, token, "what / gives is a binary fraction, and decimals refuse it")
    end
  end
end

---- E1304: patterns -----------------------------------------------------------------------------------

local WIDE_MAX = 2

-- The repetition at i: is it without end, does it give back what it took, and where does what follows begin?
local function repetition_at(pattern, i)
  local _, last = find(pattern, "^%{%d*,%d*%}", i)
  local first = sub(pattern, i, i)
  local is_endless = first == "*" or first == "+"
  if last then
    is_endless = find(pattern, "^%{%d*,%}", i) ~= nil
  elseif first == "*" or first == "+" or first == "?" then
    last = i
  else
    return false, i
  end
  local mode = sub(pattern, last + 1, last + 1)
  if mode == "+" then return false, last + 2 end
  return is_endless, mode == "?" and last + 2 or last + 1
end

-- Where the item at i ends: a class, what a backslash makes of the next, or one byte.
local function item_end(pattern, i)
  local c = sub(pattern, i, i)
  if c == "\\" then
    if sub(pattern, i + 1, i + 1) ~= "Q" then return i + 1 end
    local _, last = find(pattern, "\\E", i, true)
    return last or #pattern
  end
  if c ~= "[" then return i end
  local k = i + 1
  if sub(pattern, k, k) == "^" then k = k + 1 end
  if sub(pattern, k, k) == "]" then k = k + 1 end
  while k <= #pattern and sub(pattern, k, k) ~= "]" do
    local _, named = find(pattern, "^%[:%a+:%]", k)
    k = named and named + 1 or k + (byte(pattern, k) == 92 and 2 or 1)
  end
  return k
end

-- How many repetitions of anything there are, and whether one without end is all that another one repeats: (a+)+
local function measure(pattern)
  local wide, nested, i = 0, false, 1
  local groups = { {} } -- the open ones: how many items they have, and whether one of them has no end
  while i <= #pattern do
    local c = sub(pattern, i, i)
    local is_endless, group
    if c == "(" then
      groups[#groups + 1] = {}
      local _, head = find(pattern, "^%(%?[<P]?[%w_=!<>:|>-]*", i)
      i = head and head + 1 or i + 1
    else
      group = c == ")" and #groups > 1 and table.remove(groups) or nil
      is_endless, i = repetition_at(pattern, (group and i or item_end(pattern, i)) + 1)
      nested = nested or is_endless and group and group.is_endless and group.count == 1
      if is_endless and c == "." then wide = wide + 1 end
      local around = groups[#groups]
      around.count, around.is_endless = (around.count or 0) + 1, around.is_endless or is_endless
    end
  end
  return wide, nested
end

local function lint_pattern(at, fn, token, pattern)
  if native.pattern_fault(pattern) then return end
  local wide, nested = measure(pattern)
  if nested then
    say("E1304", at, fn, token, format("a repetition inside another: %s", show(pattern)))
  elseif wide > WIDE_MAX then
    say("E1304", at, fn, token, format("%d repetitions of anything: %s", wide, show(pattern)))
  end
end

local takes_pattern = set "match find replace"

-- match(text, "…"): constants only.
local function lint_patterns_of(at, fn)
  local tokens, depth = tokens_of(fn), 0
  local calls = {} -- of the open brackets: the number of the argument, where patterns are taken
  for i = 1, #tokens do
    if is_open(tokens, i) then
      depth = depth + 1
      local name = tokens[i - 1]
      calls[depth] = is_symbol(tokens, i, "(") and name and name.kind == "name" and takes_pattern[name.text]
        and not is_symbol(tokens, i - 2, ".") and 1 or nil
    elseif is_close(tokens, i) then
      depth = depth - 1
    elseif is_symbol(tokens, i, ",") and calls[depth] then
      calls[depth] = calls[depth] + 1
    elseif tokens[i].kind == "text" and calls[depth] == 2 and is_symbol(tokens, i - 1, ",") then
      lint_pattern(at, fn, tokens[i], tokens[i].text)
    end
  end
end

---- all of it ------------------------------------------------------------------------------------------

-- A function and those of the file that it calls, each once.
local function lint_function(at, fn, seen)
  if seen[fn] then return end
  seen[fn] = true
  lint_numbers(at, fn)
  lint_patterns_of(at, fn)
  for k = 1, 256 do
    local name, value = getupvalue(fn, k)
    if not name then break end
    if type(value) == "function" and getinfo(value, "S").what ~= "C" then lint_function(at, value, seen) end
  end
end

local function lint_field(entity, field, is_decided, seen)
  is_decided = is_decided or #field.decisions > 0
  if not is_decided then lint_id(field) end
  for _, fn in pairs { field.value.by, field.map_key, field.map_value } do
    if not is_decided then lint_defaults(field, fn) end
    lint_function(field.at, fn, seen)
  end
  for _, entry in ipairs(field.patterns and field.patterns.entries or {}) do
    lint_pattern(shared.place_of_entry(field.def.patterns, entry.from, field.at, "patterns"), nil, nil, entry.from)
  end
  for _, member_field in pairs(field.members or {}) do lint_field(entity, member_field, is_decided, seen) end
end

-- plan: whole, without a fault.
function shared.lint(plan)
  local seen = {}
  for _, entity in ipairs(plan.entities) do
    for _, field in pairs(entity.fields) do lint_field(entity, field, false, seen) end
    for _, list in ipairs { entity.skips, entity.rejects, entity.decisions } do
      for _, named in ipairs(list) do
        local value = named.value or named.touches
        if value and value.by then lint_function(named.at or { file = value.file, line = value.line, where = entity.name }, value.by, seen) end
      end
    end
    for _, invariant in ipairs(entity.invariants) do
      if invariant.fn then
        lint_function({ file = invariant.file, line = invariant.line, where = entity.name .. ".invariants." .. invariant.name },
                      invariant.fn, seen)
      end
    end
  end
end
