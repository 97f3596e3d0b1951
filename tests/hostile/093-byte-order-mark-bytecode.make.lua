-- 093-byte-order-mark-bytecode.make.lua: bytecode behind a byte order mark.
--! E1001|E1010

io.write('\239\187\191', string.dump(function() return 1 end))
