-- sources.lua: what legacy's columns are: tables, keys, types, and which columns are read.

local native, environment, shared = ...

local info, word_of, poison = shared.info, shared.word_of, shared.poison
local fault, member, texts, sorted_keys = shared.fault, shared.member, shared.texts, shared.sorted_keys
local check_options, nearest, show = shared.check_options, shared.nearest, shared.show
local format, find, lower = string.format, string.find, string.lower

local set = shared.set

-- A place inside entity "name" { … }, with the line of its entry where it is written there.
local function place_in(entity, part, ...)
  local at = entity.at
  local line = native.locate(at.file, "entity", entity.record, entity.line, ...)
  return { file = at.file, line = line and line > 0 and line or at.line, where = at.where .. "." .. part,
           path = { "entity", entity.record, entity.line, n = 3 + select("#", ...), ... } }
end
shared.place_in = place_in

---- sources ---------------------------------------------------------------------------------------

local kinds = { table = 0, children = 1, reference = 2 }
local source_options = {
  table = set "key types null ignore",
  children = set "parent of key types null ignore",
  reference = set "key from optional types null ignore follow",
  query = set "key parent of tables types null ignore",
}
local TEXT, INT, DECIMAL, BOOLEAN, INSTANT, DATE, BYTES, JSON, PHP = 0, 1, 2, 3, 4, 5, 6, 7, 8
local bare_types = {}
for word, kind in next, { text = TEXT, decimal = DECIMAL, boolean = BOOLEAN, instant = INSTANT, date = DATE, bytes = BYTES, json = JSON,
  php = PHP } do
  bare_types[shared.words[word]] = kind
end
bare_types[rawget(environment, "int") or 0] = INT

-- What people call it.
function shared.noun(source)
  return source.query and format("the query of %s", source.name) or format('table "%s"', source.table)
end

-- The column is read. Schema or not, a column that is ignored is not also used.
local function use(source, column, at)
  if source.ignored[column] and not source.complained[column] then
    source.complained[column] = true
    fault("E1011", { file = at.file, line = at.line, where = at.where, field = column },
          format('column "%s" of %s is ignored and used', column, source.name),
          { help = "take it out of ignore, or do not use it" })
  end
  if source.known and not source.known[column] and not source.complained[column] then
    source.complained[column] = true
    fault("E1202", { file = at.file, line = at.line, where = at.where, field = column },
          format('%s has no column "%s"', shared.noun(source), column),
          { nearest = nearest(column, source.known_list) })
  end
  source.used[column] = true
end
shared.use_column = use

-- A function mentions a name behind a dot, and this source is among what it is given. It counts
-- where the column can exist; is_only: nothing else it is given could have been meant.
function shared.mention_column(source, column, at, is_only)
  if source.below[column] then return end
  if source.known and not source.known[column] then return end
  if source.ignored[column] and not is_only then return end
  use(source, column, at)
end

local units = { seconds = 1000000, milliseconds = 1000, microseconds = 1 }
local ambiguities = { earlier = 1, later = 2 }

local function check_zone(zone, at, of)
  if native.zone(zone) then return end
  fault("E1004", at, format('"%s"%s is not a time zone', zone, of or ""), { help = 'name one as in zone = "Europe/London"' })
end

-- What a column of the row says of its zone, as entries { from, to }.
local function read_zone_lookup(lookup, at)
  local entries, checked = {}, {}
  if not shared.is_lookup(lookup) then
    fault("E1004", at, "lookup must be a table of texts")
    return nil
  end
  for _, key in ipairs(sorted_keys(lookup)) do
    local zone, here = lookup[key], shared.place_of_entry(lookup, key, at, "zone", "lookup")
    if native.is_text(zone) then
      if not checked[zone] then check_zone(zone, here, format(" for %s", show(key))) end
      checked[zone] = true
      entries[#entries + 1] = { from = key, to = zone }
    elseif zone ~= poison then
      fault("E1004", here, format("the lookup gives %s for %s, where a time zone is meant", show(zone), show(key)))
    end
  end
  check_options(lookup, lookup, at)
  if #entries == 0 then fault("E1005", at, "the lookup of the zone is empty") end
  return entries
end

-- zone = { from = "country", lookup = ZONE }: another column of the same row says.
local function read_row_zone(source, column, def, at)
  if info[def] then
    fault("E1004", at, "zone must be a name or { from = …, lookup = … }")
    return nil
  end
  check_options(def, { from = true, lookup = true }, at)
  local from, lookup = member(def, "from", "text", at, true), member(def, "lookup", "table", at)
  if not from then return nil end
  if find(from, ".", 1, true) and not (source.known and source.known[from]) then
    fault("E1004", at, format('"%s" is no column of the same row', from), { help = "name a column of this source alone" })
    return nil
  end
  if from == column then fault("E1004", at, "the zone cannot come from the column itself") end
  use(source, from, at)
  source.zone_columns[#source.zone_columns + 1] = { column = from, at = at }
  local entries = lookup and read_zone_lookup(lookup, at)
  return { column = from, lookup = entries and { entries = entries } or nil }
end

-- instant { … } of a column.
local function read_instant(source, column, value, at)
  local result = { kind = INSTANT }
  check_options(value, set "zone epoch ambiguous skipped", at)
  result.epoch_unit_us = units[shared.read_choice(value, "epoch", units, at) or ""]
  result.ambiguous = ambiguities[shared.read_choice(value, "ambiguous", ambiguities, at) or ""]
  result.skipped_forward = shared.read_choice(value, "skipped", { forward = true }, at) ~= nil
  if type(value.zone) == "table" then
    result.row_zone = read_row_zone(source, column, value.zone, at)
  else
    result.zone = member(value, "zone", "text", at)
    if result.zone then check_zone(result.zone, shared.spot(at, "zone")) end
  end
  if value.epoch ~= nil and value.zone ~= nil then
    fault("E1004", at, "an instant that counts from the epoch has no zone", { why = "it counts in UTC, everywhere" })
  end
  for _, key in ipairs { "ambiguous", "skipped" } do
    if value[key] ~= nil and value.zone == nil then
      fault("E1004", at, format("%s says what a zone's clocks mean, and the column has no zone", key))
    end
  end
  return result
end

-- Zones are looked up by what legacy wrote.
local function check_zone_columns(source)
  for _, zone in ipairs(source.zone_columns) do
    if source.types[zone.column] then
      fault("E1004", zone.at, format('"%s" gives the zone and must be text', zone.column),
            { help = format('take "%s" out of types', zone.column) })
    end
  end
end

local function read_type(source, column, value, at)
  local about = info[value]
  if bare_types[value] then return { kind = bare_types[value] } end
  if about and about.word == "instant" and type(value) == "table" then
    return read_instant(source, column, value, at)
  end
  if value ~= poison then
    fault("E1004", at, format("%s is not the type of a column", word_of[value] or about and about.word .. " { … }" or show(value)),
          { help = "types are int decimal boolean instant date bytes json php, instant { zone = … }, instant { epoch = … }; all else is text" })
  end
end

local function read_types(source, at)
  local types = member(source.def, "types", "table", at)
  for _, column in ipairs(types and sorted_keys(types) or {}) do
    local here = shared.place_inside(at, "types", column)
    here.field = column
    source.types[column] = read_type(source, column, types[column], here)
    -- What a column is may be said of one that is left unread, too.
    if not source.ignored[column] then use(source, column, here) end
  end
  if types then check_options(types, types, at) end
  check_zone_columns(source)
end

local function read_ignored(source, at)
  local ignore = member(source.def, "ignore", "table", at)
  for _, column in ipairs(ignore and sorted_keys(ignore) or {}) do
    local here = shared.place_inside(at, "ignore", column)
    here.field = column
    source.ignored[column] = true
    if not native.is_text(ignore[column]) and ignore[column] ~= poison then
      fault("E1004", here, format('why is "%s" ignored?', column), { help = format('give the reason as a text: %s = "…"', column) })
    end
    if source.known and not source.known[column] then
      source.complained[column] = true
      fault("E1202", here, format('table "%s" has no column "%s" to ignore', source.table, column),
            { nearest = nearest(column, source.known_list) })
    end
  end
  if ignore then check_options(ignore, ignore, at) end
end

local function read_nulls(source, at)
  local null = source.def.null
  if null == nil or null == poison then return end
  if type(null) ~= "table" then null = { null } end
  for i = 1, #null do
    if type(null[i]) == "string" then
      source.nulls[#source.nulls + 1] = null[i]
    else
      fault("E1004", at, format("null is a list of texts, not of %s", show(null[i])))
    end
  end
  check_options(null, {}, at, true)
end

-- What the store says of a table; nil without a schema, or after a fault.
local function find_table(name, at)
  local table_info = native.table_info(name)
  if not table_info or table_info.exists then return table_info end
  fault("E1201", at, format('there is no table "%s"', name), { nearest = nearest(name, table_info.others) })
end

local function know_columns(source, columns)
  source.known, source.known_list = {}, columns
  for _, column in ipairs(columns) do source.known[column] = true end
end

local function lower_set(names)
  local result = {}
  for _, name in ipairs(names) do result[lower(name)] = true end
  return result
end

-- tables is what lineage says, so it must be what is read: stores take names in any case for one.
local function check_reads(source, query_info, at)
  local named, read = lower_set(source.tables), lower_set(query_info.tables)
  for _, name in ipairs(query_info.tables) do
    if not named[lower(name)] then
      fault("E1206", at, format('the query reads "%s", which tables does not name', name),
            { why = "lineage would not say where its rows come from", help = format('add "%s" to tables', name) })
    end
  end
  for _, name in ipairs(query_info.views) do read[lower(name)] = true end
  for _, name in ipairs(source.tables) do
    if not read[lower(name)] then
      fault("E1206", at, format('tables names "%s", which the query does not read', name),
            { why = "lineage would name what its rows do not come from" })
    end
  end
end

local function read_query_schema(source, at)
  local all_there = true
  for _, name in ipairs(source.tables) do all_there = find_table(name, at) ~= nil and all_there end
  local query_info = native.query_info(source.query)
  if not query_info or not all_there then return end
  if query_info.fault then
    fault("E1206", at, query_info.fault)
    return
  end
  check_reads(source, query_info, at)
  know_columns(source, query_info.columns)
end

local function read_schema(source, at)
  if source.query then return read_query_schema(source, at) end
  local table_info = find_table(source.table, at)
  if not table_info then return end
  know_columns(source, table_info.columns)
  source.uniques = table_info.uniques
end

local function key_columns(source, key, at, is_required)
  local columns = texts(source.def, key, at, is_required)
  if not columns then return {} end
  local seen = {}
  for _, column in ipairs(columns) do
    if column == "*" and (key ~= "key" or #columns > 1) then
      fault("E1004", at, key == "key" and 'key = "*" stands for every column, and for no others beside them'
                         or '"*" is the key of a table without one, and nothing in legacy names its rows')
      return {}
    end
    if seen[column] then fault("E1011", shared.spot(at, key), format('%s names "%s" twice', key, column)) end
    seen[column] = true
  end
  if #columns > 8 then
    fault("E1004", shared.spot(at, key), format("%s has more than 8 columns", key), { help = "name those that tell rows apart" })
    return {}
  end
  return columns
end

-- key = "*": a table without one. Its rows are told apart by all they hold: "*" stands for that, and equal rows are one
-- row with a column that says how many there are.
local function read_keyless(source, at)
  if source.query or source.word == "reference" then
    fault("E1004", at, format('%s needs a key', source.query and "a query" or "a reference"),
          { why = 'only of a table and of children can every column be the key',
            help = source.query and "let it give each row a key: group by …, with count(*) as copies" or nil })
    source.key = {}
    return
  end
  source.is_keyless = true
  source.types.copies = { kind = INT }
  if not source.known then return end
  if source.known.copies then
    fault("E1011", at, format('table "%s" has a column "copies", and key = "*" makes one of that name', source.table))
  end
  source.known["*"], source.known.copies = true, true
  source.known_list[#source.known_list + 1] = "copies"
  for _, column in ipairs(source.known_list) do
    if not source.ignored[column] and column ~= "copies" then use(source, column, at) end
  end
end

-- The source whose rows these belong to: the root, or other children.
local function find_above(entity, source, at)
  local name = member(source.def, "of", "text", at)
  if not name then return source.def.of == nil and entity.root or nil end
  local above = entity.by_name[name]
  if above and above.word == "children" and above ~= source then return above end
  local children = {}
  for _, other in ipairs(entity.source_names) do
    if entity.by_name[other].word == "children" and other ~= source.name then children[#children + 1] = other end
  end
  fault(above and "E1004" or "E1007", at, format('of = "%s" names no other children', name),
        { nearest = nearest(name, children), help = above and above == entity.root and "without of they belong to the root" })
end

-- What may name a row above: its key, or, of children, first what names their own parent.
local function names_of(above)
  if above.word == "table" then return { above.key } end
  local full, has = {}, {}
  for _, columns in ipairs { above.parent, above.key } do
    for _, column in ipairs(columns) do
      if not has[column] then full[#full + 1], has[column] = column, true end
    end
  end
  return #full == #above.key and { full } or { above.key, full }
end

local function count_keys(t)
  local count = 0
  for _ in next, t do count = count + 1 end
  return count
end

local function words_of(forms)
  local words = {}
  for i, form in ipairs(forms) do words[i] = format("%d (%s)", #form, table.concat(form, ", ")) end
  return table.concat(words, " or ")
end

-- The columns of the row above that are named, and ours that equal them.
local function pair_columns(source, above, at)
  local parent, forms = source.def.parent, names_of(above)
  local is_table = type(parent) == "table" and not info[parent] and #parent == 0 and next(parent) ~= nil
  local columns = not is_table and key_columns(source, "parent", at, true)
  local count = is_table and count_keys(parent) or #columns
  for _, form in ipairs(forms) do
    if #form == count and count > 0 then
      if is_table then
        columns = {}
        for i, column in ipairs(form) do columns[i] = member(parent, column, "text", at, true) end
        local known = {}
        for _, column in ipairs(form) do known[column] = true end
        check_options(parent, known, at)
        if #columns ~= #form then return end
      end
      return form, columns
    end
  end
  if count > 0 and #above.key > 0 and (above.word == "table" or #above.parent > 0) then
    local noun = above.word == "table" and "the key of the root" or format("what names a row of %s", above.name)
    fault("E1004", shared.spot(at, "parent"),
          format("parent has %d column%s, %s has %s", count, count == 1 and "" or "s", noun,
                 above.word == "table" and tostring(#above.key) or words_of(forms)),
          { why = "which of them are equal would be a guess", help = "name a column for each of those above, in their order" })
  end
end

-- Ours that equal the root's key, when we have them.
local function root_columns(source, above)
  if above.word == "table" then return source.parent end
  local found = {}
  for i, column in ipairs(above.root_columns or {}) do
    for j, named in ipairs(source.above_columns) do
      if named == column then found[i] = source.parent[j] end
    end
  end
  return above.root_columns and #found == #above.root_columns and found or nil
end

local function holds_unique(source, columns)
  local has = {}
  for _, column in ipairs(columns) do has[column] = true end
  for _, unique in ipairs(source.uniques) do
    local all = true
    for _, column in ipairs(unique) do all = all and has[column] end
    if all then return true end
  end
  return false
end

-- What only the rows above lead to the root, the store follows; of a query it is not known how.
local function check_follows(source, above, at)
  if source.root_columns or above.query or not source.query then return end
  fault("E1204", at, format("how a row of %s leads to the root is not known", source.name),
        { why = "nothing says how what a query gives compares", help = "let parent name the root's key, too" })
end

-- A row named by its key alone must be the only one in the table, not only within its parent.
local function check_names_one(source, above, at)
  local forms = names_of(above)
  if above.word == "table" or #source.above_columns == #forms[#forms] then return end
  if above.query or above.uniques and not holds_unique(above, source.above_columns) then
    fault("E1204", at, format('%s alone does not name one row of %s', table.concat(source.above_columns, ", "), above.name),
          { why = "a row below it could belong to two", help = format("let parent name %s", table.concat(forms[#forms], ", ")) })
  end
end

-- parent = "del_id", a list in the order of the columns above, or a table: the column above -> ours
local function read_parent(entity, source, at)
  local above = source.above
  if not above then return end
  if above.is_keyless then
    fault("E1004", at, format("nothing names a row of %s, which has no key, so no row can belong to one", above.name))
    above, source.above = nil, nil
    source.above_columns, source.parent = {}, {}
    return
  end
  source.above_columns, source.parent = pair_columns(source, above, at)
  if not source.parent then
    source.above_columns, source.parent = {}, {}
    return
  end
  for _, column in ipairs(source.parent) do use(source, column, shared.later_spot(at, "parent")) end
  source.root_columns = root_columns(source, above)
  check_names_one(source, above, at)
  check_follows(source, above, at)
  if above.word ~= "table" then above.below[source.name] = source end
end

-- Lists below others after those.
local function read_parents(entity)
  local placed, moved = { [entity.root] = true }, true
  entity.children = {}
  for _, name in ipairs(entity.source_names) do
    local source = entity.by_name[name]
    if source.word == "children" then source.above = find_above(entity, source, source.at) end
  end
  while moved do
    moved = false
    for _, name in ipairs(entity.source_names) do
      local source = entity.by_name[name]
      if source.word == "children" and not placed[source] and (not source.above or placed[source.above]) then
        placed[source], moved = true, true
        entity.children[#entity.children + 1] = source
        read_parent(entity, source, source.at)
      end
    end
  end
  local is_told = false
  for _, name in ipairs(entity.source_names) do
    local source = entity.by_name[name]
    if source.word == "children" and not placed[source] then
      if not is_told then fault("E1013", source.at, format("%s hangs below itself, through others", name)) end
      is_told, source.above = true, nil -- who climbs from row to row comes to an end
    end
  end
end

-- from = "customer_id" (of the root) or "inventory.film_id"; a composite key is a list of one source
local function read_reference_from(entity, source, at)
  local columns = texts(source.def, "from", at, true) or {}
  source.from = {}
  for i, text in ipairs(columns) do
    local _, _, name, column = find(text, "^([^.]+)%.(.+)$")
    name, column = name or "root", column or text
    local other = entity.by_name[name]
    if not other or other == source then
      fault("E1007", shared.spot(at, "from"), format('no source "%s"', name), { nearest = nearest(name, entity.source_names) })
    elseif source.from_source and source.from_source ~= other then
      fault("E1004", at, "from names columns of two sources")
    else
      source.from_source = other
      source.from[i] = column
      use(other, column, shared.later_spot(at, "from"))
    end
  end
  if #columns > 0 and #source.key > 0 and #columns ~= #source.key then
    fault("E1004", at, format("from has %d columns, key has %d", #columns, #source.key))
  end
  source.optional = member(source.def, "optional", "boolean", at) or false
  member(source.def, "follow", "boolean", at)
end

local function refuse_place(source, at)
  if source.name == "root" then
    fault("E1004", at, source.query and "root has no parent" or "root must be a table")
  elseif source.query then
    fault("E1005", at, "parent is missing", { help = "a query is the root, or with a parent children" })
  else
    fault("E1004", at, format("only root is a table; %s is not", source.name),
          { help = format('name it root, or make it children "%s" { parent = … } or reference "%s" { from = … }', source.table, source.table) })
  end
end

local function open_source(entity, name, def)
  local about = type(def) == "table" and info[def]
  local at = place_in(entity, "source." .. name, "source", name)
  if not about or not source_options[about.word] or about.is_unfinished then
    local later_word = about and about.word or word_of[def]
    if def ~= poison then
      fault("E1004", at, format("%s is no source", later_word or show(def)),
            { help = 'write table "t" { … }, children "t" { … }, reference "t" { … } or query [[ … ]] { … }' })
    end
    return
  end
  at.path = at.file == about.file and at.path or nil
  at.file, at.line = about.file, about.line
  local word = about.word
  if word == "query" then word = def.parent == nil and "table" or "children" end
  local source = { name = name, word = word, kind = kinds[word], table = about.name, def = def, at = at,
                   used = {}, complained = {}, types = {}, zone_columns = {}, masked = {}, nulls = {}, ignored = {}, key = {}, parent = {},
                   below = {} }
  if about.word == "query" then source.query, source.table = about.name, name end
  if (name == "root") ~= (word == "table") then
    refuse_place(source, at)
    return
  end
  if find(name, "[%.%*]") or not native.is_text(name) then
    fault("E1004", at, format("%s is not the name of a source", show(name)))
  end
  check_options(def, source_options[about.word], at)
  return source
end

-- What lineage says: of a query what it names, else the table.
local function read_tables(source, at)
  source.tables = source.query and texts(source.def, "tables", at, true) or {}
  local seen = {}
  for _, name in ipairs(source.tables) do
    if seen[lower(name)] then fault("E1011", at, format('tables names "%s" twice', name)) end
    seen[lower(name)] = true
  end
end

local function read_source(entity, source)
  local at = source.at
  read_tables(source, at)
  read_schema(source, at)
  source.key = key_columns(source, "key", at, true)
  read_ignored(source, at)
  if source.key[1] == "*" then read_keyless(source, at) end
  read_types(source, at)
  read_nulls(source, at)
  for _, column in ipairs(source.key) do use(source, column, shared.later_spot(at, "key")) end
end

-- A key must hold the columns of a unique index, or rows could not be told apart.
local function check_unique(source)
  if not source.uniques or source.is_keyless or source.word == "reference" or #source.key == 0 then return end
  local own = {}
  for _, column in ipairs(source.key) do
    if source.known and not source.known[column] then return end -- told already
    own[column] = true
  end
  for _, column in ipairs(source.parent) do own[column] = true end
  for _, columns in ipairs(source.uniques) do
    local all = true
    for _, column in ipairs(columns) do all = all and own[column] end
    if all then return end
  end
  fault("E1204", shared.spot(source.at, "key"), format('no unique index of "%s" lies within its key', source.table),
        { is_warning = #source.uniques == 0, why = "two rows with one key could not be told apart" })
end

-- Root, children by name, then each reference behind the source that points at it.
local function order_sources(entity)
  local ordered, placed = { entity.root }, { [entity.root] = true }
  for _, source in ipairs(entity.children) do ordered[#ordered + 1], placed[source] = source, true end
  local moved = true
  while moved do
    moved = false
    for _, name in ipairs(entity.source_names) do
      local source = entity.by_name[name]
      if not placed[source] and source.from_source and placed[source.from_source] then
        ordered[#ordered + 1], placed[source], moved = source, true, true
      end
    end
  end
  for _, name in ipairs(entity.source_names) do
    local source = entity.by_name[name]
    if not placed[source] and source.from_source then
      fault("E1013", source.at, format("reference %s hangs on itself, through others", name))
    end
  end
  for index, source in ipairs(ordered) do source.index = index - 1 end
  entity.sources = ordered
end

function shared.read_sources(entity)
  local defs = member(entity.def, "source", "table", entity.at, true)
  local is_misnamed = false -- a table stands there under another name
  entity.by_name, entity.source_names, entity.sources = {}, {}, {}
  if not defs then return end
  check_options(defs, defs, place_in(entity, "source", "source"))
  for _, name in ipairs(sorted_keys(defs)) do
    local source = open_source(entity, name, defs[name])
    is_misnamed = is_misnamed or type(defs[name]) == "table" and (info[defs[name]] or {}).word == "table"
    if source then
      entity.by_name[name] = source
      entity.source_names[#entity.source_names + 1] = name
    end
  end
  entity.root = entity.by_name.root
  if not entity.root then
    if defs.root == nil and not is_misnamed then
      fault("E1005", place_in(entity, "source", "source"), "root is missing",
            { help = 'one source is the row that a record is made from: root = table "…" { key = "…" }' })
    end
    return
  end
  if #entity.source_names > 32 then fault("E1004", entity.at, "more than 32 sources") end
  for _, name in ipairs(entity.source_names) do read_source(entity, entity.by_name[name]) end
  read_parents(entity)
  for _, name in ipairs(entity.source_names) do
    local source = entity.by_name[name]
    if source.word == "reference" then read_reference_from(entity, source, source.at) end
    check_unique(source)
  end
  order_sources(entity)
end

-- What is read, in byte order; and what of root and children nobody accounts for.
function shared.finish_source(entity, source)
  if source.is_keyless and not source.known then
    for column in next, shared.given_columns(entity, source) do
      if not source.ignored[column] then use(source, column, source.at) end
    end
  end
  source.columns, source.column_index = sorted_keys(source.used), {}
  for _, name in ipairs(sorted_keys(source.below)) do
    if source.used[name] or source.known and source.known[name] then
      fault("E1011", source.below[name].at, format('"%s" is a source and a column of %s', name, source.name),
            { help = "give the source another name" })
    end
  end
  for index, column in ipairs(source.columns) do source.column_index[column] = index - 1 end
  -- Functions ask a row for the list below it as for a column; what is no column is below 0.
  for name, below in next, source.below do
    if not source.used[name] then source.column_index[name] = -1 - below.index end
  end
  if #source.columns > 1024 then fault("E1004", source.at, "more than 1024 columns") end
  for _, column in ipairs(source.word ~= "reference" and source.known_list or {}) do
    if not source.used[column] and not source.ignored[column] and column ~= source.changed then
      local at = { file = source.at.file, line = source.at.line, where = source.at.where, field = column }
      fault("E1203", at, format('column "%s" of "%s" is neither used nor ignored', column, source.table),
            { is_warning = true, help = format('use it, or add   %s = "why",   to ignore', column) })
    end
  end
  source.ignored_list = sorted_keys(source.ignored)
end
