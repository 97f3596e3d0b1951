-- pong.lua: requires the one that requires it.
return { ping = require "ping" }
