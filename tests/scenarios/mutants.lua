-- mutants.lua: rule files with one thing changed, and which parts engine diff must name then: those, and no others.
--
--   luajit mutants.lua ENGINE FOLDER RULES…
--
-- A rule file is cut by its layout into the blocks of its parts; every text, number and operator in a block is changed in turn.
-- Which part that is about is known from the text alone: what is changed stands in its block, or in a constant that the block
-- mentions. Mutants that do not load are left out. Prints a line a file, and what was named wrongly.

local engine, folder = arg[1], arg[2]

local function read(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

---- blocks ---------------------------------------------------------------------------------------

local sections = { source = "source", decisions = "decisions", fields = "fields", skip_when = "skip_when", reject_when = "reject_when",
                   invariants = "invariants", queries = "queries", examples = false }

-- { { first, last, part } } by byte offsets; part false: nothing here counts; nil: not told apart, and left alone.
local function blocks_of(text)
  local blocks, entity, section, at = {}, nil, nil, 1
  local function open(part) blocks[#blocks + 1] = { first = at, part = part } end
  for line, ending in text:gmatch("([^\n]*)(\n?)") do
    if ending == "" and line == "" then break end
    local constant = line:match("^local ([A-Z_]+)%s*=")
    local name = line:match("^      ([A-Za-z_]+)%s*=") or line:match('^      %["([^"]+)"%]%s*=')
    local head = line:match("^    ([a-z_]+)%s*=%s*{")
    if constant then open { constant = constant }
    elseif line:match("^return ") or line:match("^}") then open(nil)
    elseif line:match("^  system%s*=") then open("migration.system")
    elseif line:match("^  %a+%s*=") then open(nil)
    elseif line:match('^  entity "') then entity, section = line:match('"(.-)"'), nil; open(nil)
    elseif head and sections[head] ~= nil then section = head; open(sections[head] and nil or false)
    elseif line:match("^    }") or line:match("^  }") then section = nil; open(nil)
    elseif section and sections[section] and name then open(entity .. "." .. section .. "." .. name) end
    at = at + #line + #ending
    if #blocks > 0 then blocks[#blocks].last = at - 1 end
  end
  return blocks
end

---- tokens ---------------------------------------------------------------------------------------

-- { { first, last, kind, text, before } }: comments are no tokens. before: the name in front of the =.
local function tokens_of(text)
  local tokens, at, name = {}, 1, nil
  local ignore_depth, depth = nil, 0
  local function add(kind, first, last)
    tokens[#tokens + 1] = { kind = kind, first = first, last = last, text = text:sub(first, last), name = name, ignored = ignore_depth ~= nil }
    at = last + 1
  end
  while at <= #text do
    local rest = text:sub(at, at + 200)
    if rest:match("^%s") then at = at + #rest:match("^%s+")
    elseif rest:match("^%-%-") then at = (text:find("\n", at, true) or #text) + 1
    elseif rest:match("^%[%[") then add("text", at, select(2, text:find("]]", at, true)))
    elseif rest:match('^["\']') then add("text", at, text:find(rest:sub(1, 1), at + 1, true))
    elseif rest:match("^%d") then add("number", at, at + #rest:match("^[%d.]+") - 1)
    elseif rest:match("^[%a_]") then
      local word = rest:match("^[%w_]+")
      local is_named = text:find("^%s*=[^=]", at + #word)
      add("word", at, at + #word - 1)
      if is_named then name = word end
    else
      local symbol = rest:match("^[=~<>]=") or rest:match("^%.%.%.?") or rest:sub(1, 1)
      if symbol == "{" then
        depth = depth + 1
        if name == "ignore" and not ignore_depth then ignore_depth = depth end
      elseif symbol == "}" then
        if ignore_depth == depth then ignore_depth = nil end
        depth = depth - 1
      end
      add("symbol", at, at + #symbol - 1)
    end
  end
  return tokens
end

local others = { ["=="] = "~=", ["~="] = "==", ["<"] = "<=", ["<="] = "<", [">"] = ">=", [">="] = ">", ["+"] = "-", ["*"] = "+",
                 ["and"] = "or", ["or"] = "and", ["not"] = "", upper = "lower", lower = "upper", starts = "ends", last = "first",
                 ["nil"] = "false", ["true"] = "false", int = "decimal", sum = "max" }
local aside = { because = true, owner = true, decided = true, review_by = true }

-- What stands there instead, or nil. values: other texts of the file that would do, so that a mapping still maps.
local function mutations(token, values)
  if token.kind == "number" then return { tostring(tonumber(token.text) + 1) } end
  if token.kind ~= "text" then return { others[token.text] } end
  if token.text:sub(1, 2) == "[[" then return { token.text:sub(1, -3) .. " -- more ]]" } end
  local list = { (token.text:sub(1, -2) .. "_x" .. token.text:sub(-1)) }
  for _, value in ipairs(values) do
    if value ~= token.text then list[#list + 1] = value break end
  end
  return list
end

---- mutants --------------------------------------------------------------------------------------

-- The parts whose blocks mention the name.
local function mentioning(text, blocks, name)
  local parts = {}
  for _, block in ipairs(blocks) do
    if type(block.part) == "string" then
      for _, token in ipairs(tokens_of(text:sub(block.first, block.last))) do
        if token.kind == "word" and token.text == name then parts[#parts + 1] = block.part break end
      end
    end
  end
  return parts
end

local function block_at(blocks, place)
  for _, block in ipairs(blocks) do
    if block.first <= place and place <= (block.last or 0) then return block end
  end
end

local function expected(text, blocks, token, instead)
  local block = block_at(blocks, token.first)
  if not block or block.part == nil then return nil end
  if token.kind == "text" and text:sub(block.first, token.first - 1):match("^      %[$") then -- its own name
    local parts = { block.part, block.part:match("^.-%..-%.") .. instead:sub(2, -2) }
    table.sort(parts)
    return parts
  end
  if block.part == false or token.ignored and token.kind == "text" then return {} end
  if aside[token.name] and token.kind == "text" then return {} end
  local parts = type(block.part) == "table" and mentioning(text, blocks, block.part.constant) or { block.part }
  table.sort(parts)
  return parts
end

-- A decision goes, and with it that fields rest on it.
local function drop_decision(text, blocks, block)
  local id = block.part:match("%.decisions%.(.+)$")
  local parts = { block.part }
  local use = 'decision = "' .. id .. '",?%s*'
  for _, other in ipairs(blocks) do
    if type(other.part) == "string" and other.part:match("%.fields%.") and text:sub(other.first, other.last):match(use) then
      parts[#parts + 1] = other.part
    end
  end
  table.sort(parts)
  local dropped = text:sub(1, block.first - 1) .. text:sub(block.last + 1)
  return (dropped:gsub(use, "")), parts
end

local function each_mutant(text, try)
  local blocks, tokens = blocks_of(text), tokens_of(text)
  local values = {}
  for _, token in ipairs(tokens) do
    if token.kind == "text" and token.text:match('^"[A-Z_]+"$') then values[#values + 1] = token.text end
  end
  for _, token in ipairs(tokens) do
    for _, instead in ipairs(mutations(token, values)) do
      local parts = expected(text, blocks, token, instead)
      if parts then try(text:sub(1, token.first - 1) .. instead .. text:sub(token.last + 1), parts, token.text .. " -> " .. instead) end
    end
  end
  for _, block in ipairs(blocks) do
    if type(block.part) == "string" and block.part:match("%.decisions%.") then
      local dropped, parts = drop_decision(text, blocks, block)
      try(dropped, parts, block.part .. " dropped")
    end
  end
  try((text:gsub("\n", "\n\n-- a note\n", 1)), {}, "a comment")
  try((text:gsub("%[%[.-%]%]", function(sql) return (sql:gsub("\n", "\0")) end):gsub("\n      ", "\n          "):gsub("%z", "\n")), {},
      "other blanks")
end

---- what diff says -------------------------------------------------------------------------------

local function named_by(base, mutant, output)
  local status = os.execute(string.format("'%s' diff '%s' '%s' --json > '%s' 2> '%s.err'", engine, base, mutant, output, output))
  local json = read(output)
  if json == "" then return nil, status end
  local parts = {}
  for part in json:match('"changed":%[(.-)%],"unchanged"'):gmatch('{"part":"(.-)","change":') do parts[#parts + 1] = part end
  table.sort(parts)
  return parts, status
end

-- Of what must not be named fewer are enough.
local SILENT_STEP = 12
local total, wrong, silent, offered = 0, 0, 0, 0
for i = 3, #arg do
  local base, count = arg[i], 0
  local home = base:match("^(.*)/")
  each_mutant(read(base), function(text, parts, what)
    local mutant = home .. "/mutant.lua"
    if #parts == 0 then
      offered = offered + 1
      if offered % SILENT_STEP ~= 1 then return end
    end
    write(mutant, text)
    local named, status = named_by(base, mutant, folder .. "/named")
    if not named then return end
    count = count + 1
    if #parts == 0 then silent = silent + 1 end
    local is_status = (status == 0) == (#named == 0)
    if table.concat(named, " ") ~= table.concat(parts, " ") or not is_status then
      wrong = wrong + 1
      print(string.format("%s: %s: named [%s], not [%s], status %s", base, what, table.concat(named, " "), table.concat(parts, " "), status))
    end
  end)
  os.remove(home .. "/mutant.lua")
  print(string.format("%s: %d mutants", base, count))
  total = total + count
end
print(string.format("mutants %d wrong %d silent %d", total, wrong, silent))
