-- premake5.lua: what is built, read alike by premake5 (Lua 5.3) and Debian's premake4 (Lua 5.1):
--   premake4 --file=premake5.lua gmake && make -C build config=release
-- scripts/build does this and notices new files. Everything made lies under build/, or under ENGINE_BUILD.

local P5 = (filter ~= nil)          -- premake4 has no filter()
local ROOT = os.getcwd()            -- both change to this file's folder before they read it
local BUILD = os.getenv("ENGINE_BUILD")
if BUILD == nil or BUILD == "" then BUILD = "build" end
if not path.isabsolute(BUILD) then BUILD = path.join(ROOT, BUILD) end
local GENERATED = path.join(BUILD, "gen")

-- premake4 takes the first as its default, premake5 the alphabetically first: named so that both agree.
local CONFIGS = { "debug", "fuzz", "release", "sanitize" }

local WARNINGS = { "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Wstrict-prototypes",
                   "-Wmissing-prototypes", "-Wvla", "-Werror" }
local SANITIZE = { "-fsanitize=address,undefined", "-fno-sanitize-recover=all" }
-- By clang, which scripts/build calls for it: every branch reports that it was taken.
local FUZZ = { "-fsanitize=fuzzer-no-link,address,undefined", "-fno-sanitize-recover=all" }

local plan = dofile(path.join(ROOT, "scripts/rooms.lua"))

local function when(config)
   if P5 then
      filter(config and { "configurations:" .. config } or {})
   else
      configuration(config and { config } or {})
   end
end

-- Without it both generators strip the binary.
local function debug_information()
   if P5 then symbols "On" else flags { "Symbols" } end
end

local function output_of(command)
   local pipe = assert(io.popen(command))
   local text = pipe:read("*a")
   pipe:close()
   return (text:gsub("%s+$", ""))
end

local function words(text)
   local list = {}
   for word in text:gmatch("%S+") do list[#list + 1] = word end
   return list
end

-- Cflags as -isystem, so that our warnings stop at our own headers; libraries in pkg-config's order.
local function library(package)
   local options, names = {}, {}
   for _, word in ipairs(words(output_of("pkg-config --cflags " .. package))) do
      local folder = word:match("^%-I(.+)")
      options[#options + 1] = folder and ("-isystem " .. folder) or word
   end
   for _, word in ipairs(words(output_of("pkg-config --libs-only-l " .. package))) do
      names[#names + 1] = word:match("^%-l(.+)")
   end
   if #names == 0 then error("pkg-config does not know " .. package .. "; scripts/setup installs it", 0) end
   return options, names
end

local function sources_in(folder)
   return os.matchfiles(path.join(ROOT, folder) .. "/**.c")
end

-- premake4 names objects by the file's last name alone, so one project must not have two of them.
local function different_names(files, project_name)
   local seen = {}
   for _, file in ipairs(files) do
      local name = path.getname(file)
      if seen[name] then error(project_name .. " has two files called " .. name .. ", which premake4 cannot tell apart", 0) end
      seen[name] = true
   end
   return files
end

-- A room is one library, and one more for each folder inside it (drivers, drivers_sqlite). It exists once it has
-- a C file.
local rooms = {}
for _, room in ipairs(plan.rooms) do
   room.parts = {}
   local parts = {}
   for _, file in ipairs(sources_in(room.folder)) do
      local inner = path.getdirectory(path.getrelative(path.join(ROOT, room.folder), file))
      local name = room.name .. (inner == "." and "" or "_" .. inner:gsub("[^%w]", "_"))
      if not file:match("engine/cli/main%.c$") then
         if not parts[name] then
            parts[name] = { name = name, files = {} }
            room.parts[#room.parts + 1] = parts[name]
         end
         table.insert(parts[name].files, file)
      end
   end
   table.sort(room.parts, function(one, other) return one.name < other.name end)
   if #room.parts > 0 then rooms[#rooms + 1] = room end
end

local function folder_within(inner, outer)
   return inner == outer or inner:sub(1, #outer + 1) == outer .. "/"
end

for _, room in ipairs(rooms) do
   room.options, room.libraries = {}, {}
   for _, entry in ipairs(plan.libraries) do
      if folder_within(entry.folder, room.folder) then
         local options, names = library(entry.package)
         for _, option in ipairs(options) do room.options[#room.options + 1] = option end
         for _, name in ipairs(names) do room.libraries[#room.libraries + 1] = name end
      end
   end
end

-- A room with all it stands on, as a linker wants them: rooms from the top down, then outside libraries.
local function link_list(name)
   local wanted, list = { [name] = true }, {}
   for _, room in ipairs(plan.rooms) do            -- top down, so one walk reaches everything below
      if wanted[room.name] then
         for _, below in ipairs(room.on) do wanted[below] = true end
         for _, part in ipairs(room.parts) do list[#list + 1] = part.name end
      end
   end
   for _, room in ipairs(rooms) do
      if wanted[room.name] then
         for _, outside in ipairs(room.libraries) do list[#list + 1] = outside end
      end
   end
   for _, outside in ipairs { "pthread", "m", "dl" } do list[#list + 1] = outside end
   return list
end

local function place(name, folder)
   location(BUILD)
   for _, config in ipairs(CONFIGS) do
      when(config)
      targetdir(path.join(BUILD, path.join(folder, config)))
      objdir(path.join(BUILD, path.join("obj", path.join(config, name))))
   end
   when()
end

solution "engine"
   configurations(CONFIGS)
   location(BUILD)
   language "C"
   buildoptions { "-std=c11" }
   buildoptions(WARNINGS)
   defines { "_GNU_SOURCE" }
   debug_information()
   when "debug"
      defines { "ENGINE_CHECK_DEEPLY" }
      buildoptions { "-O0", "-g3" }
   when "release"
      buildoptions { "-O2", "-g1", "-fno-omit-frame-pointer" }
   when "sanitize"
      defines { "ENGINE_CHECK_DEEPLY" }
      buildoptions { "-O1", "-g", "-fno-omit-frame-pointer" }
      buildoptions(SANITIZE)
      -- What the sanitizers put in confuses these two; the release build has them on.
      buildoptions { "-Wno-format-truncation", "-Wno-maybe-uninitialized" }
      linkoptions(SANITIZE)
   when "fuzz"
      -- clang has another name for the second, by which arenas hide what is not handed out.
      defines { "ENGINE_CHECK_DEEPLY", "__SANITIZE_ADDRESS__", "FUZZ_BY_LIBFUZZER" }
      buildoptions { "-O1", "-g", "-fno-omit-frame-pointer", "-Wno-error" }
      buildoptions(FUZZ)
      linkoptions(FUZZ)
   when()

-- Lua, SQL and shell files as one header each, and the examples of faults as one; a small engine may lack either.
local function embedding(config)
   local tool = '@ASAN_OPTIONS=detect_leaks=0 "' .. BUILD .. "/tools/" .. config .. '/embedtool" "' .. GENERATED .. '" '
   local commands = { tool .. '"' .. ROOT .. '/engine/rules"', tool .. '"' .. ROOT .. '/engine/cli"' }
   local examples = path.join(ROOT, "engine/model/fault_examples")
   if os.isdir(examples) then commands[#commands + 1] = tool .. '--texts "' .. examples .. '"' end
   local draft = path.join(ROOT, "engine/draft")
   if os.isdir(draft) then commands[#commands + 1] = tool .. '"' .. draft .. '"' end
   local seen = {}
   for _, file in ipairs(os.matchfiles(path.join(ROOT, "drivers/**.sql"))) do
      local folder = path.getdirectory(file)
      if not seen[folder] then commands[#commands + 1] = tool .. '"' .. folder .. '"' end
      seen[folder] = true
   end
   return commands
end

-- The prelude and the examples of faults as headers. Its own project, because a prebuild step of the project that includes the
-- header would run one build too late.
project "embedtool"
   kind "ConsoleApp"
   files { path.join(ROOT, "scripts/embed/embed.c") }
   place("embedtool", "tools")

project "embedded"
   kind "StaticLib"
   files { path.join(ROOT, "scripts/embed/order.c") }
   links { "embedtool" }
   place("embedded", "tools")
   for _, config in ipairs(CONFIGS) do
      when(config)
      prebuildcommands(embedding(config))
   end
   when()

for _, room in ipairs(rooms) do
   for _, part in ipairs(room.parts) do
      project(part.name)
         kind "StaticLib"
         files(different_names(part.files, part.name))
         includedirs { ROOT, GENERATED }
         buildoptions(room.options)
         if table.contains({ "cli", "rules", "model", "draft", "drivers" }, room.name) then links { "embedded" } end
         place(part.name, "lib")
   end
end

if #os.matchfiles(path.join(ROOT, "engine/cli/main.c")) > 0 then
   project "engine"
      kind "ConsoleApp"
      files { path.join(ROOT, "engine/cli/main.c") }
      includedirs { ROOT }
      links(link_list("cli"))
      place("engine", "bin")
end

-- Programs that measure, which scripts/bench.d runs, and such that scenarios ask by: one a file, bench_rules from
-- tests/bench/rules.c and tool_digests from tests/tools/digests.c, with everything in reach.
for prefix, folder in pairs { bench_ = "tests/bench", tool_ = "tests/tools" } do
   for _, file in ipairs(sources_in(folder)) do
      local name = prefix .. path.getbasename(file)
      project(name)
         kind "ConsoleApp"
         files { file }
         includedirs { ROOT, GENERATED }
         for _, room in ipairs(rooms) do buildoptions(room.options) end
         links(link_list("cli"))
         place(name, "bin")
   end
end

-- The proxy that scenarios disturb connections with. It stands on nothing of ours: it tests what does.
local kit = sources_in("tests/kit")
if #kit > 0 then
   project "kit_proxy"
      kind "ConsoleApp"
      files(different_names(kit, "kit_proxy"))
      includedirs { ROOT }
      place("kit_proxy", "bin")
end

-- Fuzz targets: one a file, with what they share. Replaying needs no libFuzzer, so every configuration has them.
local targets, shared = {}, {}
for _, file in ipairs(sources_in("tests/fuzz")) do
   local is_shared = table.contains({ "fuzz", "fuzz_rule", "replay" }, path.getbasename(file))
   table.insert(is_shared and shared or targets, file)
end
if #shared > 0 then
   project "targets"
      kind "StaticLib"
      files(shared)
      includedirs { ROOT, GENERATED }
      place("targets", "tools")
end
for _, file in ipairs(targets) do
   local name = "fuzz_" .. path.getbasename(file)
   project(name)
      kind "ConsoleApp"
      files { file }
      includedirs { ROOT, GENERATED }
      for _, room in ipairs(rooms) do buildoptions(room.options) end
      links { "targets" }
      links(link_list("cli"))
      place(name, "bin")
      when "fuzz"
         linkoptions { "-fsanitize=fuzzer" }
      when()
end

-- One Criterion program a room. It may see its room's libraries, because tests look inside.
for _, room in ipairs(rooms) do
   local tests = sources_in(path.join("tests", room.name))
   if #tests > 0 then
      project("test_" .. room.name)
         kind "ConsoleApp"
         files(different_names(tests, "test_" .. room.name))
         includedirs { ROOT, GENERATED }
         for _, below in ipairs(rooms) do buildoptions(below.options) end
         links(link_list(room.name))
         links { "criterion" }
         place("test_" .. room.name, "bin")
   end
end
