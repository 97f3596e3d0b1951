-- ping.lua: requires the one that requires it.
return { pong = require "pong" }
