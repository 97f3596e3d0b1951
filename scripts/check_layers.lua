-- check_layers.lua: fails when a room includes something it does not stand on, or a library that is another room's.
-- The table it proves is scripts/rooms.lua; docs/architecture.md draws the same one.
-- Usage: luajit scripts/check_layers.lua $(find engine drivers tests -name '*.[ch]')     (paths from the repository's root)

local plan = dofile((arg[0]:match("^(.*/)") or "./") .. "rooms.lua")

local rooms, folders = {}, {}
for _, room in ipairs(plan.rooms) do
   rooms[room.name] = room
   folders[room.folder] = room
end

-- Beside rooms: tests look into everything, the build's own tools into nothing.
local TESTS = { name = "tests", folder = "tests", everything = true, on = {} }
local TOOLS = { name = "scripts", folder = "scripts", on = {} }

local function room_of(path)
   if path:match("^tests/") then return TESTS end
   if path:match("^scripts/") then return TOOLS end
   return folders[path:match("^engine/[%w_]+") or path:match("^[%w_]+")]
end

local function within(path, folder)
   return path:sub(1, #folder + 1) == folder .. "/"
end

local problems = 0
local function complain(path, line, message, ...)
   problems = problems + 1
   io.stderr:write(("%s:%d: %s\n"):format(path, line, message:format(...)))
end

local function home_of(header)
   for _, list in ipairs { plan.libraries, plan.reserved } do
      for _, library in ipairs(list) do
         for _, pattern in ipairs(library.headers) do
            if header:match(pattern) then return library.folder end
         end
      end
   end
end

local function stands_on(room, other)
   if room.everything or room == other then return true end
   for _, name in ipairs(room.on) do
      if name == other.name then return true end
   end
   return false
end

-- A room's own header says so: by its name, or by "For engine/rules only" at its top.
local private = {}
local function is_private(header)
   if private[header] == nil then
      local file = io.open(header)
      local top = file and file:read(1000) or ""
      if file then file:close() end
      private[header] = header:match("_internal%.h$") ~= nil or top:match("[Ff]or " .. room_of(header).folder .. " only") ~= nil
   end
   return private[header]
end

local function check_own(path, line, room, header)
   local other = room_of(header)
   if header:match("^%.%.?/") or not header:match("/") then
      -- Made by the build from a file that is not C, or a folder of texts, beside the C file that includes it.
      local kind = header:match("^[%w_.]+%.(%l+)%.inc$")
      local made = kind == "lua" or kind == "sql" or kind == "bash" or kind == "zsh" or header:match("^[%w_]+%.inc$")
      if not made then complain(path, line, 'includes are rooted at the repository: "%s" is not', header) end
   elseif not other then
      complain(path, line, "%s is in no room", header)
   elseif not stands_on(room, other) then
      complain(path, line, "%s may not include %s", room.folder, header)
   elseif other ~= room and not room.everything then
      if is_private(header) then
         complain(path, line, "%s is for %s alone", header, other.folder)
      elseif other.name == "drivers" and header ~= "drivers/driver.h" then
         complain(path, line, "of the drivers only drivers/driver.h is visible from %s", room.folder)
      end
   elseif other.name == "drivers" and room.name == "drivers" then
      -- Drivers do not know each other; the registry knows them all, and what several need is support.
      local mine, theirs = path:match("^drivers/(%w+)/"), header:match("^drivers/(%w+)/")
      if mine and theirs and mine ~= theirs and (theirs ~= "support" or mine == "support") then
         complain(path, line, "drivers/%s may not include %s", mine, header)
      end
   end
end

local function check_outside(path, line, room, header)
   local home = home_of(header)
   if home and not within(path, home) and not room.everything then
      complain(path, line, "<%s> belongs to %s alone", header, home)
   elseif header == "assert.h" then
      complain(path, line, "<assert.h> goes silent with NDEBUG; require() does not")
   elseif header:match("^engine/") or header:match("^drivers/") then
      complain(path, line, '<%s> is ours and wants quotes', header)
   end
end

local function check_file(path)
   local room, line = room_of(path), 0
   if not room then
      complain(path, 0, "no such room in scripts/rooms.lua")
      return
   end
   for text in io.lines(path) do
      line = line + 1
      local own = text:match('^%s*#%s*include%s+"([^"]+)"')
      local outside = text:match("^%s*#%s*include%s+<([^>]+)>")
      if own then check_own(path, line, room, own) end
      if outside then check_outside(path, line, room, outside) end
   end
end

-- The table itself: a room stands only on rooms below it, so nothing can go round in a circle.
local function check_plan()
   local above = {}
   for _, room in ipairs(plan.rooms) do
      above[room.name] = true
      for _, name in ipairs(room.on) do
         if not rooms[name] then complain("scripts/rooms.lua", 0, "%s stands on %s, which is no room", room.name, name) end
         if above[name] then complain("scripts/rooms.lua", 0, "%s stands on %s, which is not below it", room.name, name) end
      end
   end
end

check_plan()
if #arg == 0 then complain("scripts/check_layers.lua", 0, "was given no file to check") end
for _, path in ipairs(arg) do check_file((path:gsub("^%./", ""))) end
os.exit(problems == 0 and 0 or 1)
