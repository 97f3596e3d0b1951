-- pagila-2022.lua: the DVD shop as its edition of 2022 has it: times with their offsets.

local rental = require "shared.rental"

return migration {
  version = "v1",
  system  = "pagila-2022",

  require "shared.customer",

  entity "rental" {
    -- Payments are in partitions by month there, and a partition can keep a key unique only together with what parts them.
    source     = rental.source(instant, { "payment_date", "payment_id" }),
    decisions  = rental.decisions,
    fields     = rental.fields,
    invariants = rental.invariants,
    examples   = {
      rental.paid_by_two { begun = "2022-05-24 21:53:30+00", paid_again = "2022-07-12 05:26:10+00", rentedAt = "2022-05-24T21:53:30.000000Z" },
    },
  },
}
