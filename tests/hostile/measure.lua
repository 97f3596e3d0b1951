-- measure.lua: runs a program and says what it took, by what the kernel says of the dead child.
--
--   luajit measure.lua OUT ERR SECONDS PROGRAM [ARGUMENT…]     prints: STATUS CPU-MS WALL-MS PEAK-KIB
--
-- After that many seconds it is killed; STATUS is then 142, as the shell has it.

local ffi = require "ffi"
ffi.cdef [[
typedef struct { long sec, usec; } moment;
typedef struct { moment user, system; long maxrss, others[13]; } usage;
typedef struct { long sec, nsec; } precise;
int fork(void); int execvp(const char *file, char *const argv[]); int wait4(int pid, int *status, int options, usage *usage);
unsigned alarm(unsigned seconds); int open(const char *path, int flags, ...); int dup2(int from, int to); void _exit(int status);
int clock_gettime(int clock, precise *now);
]]

local C = ffi.C
local function now_ms()
  local now = ffi.new "precise"
  C.clock_gettime(1, now)
  return tonumber(now.sec) * 1000 + tonumber(now.nsec) / 1e6
end

local argv = ffi.new("char *[?]", #arg - 2)
local kept = {}
for i = 4, #arg do
  kept[i] = ffi.new("char[?]", #arg[i] + 1, arg[i])
  argv[i - 4] = kept[i]
end
local began = now_ms()
local pid = C.fork()
if pid == 0 then
  C.dup2(C.open("/dev/null", 0), 0)
  C.dup2(C.open(arg[1], 577, ffi.cast("int", 420)), 1) -- O_WRONLY | O_CREAT | O_TRUNC, 0644
  C.dup2(C.open(arg[2], 577, ffi.cast("int", 420)), 2)
  C.alarm(tonumber(arg[3]))
  C.execvp(argv[0], argv)
  C._exit(127)
end
local status, usage = ffi.new "int[1]", ffi.new "usage"
while C.wait4(pid, status, 0, usage) < 0 do end
local wall = now_ms() - began
local signal = status[0] % 128
local function ms(moment) return tonumber(moment.sec) * 1000 + tonumber(moment.usec) / 1000 end
print(string.format("%d %.0f %.0f %d", signal ~= 0 and 128 + signal or math.floor(status[0] / 256) % 256,
                    ms(usage.user) + ms(usage.system), wall, tonumber(usage.maxrss)))
