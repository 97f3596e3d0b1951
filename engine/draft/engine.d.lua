---@meta engine
-- engine.d.lua: the rule language for lua-language-server. Written by `engine init`; `engine init --stubs` brings it up to date.
-- The engine does not read it. docs/rules.md is the language by example, `engine explain CODE` what an error means.

---- what stands on the right of a field, a source, a column ------------------------------------------------

---A name of the kinds that `from` takes: a column "status", a column of a reference "customer.name", a source "events".
---@alias engine.name engine.column|string
---@alias engine.from engine.name|engine.FieldReference|(engine.name|engine.FieldReference)[]
---@alias engine.fold function|function[]
---@alias engine.lookup table<string, any>

---@class engine.Field           # what a field's word gives
---@class engine.Source          # what a source's word gives
---@class engine.Entity          # what entity "…" { … } gives
---@class engine.Migration       # what migration { … } gives
---@class engine.FieldReference  # field "state": another field's value
---@class engine.Sample          # sample "actorId": values drawn for a query
---@class engine.Tolerance       # absolute "0.01" { … }
---@class engine.NoneQuery       # none [[ select … ]]
---@class engine.Decimal         # exact: + - * < <= and equal, never a float
---@operator add(engine.Decimal): engine.Decimal
---@operator sub(engine.Decimal): engine.Decimal
---@operator mul(engine.Decimal): engine.Decimal

---@class (exact) engine.Expression
---@field from? engine.from        # what it depends on; `by` gets exactly that, in this order
---@field by? fun(...): any        # nothing else can be seen in it: no clock, no other row

---@class (exact) engine.FieldOptions: engine.Expression
---@field lookup? engine.lookup    # legacy's word on the left; what is not in it is rejected (E2103)
---@field patterns? table<string, any> # PCRE2 patterns, tried after the lookup; two that disagree are a reject
---@field fold? engine.fold        # first: upper, lower, trim, or a list of them
---@field optional? boolean        # without it nil is a reject (E2101)
---@field decision? string|string[] # what it rests on
---@field mask? boolean            # no message, report or log shows its value
---@field critical? boolean        # one wrong value is enough to pause a ramp

---@class (exact) engine.EnumOptions: engine.FieldOptions
---@field [integer] string         # the values

---@class (exact) engine.DecimalOptions: engine.FieldOptions
---@field [integer] integer        # digits in all, digits behind the point
---@field round? "half_up"|"half_even"|"down" # without it more digits are a reject (E2105)

---@class (exact) engine.IdOptions
---@field from engine.from         # the root's key columns, all of them in their order; "*" with hash
---@field prefix? string
---@field hash? boolean            # of a table without a key
---@field fold? function
---@field decision? string|string[]
---@field mask? boolean
---@field critical? boolean

---@class (exact) engine.RefOptions: engine.Expression
---@field fold? engine.fold
---@field optional? boolean
---@field decision? string|string[]
---@field part? string             # which part of an entity makes the id
---@field mask? boolean
---@field critical? boolean

---@class (exact) engine.PlainOptions: engine.Expression
---@field optional? boolean
---@field decision? string|string[]
---@field mask? boolean
---@field critical? boolean

---@class (exact) engine.MapOptions
---@field from string              # children
---@field key fun(row: any): any   # two that become one are a reject (E2110)
---@field value fun(row: any): any
---@field optional? boolean
---@field decision? string|string[]
---@field mask? boolean
---@field critical? boolean

---@class (exact) engine.ListOptions
---@field from string              # children
---@field each table<string, engine.Field|table> # the child's own columns come first
---@field optional? boolean
---@field decision? string|string[]
---@field mask? boolean
---@field critical? boolean

---@class (exact) engine.InstantOptions: engine.FieldOptions
---@field zone? string|engine.RowZone # of a column: the clock of times without an offset
---@field epoch? "seconds"|"milliseconds"|"microseconds" # of a column
---@field ambiguous? "earlier"|"later" # of a column: an hour the clocks showed twice
---@field skipped? "forward"       # of a column: an hour the clocks never showed

---@class (exact) engine.RowZone
---@field from string              # a column of the same row
---@field lookup? table<string, string>

---- fields, and types of columns ----------------------------------------------------------------------------

---The record's id, made of the root's key; can always be turned back.
---@param options engine.IdOptions
---@return engine.Field
function id(options) end

---@param options engine.FieldOptions
---@return engine.Field
function text(options) end

---A JSON number within ±(2^53−1).
---@param options engine.FieldOptions
---@return engine.Field
function integer(options) end

---A 64-bit integer, as JSON text.
---@param options engine.FieldOptions
---@return engine.Field
function bigint(options) end

---`decimal { 12, 2, from = "amount" }`; as a column's type `decimal` alone.
---@param options engine.DecimalOptions
---@return engine.Field
function decimal(options) end

---@param options engine.FieldOptions
---@return engine.Field
function boolean(options) end

---A moment, `2018-01-01T00:05:00.000000Z`; as a column's type `instant { zone = "Europe/London" }`.
---@param options engine.InstantOptions
---@return engine.Field
function instant(options) end

---A day, `2018-01-01`.
---@param options engine.FieldOptions
---@return engine.Field
function date(options) end

---`enum { "OPEN", "PAID", from = "status", lookup = STATE }`
---@param options engine.EnumOptions
---@return engine.Field
function enum(options) end

---@param options engine.PlainOptions
---@return engine.Field
function json(options) end

---As a column's type: serialized by PHP.
---@param options engine.PlainOptions
---@return engine.Field
function php(options) end

---Base64.
---@param options engine.PlainOptions
---@return engine.Field
function bytes(options) end

---Children as a table from key to value.
---@param options engine.MapOptions
---@return engine.Field
function map(options) end

---Children as a list of objects.
---@param options engine.ListOptions
---@return engine.Field
function list(options) end

---The id of another entity: `ref "customer" { from = "customer_id" }`.
---@param entity string
---@return fun(options: engine.RefOptions): engine.Field
function ref(entity) end

---Another field's value, in `from` and in a query's columns.
---@param name string
---@return engine.FieldReference
function field(name) end

---- sources -------------------------------------------------------------------------------------------------

---@class (exact) engine.SourceOptions
---@field types? table<string, any> # column → type: int, decimal, boolean, instant { zone = "…" }, date, json, bytes, php
---@field null? string[]           # texts that mean NULL here: { "", "-", "N/A" }
---@field ignore? table<string, string> # column → why it is left unread

---@class (exact) engine.TableOptions: engine.SourceOptions
---@field key string|string[]      # "*": a table without one

---@class (exact) engine.ChildrenOptions: engine.SourceOptions
---@field parent string|string[]   # the columns that name the row they belong to
---@field key string|string[]      # unique below that row; also their order
---@field of? string               # below another child list

---@class (exact) engine.ReferenceOptions: engine.SourceOptions
---@field key string|string[]
---@field from string|string[]     # the columns that point at it
---@field optional? boolean        # a missing row is no reject
---@field follow? boolean          # its change makes the rows that point at it due again

---@class (exact) engine.QueryOptions: engine.SourceOptions
---@field key string|string[]
---@field parent? string|string[]
---@field of? string
---@field tables string|string[]   # what it reads, as lineage says it

---@param name engine.table
---@return fun(options: engine.TableOptions): engine.Source
function table(name) end

---@param name engine.table
---@return fun(options: engine.ChildrenOptions): engine.Source
function children(name) end

---@param name engine.table
---@return fun(options: engine.ReferenceOptions): engine.Source
function reference(name) end

---Anything the store can select: `query [[ select … ]] { key = "id", tables = "refund" }`.
---@param sql string
---@return fun(options: engine.QueryOptions): engine.Source
function query(sql) end

---Two columns of a CSV file in the rule's folder, as a table.
---@param path string
---@return fun(options: { key: string, value: string }): table<string, string>
function csv(path) end

---- the whole ------------------------------------------------------------------------------------------------

---@class (exact) engine.Decision
---@field question string
---@field options table<string, string> # name → in words
---@field choice string            # one of the options; "undecided" is told by every check
---@field touches? engine.Expression # which records it concerns
---@field because? string
---@field owner? string
---@field decided? string          # a day
---@field review_by? string        # a day

---@class (exact) engine.Query
---@field why? string
---@field params? table<string, engine.Sample>
---@field legacy string
---@field target string
---@field columns table<string, any> # name → field "state" { key = true, tolerance = absolute "0.01" { … } }
---@field order? "ignored"|"declared"

---@class (exact) engine.Example
---@field [integer] string         # its name
---@field given table<string, table> # what is not named is nil
---@field expect? table<string, any> # what is not named is not compared; `absent` is
---@field rejects? table<string, string|string[]> # field → code
---@field skips? string            # the reason
---@field touches? string[]        # decisions

---@class (exact) engine.EntityOptions
---@field part? string
---@field source table<string, engine.Source> # root first of all
---@field decisions? table<string, engine.Decision>
---@field fields table<string, engine.Field|table>
---@field skip_when? table<string, engine.Expression> # left out on purpose, counted by this reason
---@field reject_when? table<string, engine.Expression> # to quarantine, with this reason
---@field invariants? table<string, (fun(record: any): boolean)|engine.NoneQuery>
---@field queries? table<string, engine.Query>
---@field examples? engine.Example[]
---@field on_delete? "withdraw"|"keep"|"remove"
---@field changed? string          # the column that moves when a row does

---@class (exact) engine.MigrationOptions
---@field version string
---@field supersedes? string
---@field system string
---@field authority? engine.Authority
---@field [integer] engine.Entity

---@class (exact) engine.Stage
---@field balance? boolean
---@field digests? "all"
---@field invariants? "all"|"sampled"
---@field queries? "all"
---@field sample? { percent: number, per_stratum: integer, rate?: number }
---@field max_lag? string
---@field empty? string[]
---@field fresh? string
---@field approvals? integer
---@field after? "history"|"reads"|"writes"
---@field shadow? { reads: integer, window: string, rate: number }
---@field steps? integer[]

---@class (exact) engine.Authority
---@field history? engine.Stage
---@field reads? engine.Stage
---@field writes? engine.Stage

---@param options engine.MigrationOptions
---@return engine.Migration
function migration(options) end

---@param name string
---@return fun(options: engine.EntityOptions): engine.Entity
function entity(name) end

---An invariant over the target: `none [[ select … ]]` names the records that break it.
---@param sql string
---@return engine.NoneQuery
function none(sql) end

---@param name string
---@return engine.Sample|fun(options: { count: integer }): engine.Sample
function sample(name) end

---@param amount string
---@return fun(options: { because: string, owner: string, expires: string }): engine.Tolerance
function absolute(amount) end

---In an example: the record must not have it.
absent = nil

---A module of the rule's own folder: `require "v3.job"` reads v3/job.lua.
---@param name string
---@return any
function require(name) end

---- what a function may use -----------------------------------------------------------------------------------

---@param s string?
---@return string?
function upper(s) end
---@param s string?
---@return string?
function lower(s) end
---@param s string?
---@return string?
function trim(s) end
---@param s string
---@param prefix string
---@return boolean
function starts(s, prefix) end
---@param s string
---@param suffix string
---@return boolean
function ends(s, suffix) end
---@param s string
---@param part string
---@return boolean
function contains(s, part) end
---@param s string
---@param separator string
---@return string[]
function split(s, separator) end
---@param list string[]
---@param separator string
---@return string
function join(list, separator) end
---Characters.
---@param s string
---@return integer
function len(s) end
---Characters first to last.
---@param s string
---@param first integer
---@param last? integer
---@return string
function slice(s, first, last) end
---@param s string?
---@return string?
function unicode_upper(s) end
---@param s string?
---@return string?
function unicode_lower(s) end
---@param s string?
---@return string?
function nfc(s) end

---PCRE2.
---@param s string
---@param pattern string
---@return boolean
function match(s, pattern) end
---What the pattern, or its first group, finds.
---@param s string
---@param pattern string
---@return string?
function find(s, pattern) end
---@param s string
---@param pattern string
---@param replacement string
---@return string
function replace(s, pattern, replacement) end

---A text as a number within ±(2^53−1); also the type of a column.
---@param s any
---@return integer?
function int(s) end
---A text or number as an exact decimal.
---@param s any
---@return engine.Decimal
function exact(s) end
---@param a any
---@param b any
---@return boolean
function equal(a, b) end

---@param list any
---@param test? (fun(row: any): any)|string
---@return any
function first(list, test) end
---@param list any
---@param test? (fun(row: any): any)|string
---@return any
function last(list, test) end
---@param list any
---@param test? (fun(row: any): any)|string
---@return boolean
function any(list, test) end
---@param list any
---@param test? (fun(row: any): any)|string
---@return boolean
function all(list, test) end
---@param list any
---@param test? (fun(row: any): any)|string
---@return integer
function count(list, test) end
---@param list any
---@param test (fun(row: any): any)|string
---@return any
function filter(list, test) end
---@param list any
---@param make (fun(row: any): any)|string
---@return any
function each(list, make) end
---@param list any
---@param of? (fun(row: any): any)|string
---@return any
function sum(list, of) end
---@param list any
---@param of? (fun(row: any): any)|string
---@return any
function min(list, of) end
---@param list any
---@param of? (fun(row: any): any)|string
---@return any
function max(list, of) end
---@param list any
---@param of (fun(row: any): any)|string
---@return any
function sort_by(list, of) end

---@param moment string
---@return integer
function year(moment) end
---@param moment string
---@return integer
function month(moment) end
---@param moment string
---@return integer
function day(moment) end
---@param moment string
---@param seconds integer
---@return string
function add_seconds(moment, seconds) end
---@param from string
---@param to string
---@return integer
function seconds_between(from, to) end

---The first that is not nil. A default is a decision: give it one.
---@param ... any
---@return any
function coalesce(...) end
---The row goes to quarantine, with this reason.
---@param why string
function reject(why) end
---The row is left out, counted by this reason.
---@param why string
function skip(why) end

---In byte order of the keys.
---@param t any
---@return fun(): any, any
function pairs(t) end
---@param t any
---@return fun(): integer, any
function ipairs(t) end
---Refuses what would lose digits or show an address.
---@param value any
---@return string
function tostring(value) end
---Refuses what would lose digits.
---@param value any
---@return number?
function tonumber(value) end
---@param value any
---@return string
function type(value) end
---@param n integer|"#"
---@param ... any
---@return any
function select(n, ...) end

---@class engine.math
---@field floor fun(n: number): integer
---@field abs fun(n: number): number
---@field min fun(...: number): number
---@field max fun(...: number): number
math = {}
