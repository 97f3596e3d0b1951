-- mutate.lua: damaged copies of a file, each by one accident, all drawn from a seed.
--
--   luajit mutate.lua FILE FOLDER COUNT SEED [STALE]     writes FOLDER/1 … FOLDER/COUNT and says on stdout what each is
--
-- STALE is an older copy of FILE, of which single pages come back.

local PAGE = 4096
local path, folder, count, seed, stale_path = arg[1], arg[2], tonumber(arg[3]), tonumber(arg[4]), arg[5]

local function read(name)
  local file = assert(io.open(name, "rb"))
  local bytes = file:read("*a")
  file:close()
  return bytes
end

local whole = read(path)
local stale = stale_path and read(stale_path)

-- math.random gives what it pleases elsewhere; the same seed must mean the same accidents.
local state = seed % 2147483646 + 1
local function draw(below)
  state = state * 16807 % 2147483647
  return state % below
end
for _ = 1, 10 do draw(1) end

local function put(bytes, at, piece) -- at from 0
  return bytes:sub(1, at) .. piece .. bytes:sub(at + #piece + 1)
end

local function page_of(bytes, page)
  return bytes:sub(page * PAGE + 1, page * PAGE + PAGE)
end

local function flip(bytes, at)
  return put(bytes, at, string.char(bit.bxor(bytes:byte(at + 1), bit.lshift(1, draw(8)))))
end

local pages = math.max(1, math.floor(#whole / PAGE))
local accidents = {
  function()
    local at = draw(#whole)
    return flip(whole, at), "a bit of byte " .. at
  end,
  function() -- where the structure is
    local at = math.min(draw(pages) * PAGE + draw(160), #whole - 1)
    return flip(whole, at), "a bit of byte " .. at .. ", in the head of a page"
  end,
  function()
    local page = draw(pages)
    return put(whole, page * PAGE, ("\0"):rep(math.min(PAGE, #whole - page * PAGE))), "zeros on page " .. page
  end,
  function()
    local size = draw(#whole)
    return whole:sub(1, size), "cut after " .. size
  end,
  function()
    local from, to = draw(pages), draw(pages)
    return put(whole, to * PAGE, page_of(whole, from)):sub(1, #whole), "page " .. from .. " in the place of " .. to
  end,
  function()
    local page = draw(stale and math.max(1, math.floor(math.min(#stale, #whole) / PAGE)) or pages)
    return stale and put(whole, page * PAGE, page_of(stale, page)) or whole:sub(1, page * PAGE), "page " .. page .. " as it was before"
  end,
}

for i = 1, count do
  local bytes, what = accidents[(i - 1) % #accidents + 1]()
  local file = assert(io.open(folder .. "/" .. i, "wb"))
  file:write(bytes)
  file:close()
  print(what)
end
