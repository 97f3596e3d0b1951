-- pagila-2007.lua: the DVD shop as its edition of 2007 has it: times by the clock on the wall.

local customer, rental = require "shared.customer", require "shared.rental"

-- Proven: read so, all 16,044 rentals agree with the offsets that the edition of 2022 wrote down.
local LONDON = instant { zone = "Europe/London" }

return migration {
  version = "v1",
  system  = "pagila-2007",

  entity "customer" {
    source     = { root = table "customer" { key = "customer_id", types = { activebool = boolean, create_date = date },
                                             ignore = customer.ignore } },
    decisions  = customer.decisions,
    fields     = customer.fields,
    examples   = customer.examples,
  },

  entity "rental" {
    source = {
      root      = table     "rental"    { key = "rental_id", types = { rental_date = LONDON, return_date = LONDON },
                                          ignore = rental.ignore },
      payments  = children  "payment"   { parent = "rental_id", key = "payment_id",
                                          types = { amount = decimal, payment_date = LONDON }, ignore = rental.payment_ignore },
      inventory = reference "inventory" { key = "inventory_id", from = "inventory_id" },
      film      = reference "film"      { key = "film_id", from = "inventory.film_id" },
    },
    decisions  = rental.decisions,
    fields     = rental.fields,
    invariants = rental.invariants,

    examples = {
      { "someone else paid too",
        given   = { root      = { rental_id = "1", rental_date = "2005-05-24 22:53:30", inventory_id = "367", customer_id = "130" },
                    payments  = { { payment_id = "3504", customer_id = "130", amount = "2.99", payment_date = "2005-05-24 22:53:30" },
                                  { payment_id = "10840", customer_id = "401", amount = "0.99", payment_date = "2005-07-12 06:26:10" } },
                    inventory = { inventory_id = "367", film_id = "80" },
                    film      = { film_id = "80", title = "BLANKET BEVERLY" } },
        expect  = { rentalId = "ren_1", customerId = "cus_130", rentedAt = "2005-05-24T21:53:30.000000Z", returnedAt = absent,
                    filmTitle = "BLANKET BEVERLY", amountPaid = "3.98",
                    payments = { { paymentId = "pay_3504", payerId = "cus_130", amount = "2.99" }, { payerId = "cus_401", amount = "0.99" } } },
        touches = { "payer", "paid_twice" } },
    },
  },
}
