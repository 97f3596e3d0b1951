# tables.t: lookups in CSV files: blamed by their lines, kept with the rule, and fixed with the version.
$ sqlite3 legacy.db "create table shop (id integer primary key, country text, opened text); insert into shop values (1, 'GB', '2018-07-01 12:00:00'), (2, 'IN', '2018-07-01 12:00:00'), (3, 'XX', '2018-07-01 12:00:00')"
$ mkdir rules/tables; printf 'country,zone,note\r\nGB,Europe/London,"a, b"\r\nIN,Asia/Kolkta,\r\n' > rules/tables/zones.csv
$ printf 'local ZONE = csv "tables/zones.csv" { key = "country", value = "zone" }\nreturn migration { version = "s1", system = "shops", entity "shop" {\n source = { root = table "shop" { key = "id", types = { opened = instant { zone = { from = "country", lookup = ZONE } } } } },\n fields = { shopId = id { from = "id" }, opened = instant { from = "opened" }, zone = text { from = "country", lookup = ZONE } } } }\n' > rules/s1.lua
$ engine check rules/s1.lua
error[E1004]: "Asia/Kolkta" for "IN" is not a time zone
  --> rules/tables/zones.csv:3   shop.source.root
     |
   3 | IN,Asia/Kolkta,?
     |
   = why      the engine would have to guess what is meant
help: name one as in zone = "Europe/London"

shape   1 error
lint    could not tell: its errors come first
schema  skipped: no --legacy is given
values  skipped: no --legacy is given
engine: rules/s1.lua: 1 error, first at rules/tables/zones.csv:3: "Asia/Kolkta" for "IN" is not a time zone
[78]
$ sed -i 's/Kolkta/Kolkata/' rules/tables/zones.csv
$ engine check rules/s1.lua --legacy sqlite:legacy.db --skip values
version s1 of system shops
  shop: 3 fields from 1 sources, 0 decisions, 0 examples
  transform  FINGERPRINT…
  validation FINGERPRINT…
shape   passed
lint    passed
schema  passed
values  skipped: --skip says so
sound, and every table and column is there
$ engine run rules/s1.lua --legacy sqlite:legacy.db --target sqlite:target.db --quiet
[1]
$ sqlite3 target.db "select json_remove(payload_json, '$.lineage') from shop_final order by 1"
{"opened":"2018-07-01T06:30:00.000000Z","shopId":"2","zone":"Asia/Kolkata"}
{"opened":"2018-07-01T11:00:00.000000Z","shopId":"1","zone":"Europe/London"}
$ engine try rules/s1.lua 3 --legacy sqlite:legacy.db
shop ["3"]
source {"root":{"country":"XX","id":"3","opened":"2018-07-01 12:00:00"}}
rejected
error[E2115]: "XX" in shop.country has no time zone in the lookup
  --> rules/s1.lua:4   shop.opened
     |
   4 | fields = { shopId = id { from = "id" }, opened = instant { from = "opened" }, zone = text { from = …
     |
   = record   ["3"]
   = saw      "XX"
   = why      nothing was guessed; the record is kept in quarantine
help: mend the row in legacy, or in a new version give the value a zone

error[E2103]: no mapping for "XX"
  --> rules/s1.lua:4   shop.zone
     |
   4 | fields = { shopId = id { from = "id" }, opened = instant { from = "opened" }, zone = text { from = …
     |
   = record   ["3"]
   = saw      "XX"
   = why      nothing was guessed; the record is kept in quarantine
help: in a new version, add a line for "XX" to rules/tables/zones.csv

[1]
$ sqlite3 target.db "select path, length(text) from engine_rule order by path"
s1.lua|401
tables/zones.csv|62
$ sed -i 's/a, b/c/' rules/tables/zones.csv; engine run rules/s1.lua --legacy sqlite:legacy.db --target sqlite:target.db --json | jq -c '.entities[] | [.read, .unchanged, .rejected]'
[3,2,1]
$ printf 'XX,UTC,\r\n' >> rules/tables/zones.csv; engine run rules/s1.lua --legacy sqlite:legacy.db --target sqlite:target.db
error[E4001]: shop.fields.zone was changed after version s1 had written records
  --> rules/s1.lua:4   shop.fields.zone
     |
   4 | fields = { shopId = id { from = "id" }, opened = instant { from = "opened" }, zone = text { from = …
     |
   = why      a version that has written is fixed; edited since: tables/zones.csv (loaded by s1)
help: undo the edit, or make a new version of it:   engine init --from rules/s1.lua VERSION

error[E4001]: shop.source.root was changed after version s1 had written records
  --> rules/s1.lua   shop.source.root
   = why      a version that has written is fixed; edited since: tables/zones.csv (loaded by s1)
help: undo the edit, or make a new version of it:   engine init --from rules/s1.lua VERSION

engine: rules/s1.lua: version s1 may not be run: shop.fields.zone was changed after version s1 had written records
[3]
$ printf 'XX,UTC\n' >> rules/tables/zones.csv; engine check rules/s1.lua
error[E1016]: the row has 2 cells, the header has 3
  --> rules/tables/zones.csv:5
     |
   5 | XX,UTC
     |
   = why      a table that is not read whole would leave values without a mapping
help: mend the line; tables are RFC 4180: UTF-8, a header, a cell for every column

shape   1 error
lint    could not tell: its errors come first
schema  skipped: no --legacy is given
values  skipped: no --legacy is given
engine: rules/s1.lua: 1 error, first at rules/tables/zones.csv:5: the row has 2 cells, the header has 3
[78]
