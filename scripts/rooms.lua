-- rooms.lua: the architecture as data: which rooms exist, what each stands on, which library each alone may use.
-- premake5.lua links by it and scripts/check_layers.lua proves it; docs/architecture.md draws it.

return {
   -- From the top down, which is also the order in which a linker wants them. `on` names what a room may include.
   rooms = {
      { name = "cli",       folder = "engine/cli",
        on = { "authority", "base", "compare", "derive", "draft", "drivers", "ledger", "model", "move", "profile", "rules", "serve", "state", "survey", "target", "validate" } },
      { name = "serve",     folder = "engine/serve",
        on = { "authority", "base", "derive", "drivers", "ledger", "model", "rules", "state" } },
      { name = "move",      folder = "engine/move",
        on = { "base", "derive", "drivers", "ledger", "model", "rules", "state", "target" } },
      { name = "validate",  folder = "engine/validate",
        on = { "base", "derive", "drivers", "ledger", "model", "rules", "state", "target" } },
      { name = "authority", folder = "engine/authority",
        on = { "base", "drivers", "ledger", "model", "rules", "state", "target" } },
      { name = "draft",     folder = "engine/draft",   on = { "base", "drivers", "model", "profile" } },
      { name = "survey",    folder = "engine/survey", on = { "base", "derive", "drivers", "model", "profile", "rules" } },
      { name = "compare",   folder = "engine/compare", on = { "base", "derive", "drivers", "model", "rules" } },
      { name = "target",    folder = "engine/target",
        on = { "base", "drivers", "ledger", "model", "rules" } },
      { name = "profile",   folder = "engine/profile", on = { "base", "drivers", "model" } },
      { name = "derive",    folder = "engine/derive", on = { "base", "drivers", "model", "rules" } },
      { name = "ledger",    folder = "engine/ledger", on = { "base", "drivers", "model", "state" } },
      { name = "rules",     folder = "engine/rules",  on = { "base", "model" } },
      { name = "state",     folder = "engine/state",  on = { "base", "model" } },
      { name = "drivers",   folder = "drivers",       on = { "base", "model" } },
      { name = "model",     folder = "engine/model",  on = { "base" } },
      { name = "base",      folder = "engine/base",   on = {} },
   },

   -- pkg-config's name, the headers it brings (Lua patterns), and the one folder that may include them.
   libraries = {
      { package = "luajit",                folder = "engine/rules",   headers = { "^lua%.h$", "^lauxlib%.h$", "^lualib%.h$", "^luajit%.h$", "^lj_" } },
      { package = "icu-i18n icu-uc",       folder = "engine/rules",   headers = { "^unicode/" } },
      { package = "libpcre2-8",            folder = "engine/rules",   headers = { "^pcre2" } },
      { package = "libxxhash",             folder = "engine/model",   headers = { "^xxhash%.h$", "^xxh3%.h$" } },
      { package = "libsodium",             folder = "engine/model",   headers = { "^sodium" } },
      { package = "lmdb",                  folder = "engine/state",   headers = { "^lmdb%.h$" } },
      { package = "libpq",                 folder = "drivers/postgres", headers = { "^libpq", "^postgresql/" } },
      { package = "sqlite3",               folder = "drivers/sqlite", headers = { "^sqlite3" } },
      { package = "libzstd",               folder = "drivers/segment", headers = { "^zstd%.h$" } },
   },

   -- Headers of libraries this release does not link; named so that the first use lands in the right room.
   reserved = {
      { folder = "engine/base",      headers = { "^cjson/", "^cJSON%.h$" } },
      { folder = "engine/serve",     headers = { "^grpc/", "^protobuf%-c/", "^microhttpd%.h$" } },
   },
}
