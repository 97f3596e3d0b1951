-- selfish.lua: requires itself.
return { again = require "selfish" }
