-- answers.lua: what the columns of a query's answer hold of legacy's own columns.
--
-- Legacy's answer goes through the field's own rule, and a rule reads columns of legacy. So each column of the answer holds
-- one of those, as legacy keeps it: the one that its field is made of, or, of several, the one that no other column holds.

local _, _, shared = ...

local fault = shared.fault
local COLUMN, SOURCE, FIELD = shared.COLUMN, shared.SOURCE, shared.FIELD
local format, concat = string.format, table.concat

---- what a field is made of ---------------------------------------------------------------------------

local function add_read(reads, source, column)
  local name = source.word == "table" and column or source.name .. "." .. column
  if reads[name] then return end
  reads[name] = { source = source, column = column, name = name }
  reads[#reads + 1] = reads[name]
end

-- A local time is no moment without its zone, which may stand in a column beside it.
local function add_column(reads, source, column)
  local about = source.types[column]
  add_read(reads, source, column)
  if about and about.row_zone then add_read(reads, source, about.row_zone.column) end
end

local function noun(field)
  return field.type_name == "object" and "an object" or field.type_name == "list" and "a list" or "a map"
end

-- Adds what the field reads, and of the record's own fields, in the order in which they are made, those it rests on and itself.
-- Returns why that is not columns alone, or nil.
local function add_reads(entity, field, is_inner, reads, steps)
  if field.members or field.list_source then return format("%s, which is no one value", noun(field)) end
  for _, input in ipairs(field.value.inputs) do
    if input.kind == SOURCE then return format("made of all that a row of %s has", input.source.name) end
    if input.kind == FIELD then
      if is_inner or input.up > 0 then return "made of another field beside it" end
      local other = entity.fields[input.field + 1]
      local why = other and add_reads(entity, other, false, reads, steps)
      if why then return format("made of %s, which is %s", other.name, why) end
    elseif input.column == "*" then
      return "made of whole rows"
    else
      add_column(reads, input.source, input.column)
    end
  end
  if not is_inner and not steps[field.name] then
    steps[field.name] = true
    steps[#steps + 1] = entity.field_index[field.name]
  end
end

---- which of them a column holds ------------------------------------------------------------------------

local function refuse(column, message, help)
  fault("E1022", column.at, format('column %s: field "%s" is %s', column.name, column.path, message), { help = help })
end

local function names_of(reads)
  local names = {}
  for i, read in ipairs(reads) do names[i] = read.name end
  return #names > 1 and concat(names, ", ", 1, #names - 1) .. " and " .. names[#names] or names[1]
end

-- name of what is held -> the columns that are known to hold it.
local function known_holders(columns)
  local holders = {}
  for _, column in ipairs(columns) do
    local name = column.own and column.own.name
    if name then
      holders[name] = holders[name] or {}
      table.insert(holders[name], column)
    end
  end
  return holders
end

-- Of what the column's field reads, that which no column holds: how much of it there is, and the last.
local function find_open(column, holders)
  local open, count = nil, 0
  for _, read in ipairs(column.reads) do
    if not holders[read.name] then open, count = read, count + 1 end
  end
  return open, count
end

-- Round by round, so that the columns' names make no difference: what one column turns out to hold may be what the next one lacked.
local function find_own(columns)
  local is_new
  repeat
    local holders = known_holders(columns)
    is_new = false
    for _, column in ipairs(columns) do
      if column.reads and not column.own then
        local open, count = find_open(column, holders)
        if count == 1 then column.own, is_new = open, true end
      end
    end
  until not is_new
  return known_holders(columns)
end

local function refuse_open(column, holders)
  local _, count = find_open(column, holders)
  refuse(column, format("made of %s, %s", names_of(column.reads), count > 0
           and "of which this column holds one; the others must be columns of their own"
           or "and other columns hold all of them"),
         count > 0 and 'let both answers return them, as in   created = field "createdAt"'
         or "take one of them out: what this column holds cannot be told")
end

local function settle(column, holders)
  column.cells = {}
  for _, read in ipairs(column.reads) do
    local others = holders[read.name]
    if read ~= column.own and #others > 1 then
      refuse(column, format("made of %s, and both %s and %s hold %s", names_of(column.reads), others[1].name, others[2].name, read.name),
             "leave one of them out: which is meant would be a guess")
    end
    column.cells[#column.cells + 1] = { read = read, from = (read == column.own and column or others[1]).index }
  end
end

-- Finds what each column holds; where that cannot be told, it is a fault.
function shared.read_answers(entity, columns)
  for index, column in ipairs(columns) do
    column.index = index - 1
    local reads, steps = {}, {}
    if column.field and column.field.value.whole ~= false then
      local why = add_reads(entity, column.field, column.outer ~= nil, reads, steps)
      if why then
        refuse(column, why, "let a field that is made of columns be compared, or ask with a query of its own")
      elseif #reads > 0 then
        column.reads, column.steps = reads, steps
      end
    end
  end
  local holders = find_own(columns)
  for _, column in ipairs(columns) do
    if column.own then settle(column, holders) elseif column.reads then refuse_open(column, holders) end
  end
end

-- Legacy is asked with its own word for a sampled value: what it holds in the one column the field is made of.
function shared.read_sampled(parameter)
  local field = parameter.field
  local inputs = field and field.value.inputs or {}
  if not field or field.value.whole == false then return end
  if field.members or field.list_source or #inputs ~= 1 or inputs[1].kind ~= COLUMN or inputs[1].column == "*" then
    fault("E1022", parameter.at, format('parameter %s: field "%s" is not made of one column', parameter.name, parameter.path),
          { help = "sample a field that is: legacy is asked with what that column holds" })
    return
  end
  parameter.read = { source = inputs[1].source, column = inputs[1].column }
end

---- indices, once every column is known ------------------------------------------------------------------

local function index_of(read) return read.source.index, read.source.column_index[read.column] end

local function place_of_member(entity, column)
  for index, inner in ipairs(column.outer.members) do
    if inner == column.field then return entity.field_index[column.outer.name], index - 1 end
  end
end

function shared.finish_answers(entity, query)
  for _, parameter in ipairs(query.params) do
    if parameter.read then parameter.source, parameter.column = index_of(parameter.read) end
    parameter.is_masked = parameter.field and parameter.field.is_quiet or false
  end
  for _, column in ipairs(query.columns) do
    if column.own then column.source, column.column = index_of(column.own) end
    if column.outer then column.outer_index, column.member_index = place_of_member(entity, column) end
    for _, cell in ipairs(column.cells or {}) do cell.source, cell.column = index_of(cell.read) end
    column.is_masked = column.field and column.field.is_quiet or false
  end
end
