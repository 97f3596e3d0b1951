-- masks.lua: which values no message, report or log may show.
--
-- A field that says mask = true masks the columns it is made from. Whatever reads one of those, or another
-- masked field, is quiet: its faults show hashes in place of values and of what its functions say.

local _, _, shared = ...

local fault, sorted_keys = shared.fault, shared.sorted_keys
local COLUMN, SOURCE, FIELD = shared.COLUMN, shared.SOURCE, shared.FIELD
local format = string.format

local function set_of(list)
  local names = {}
  for _, name in ipairs(list) do names[name] = true end
  return names
end

---- columns ---------------------------------------------------------------------------------------

-- Rows are named by their keys, in every report.
local function names_rows(source, column)
  if source.word == "reference" then return false end
  return set_of(source.key)[column] or set_of(source.parent)[column]
end

local function mask_column(field, source, column)
  if names_rows(source, column) then
    fault("E1004", shared.spot(field.at, "mask"),
          format('"%s" is a key of %s and cannot be masked: every report names rows by it', column, source.name))
  end
  source.masked[column] = true
end

-- A function is given whole rows, and with them those below: any of their columns may be what it reads.
local function mask_source(source)
  local known_by = set_of(source.word == "table" and source.key or source.parent)
  for column in pairs(source.used) do
    if not known_by[column] then source.masked[column] = true end
  end
  for _, below in pairs(source.below) do mask_source(below) end
end

local function mask_inputs(field)
  for _, input in ipairs(field.value.inputs) do
    if input.kind == COLUMN then mask_column(field, input.source, input.column) end
    if input.kind == SOURCE then mask_source(input.source) end
  end
  if field.type_name == "map" and field.list_source then mask_source(field.list_source) end
end

local function mask_members(fields, is_masked)
  for _, field in pairs(fields) do
    field.is_masked = field.is_masked or is_masked
    if field.is_masked then mask_inputs(field) end
    if field.members then mask_members(field.members, field.is_masked) end
  end
end

---- what reads them -------------------------------------------------------------------------------

-- Of the source, or of those below, to which its rows lead.
local function has_masked(source)
  if next(source.masked) then return true end
  for _, below in pairs(source.below) do
    if has_masked(below) then return true end
  end
  return false
end

local function reads_masked(value, scope)
  for _, input in ipairs(value.inputs) do
    if input.kind == COLUMN and input.source.masked[input.column] then return true end
    if input.kind == SOURCE and has_masked(input.source) then return true end
    if input.kind == FIELD then
      local at = scope
      for _ = 1, input.up do at = at.outer end
      local other = at.fields[input.field + 1]
      if other and other.is_quiet then return true end
    end
  end
  return false
end

-- In the order of dependence, so that what a field names is settled before it.
local function settle(fields, order, outer)
  local scope = { fields = fields, outer = outer }
  for _, index in ipairs(order or {}) do
    local field = fields[index + 1]
    local list = field.type_name == "map" and field.list_source
    field.value.is_quiet = field.is_masked or reads_masked(field.value, scope) or list and has_masked(list) or false
    field.is_quiet = field.value.is_quiet
    if field.members then
      settle(field.members, field.member_order, field.type_name == "object" and scope or nil)
      for _, inner in pairs(field.members) do field.is_quiet = field.is_quiet or inner.is_quiet end
    end
  end
  return scope
end

function shared.finish_masks(entity)
  mask_members(entity.fields, false)
  local scope = settle(entity.fields, entity.order)
  for _, list in ipairs { entity.skips, entity.rejects } do
    for _, named in ipairs(list) do
      if named.value then named.value.is_quiet = reads_masked(named.value, scope) end
    end
  end
  for _, decision in ipairs(entity.decisions) do
    if decision.touches then decision.touches.is_quiet = reads_masked(decision.touches, scope) end
  end
  for _, field in pairs(entity.fields) do
    for _, invariant in ipairs(field.is_quiet and entity.invariants or {}) do invariant.is_quiet = true end
  end
  for _, source in ipairs(entity.sources) do source.masked_list = sorted_keys(source.masked) end
end
