-- pagila-2022.lua: the DVD shop as its edition of 2022 has it: times with their offsets.

local rental = require "shared.rental"

local queries = {
  paid_early = {
    why     = "auditors: what was paid before its rental began? Those rentals are in quarantine, and the target knows none of it.",
    legacy  = [[ select p.payment_id as payment, p.payment_date as paid from payment p join rental r on r.rental_id = p.rental_id
                 where p.payment_date < r.rental_date ]],
    target  = [[ select p.paymentId as payment, p.paidAt as paid from rental_payments p join rental r on r.id = p.id where p.paidAt < r.rentedAt ]],
    columns = { payment = field "payments.paymentId" { key = true }, paid = field "payments.paidAt" },
  },
}
for name, query in pairs(rental.queries) do queries[name] = query end

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
    queries    = queries,
    examples   = {
      rental.paid_by_two { begun = "2022-05-24 21:53:30+00", paid_again = "2022-07-12 05:26:10+00", rentedAt = "2022-05-24T21:53:30.000000Z" },
    },
  },
}
