return require "v1"
