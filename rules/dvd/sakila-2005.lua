-- sakila-2005.lua: the DVD shop as its edition of 2005 has it: times by the clock on the wall.

local rental = require "shared.rental"

-- Proven: read so, all 16,044 rentals agree with the offsets that the edition of 2022 wrote down.
local LONDON = instant { zone = "Europe/London" }

return migration {
  version = "v1",
  system  = "sakila-2005",

  require "shared.customer",

  entity "rental" {
    source     = rental.source(LONDON),
    decisions  = rental.decisions,
    fields     = rental.fields,
    invariants = rental.invariants,
    queries    = rental.queries,
    examples   = {
      rental.paid_by_two { begun = "2005-05-24 22:53:30", paid_again = "2005-07-12 06:26:10", rentedAt = "2005-05-24T21:53:30.000000Z" },
    },
  },
}
