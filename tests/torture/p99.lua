-- p99.lua: how much longer 99 of 100 questions take beside a run than alone. load.sh runs it.
--
--   luajit p99.lua TURNS STOLEN LOG…   prints "ALONE_US BESIDE_US LOW HIGH": the p99 of either, and between which changes in
--                                      percent the true one lies in nine of ten cases
--
-- TURNS: "MICROSECOND alone|beside|over" a line, when each turn began. STOLEN: "MICROSECOND TICKS", how much processor time the
-- host had taken away by then: questions asked while it took some count for neither side, as at one in a hundred they would be
-- the p99. LOG: pgbench's, with -R; the time a question waited to be asked is not the server's. Of each turn the first fifth is
-- left out. The bounds are of 400 samples of as many turns, drawn again and again from those there were.

local NAMES, RESAMPLES, SEED = { "alone", "beside" }, 400, 20

local function lines_of(path, pattern)
  local list = {}
  for line in assert(io.open(path)):lines() do
    local moment, word = line:match(pattern)
    if moment then list[#list + 1] = { at = tonumber(moment), word = word } end
  end
  return list
end

local turns = lines_of(arg[1], "^(%d+) (%a+)$")
local stolen = lines_of(arg[2], "^(%d+) (%d+)$")

-- One in a hundred is exact enough, and sums of such counts are quick.
local function bin_of(us) return math.floor(math.log(us) * 100) end
local function us_of(bin) return math.exp((bin + 0.5) / 100) end

-- The last entry at or before the moment: 0 for none.
local function last_before(list, moment)
  local low, high = 0, #list
  while low < high do
    local middle = math.floor((low + high + 1) / 2)
    if list[middle].at <= moment then low = middle else high = middle - 1 end
  end
  return low
end

local function is_undisturbed(moment)
  local i = last_before(stolen, moment)
  return i > 0 and i < #stolen and stolen[i].word == stolen[i + 1].word
end

local bins_max = bin_of(1e9)
for i = 3, #arg do
  for line in assert(io.open(arg[i])):lines() do
    local took, seconds, micros, waited = line:match("^%d+ %d+ (%d+) %d+ (%d+) (%d+) (%d+)")
    local asked = tonumber(seconds) * 1e6 + tonumber(micros)
    local t = last_before(turns, asked)
    if t > 0 and t < #turns and asked - turns[t].at > (turns[t + 1].at - turns[t].at) / 5 and is_undisturbed(asked) then
      local turn, bin = turns[t], bin_of(math.max(1, took - waited))
      turn.counts = turn.counts or {}
      turn.counts[bin] = (turn.counts[bin] or 0) + 1
    end
  end
end

local sides = { alone = {}, beside = {} }
for _, turn in ipairs(turns) do
  if turn.counts and sides[turn.word] then table.insert(sides[turn.word], turn.counts) end
end

local function p99(list)
  local sum, count, seen = {}, 0, 0
  for bin = 0, bins_max do sum[bin] = 0 end
  for _, counts in ipairs(list) do
    for bin, n in pairs(counts) do sum[bin] = sum[bin] + n; count = count + n end
  end
  for bin = 0, bins_max do
    seen = seen + sum[bin]
    if seen >= count * 0.99 then return us_of(bin) end
  end
end

local function drawn(list)
  local sample = {}
  for i = 1, #list do sample[i] = list[math.random(#list)] end
  return sample
end

for _, name in ipairs(NAMES) do assert(#sides[name] > 0, "no question was asked " .. name) end
math.randomseed(SEED)
local changes = {}
for i = 1, RESAMPLES do changes[i] = (p99(drawn(sides.beside)) / p99(drawn(sides.alone)) - 1) * 100 end
table.sort(changes)
print(("%.0f %.0f %.1f %.1f"):format(p99(sides.alone), p99(sides.beside), changes[RESAMPLES / 20], changes[RESAMPLES - RESAMPLES / 20]))
