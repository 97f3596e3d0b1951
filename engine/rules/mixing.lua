-- mixing.lua: values of different kinds where a function mixes them. Lua makes a number of a text that
-- is added ("0x10" + 1 is 17), a short text of a large number that is appended to one, and calls 1 and
-- "1" different: all without a word. What a column is, its source says; so what can be told from the
-- names a function gives its columns is refused before a row is read.

local native, _, shared = ...

local info = shared.info
local fault, COLUMN, SOURCE = shared.fault, shared.COLUMN, shared.SOURCE
local format, sub, getinfo = string.format, string.sub, debug.getinfo

local set = shared.set

local arithmetic, equality = set "+ - * / % ^", set "== ~="
local binds = set "+ - * / % ^ .. # not"     -- what binds closer than a comparison
local continues = set ". : [ ( {"            -- what makes something else of the name in front of it
local walkers = set "first last any all count filter each sum min max sort_by"

---- what names stand for ----------------------------------------------------------------------------

-- By the numbers of column types in sources.lua; a kind that is not here is not judged.
local kind_of_type = { [0] = "text", "number", "decimal", "boolean", "text", "text" }
local kind_of_field = { id = "text", ref = "text", text = "text", enum = "text", instant = "text", date = "text",
                        integer = "number", decimal = "decimal", boolean = "boolean" }

local function column_kind(source, column)
  if source.below[column] then return nil end -- a list
  local given = source.types[column]
  if given then return kind_of_type[given.kind] end
  local types = source.def.types
  if type(types) == "table" and types[column] ~= nil then return nil end
  return "text"
end

local function field_kind(def)
  local about = type(def) == "table" and info[def]
  return about and kind_of_field[about.word]
end

local function row_of(source)
  return { column = function(column) return column_kind(source, column) end }
end

-- What a parameter stands for: { kind }, { column = function }, or { row }, a list of such; or nil.
local function meaning(input)
  if input.kind == COLUMN then return { kind = column_kind(input.source, input.column) } end
  if input.kind == SOURCE then
    local row = row_of(input.source)
    return input.source.word == "children" and { row = row } or row
  end
  return { kind = field_kind(input.def) }
end

-- What helpers give, where it is always the same. Numbers that .. writes in full are not among them.
local kind_of_call = { int = "number", exact = "decimal" }
for name in next, set [[ upper lower trim slice replace join tostring unicode_upper unicode_lower nfc add_seconds ]] do
  kind_of_call[name] = "text"
end

---- what a function calls by those names -------------------------------------------------------------

-- The names in parentheses at i, and where those end.
local function read_names(tokens, i)
  local names = {}
  i = i + 1
  while tokens[i] and tokens[i].text ~= ")" do
    if tokens[i].kind == "name" then names[#names + 1] = tokens[i].text end
    i = i + 1
  end
  return names, i
end

local function open_of(tokens, i)
  while tokens[i] and tokens[i].text ~= "(" do i = i + 1 end
  return i
end

-- NAME, NAME … from i; where the list ends.
local function read_list(tokens, i)
  local names = {}
  while tokens[i] and tokens[i].kind == "name" do
    names[#names + 1] = tokens[i].text
    i = i + 1
    if not tokens[i] or tokens[i].text ~= "," then break end
    i = i + 1
  end
  return names, i
end

local function at_text(tokens, i) return tokens[i] and tokens[i].kind ~= "text" and tokens[i].text or "" end

-- The list in `walker(LIST, function`, whose word function stands at i.
local function walked_by(tokens, i)
  if at_text(tokens, i - 1) == "," and at_text(tokens, i - 3) == "(" and walkers[at_text(tokens, i - 4)]
    and at_text(tokens, i - 5) ~= "." then
    return at_text(tokens, i - 2)
  end
end

-- The list in `in ipairs(LIST) do`, whose word in stands at i.
local function walked_in(tokens, i)
  if at_text(tokens, i) == "in" and at_text(tokens, i + 1) == "ipairs" and at_text(tokens, i + 2) == "("
    and at_text(tokens, i + 4) == ")" and at_text(tokens, i + 5) == "do" then
    return at_text(tokens, i + 3)
  end
end

-- name -> every meaning it is given anywhere in the function: a meaning, { each = list } or false.
local function read_declarations(tokens, parameters)
  local given = {}
  local function declare(name, what)
    given[name] = given[name] or {}
    given[name][#given[name] + 1] = what
  end
  local names, i = read_names(tokens, open_of(tokens, 1))
  for k, name in ipairs(names) do declare(name, parameters[k] or false) end
  while tokens[i] do
    local text = at_text(tokens, i)
    local list, after = {}, nil
    if text == "function" then
      local each = walked_by(tokens, i)
      if tokens[i + 1].kind == "name" then declare(tokens[i + 1].text, false) end
      list = read_names(tokens, open_of(tokens, i))
      for k, name in ipairs(list) do declare(name, k == 1 and each and { each = each } or false) end
    elseif text == "for" then
      list, after = read_list(tokens, i + 1)
      local each = walked_in(tokens, after)
      for k, name in ipairs(list) do declare(name, k == 2 and each and { each = each } or false) end
    elseif text == "local" then
      for _, name in ipairs((read_list(tokens, i + 1))) do declare(name, false) end
    elseif tokens[i].kind == "name" and at_text(tokens, i - 1) ~= "." then
      list, after = read_list(tokens, i)
      if at_text(tokens, after) == "=" and at_text(tokens, i - 1) ~= "{" then
        for _, name in ipairs(list) do declare(name, false) end
      end
    end
    i = i + 1
  end
  return given
end

-- The one thing a name means throughout the function, or nil.
local function only(names, name)
  local list = names[name]
  if not list or #list ~= 1 then return nil end
  local what = list[1]
  if not what or not what.each then return what or nil end
  local walked = names[what.each]
  return walked and #walked == 1 and walked[1] and walked[1].row or nil
end

---- where they are mixed ---------------------------------------------------------------------------

local noun = { text = "a text", number = "a number", decimal = "a decimal", boolean = "a boolean" }

local function literal_kind(token)
  if not token then return nil end
  if token.kind == "text" or token.kind == "number" then return token.kind end
  return (token.text == "true" or token.text == "false") and "boolean" or nil
end

-- Where the bracket closes that opens at i.
local function close_of(tokens, i)
  local depth = 0
  for k = i, #tokens do
    local text = at_text(tokens, k)
    if text == "(" or text == "[" or text == "{" then depth = depth + 1 end
    if text == ")" or text == "]" or text == "}" then depth = depth - 1 end
    if depth == 0 then return k end
  end
end

-- The kind of the name at i, alone, with its column or as a call, how it is written, and where it ends.
local function named_at(tokens, i, given)
  if tokens[i].kind ~= "name" or at_text(tokens, i - 1) == "." or at_text(tokens, i - 1) == ":" then return nil end
  local name, what, last = tokens[i].text, only(given.names, tokens[i].text), i
  if given.globals[name] and not given.names[name] and at_text(tokens, i + 1) == "(" then
    what, last, name = { kind = kind_of_call[name] }, close_of(tokens, i + 1), name .. "(…)"
  end
  if not what or not last then return nil end
  local kind = what.kind
  if what.column and at_text(tokens, i + 1) == "." and tokens[i + 2] then
    last = i + 2
    kind, name = what.column(tokens[last].text), name .. "." .. tokens[last].text
  end
  local following = tokens[last + 1]
  if following and (following.kind == "text" or continues[at_text(tokens, last + 1)]) then return nil end
  return kind, name, last
end

local function operand_kind(tokens, i, given)
  if not tokens[i] then return nil end
  local literal = literal_kind(tokens[i])
  if literal then return literal, i end
  local kind, _, last = named_at(tokens, i, given)
  return kind, last
end

-- What stands on the other side of == or ~=, where that is a single value. A name on the left is
-- judged where it stands itself.
local function compared_with(tokens, first, last, given)
  if equality[at_text(tokens, last + 1)] and not binds[at_text(tokens, first - 1)] then
    local other, ends = operand_kind(tokens, at_text(tokens, last + 2) == "-" and last + 3 or last + 2, given)
    if other and not binds[at_text(tokens, ends + 1)] then return other end
  elseif equality[at_text(tokens, first - 1)] and not binds[at_text(tokens, last + 1)] then
    if not binds[at_text(tokens, first - 3)] then return literal_kind(tokens[first - 2]) end
  end
end

local function equal_help(name, kind)
  if kind == "decimal" then return format("write equal(%s, …), or make both decimals with exact", name) end
  return format("compare it with %s, or give the column a type", noun[kind])
end

-- Of the name from first to last: what is wrong, and what to do.
local function judge(tokens, first, last, name, kind, given)
  local left, right = at_text(tokens, first - 1), at_text(tokens, last + 1)
  if left == "#" or left == "not" then return nil end
  local operator = arithmetic[right] and right or arithmetic[left] and left
  if operator then
    if kind ~= "text" then return nil end
    return format("%s is a text, and %s would make a number of it", name, operator),
           format("write int(%s) or exact(%s), or give the column a type", name, name)
  end
  if left == ".." or right == ".." then
    if kind ~= "number" then return nil end
    return format("%s is a number, and .. would write 123456789012345 as 1.2345678901235e+14", name),
           format("write tostring(%s)", name)
  end
  local other = compared_with(tokens, first, last, given)
  if other and other ~= kind then
    return format("%s is %s and never equals %s", name, noun[kind], noun[other]), equal_help(name, kind)
  end
end

local function check(at, fn, parameters)
  local tokens = native.function_tokens(fn)
  if #tokens == 0 then return end
  local _, globals = native.function_text(fn)
  local given = { names = read_declarations(tokens, parameters), globals = globals }
  for i = 1, #tokens do
    local kind, name, last = named_at(tokens, i, given)
    local message, help
    if kind then message, help = judge(tokens, i, last, name, kind, given) end
    if message then
      fault("E1020", { file = sub(getinfo(fn, "S").source, 2), line = tokens[i].line, where = at.where,
                       field = at.field }, message, { help = help })
    end
  end
end

-- fn is given these inputs, in their order.
function shared.check_mixing(context, inputs, fn)
  local parameters = {}
  for k, input in ipairs(inputs) do parameters[k] = meaning(input) end
  check(context.at, fn, parameters)
end

-- fn is given a row of this source.
function shared.check_row_mixing(context, source, fn)
  check(context.at, fn, { row_of(source) })
end

-- fn is given a record of these fields.
function shared.check_record_mixing(at, defs, fn)
  check(at, fn, { { column = function(name) return field_kind(defs[name]) end } })
end
