-- 092-bytecode-file.make.lua: the file itself is bytecode.
--! E1010

-- made by string.dump: LuaJIT's own, and one byte of it is another
local text = string.dump(function() return 1 end)
io.write(text:sub(1, 20), '\255', text:sub(22))
