-- shared/rental.lua: what a rental and its payments mean, in every edition of the shop. Which clock wrote the times is
-- the edition's own affair.

local M = {}

-- clock: the type of the edition's times. payment_key: what its indexes keep unique among payments.
function M.source(clock, payment_key)
  return {
    root      = table     "rental"    { key = "rental_id", types = { rental_date = clock, return_date = clock },
                                        ignore = { last_update = "touched by every bulk load", staff_id = "HR owns staff" } },
    payments  = children  "payment"   { parent = "rental_id", key = payment_key or "payment_id",
                                        types  = { amount = decimal, payment_date = clock },
                                        ignore = { staff_id = "HR owns staff" } },
    inventory = reference "inventory" { key = "inventory_id", from = "inventory_id" },
    film      = reference "film"      { key = "film_id", from = "inventory.film_id" },
  }
end

M.decisions = {
  payer = {
    question  = "Some payments of a rental belong to another customer. Whose are they?",
    options   = { rental = "the rental's; the payer is kept on the payment", payer = "the payer's", reject = "nobody's until asked" },
    choice    = "rental",
    touches   = { from = { "customer_id", "payments" },
                  by = function(customer, payments)
                    return any(payments, function(p) return p.customer_id ~= customer end)
                  end },
    because   = "the till linked them, and nothing is lost when the payer is kept",
    owner     = "billing",
    decided   = "2026-10-02",
    review_by = "2027-04-01",
  },
  paid_twice = {
    question  = "Some rentals have more than one payment. What was paid?",
    options   = { sum = "all of them together", first = "the first; the others are mistakes" },
    choice    = "sum",
    touches   = { from = "payments", by = function(payments) return count(payments) > 1 end },
    because   = "the cash reports of the shop count every payment",
    owner     = "billing",
    decided   = "2026-10-02",
    review_by = "2027-04-01",
  },
  paid_nothing = {
    question  = "Some payments are of zero. Is that a payment?",
    options   = { keep = "yes: a rental somebody was let off", drop = "no" },
    choice    = "keep",
    touches   = { from = "payments",
                  by = function(payments)
                    return any(payments, function(p) return equal(p.amount, exact "0") end)
                  end },
    because   = "who was let off is asked for in disputes",
    owner     = "billing",
    decided   = "2026-10-02",
    review_by = "2027-04-01",
  },
}

M.fields = {
  rentalId    = id      { from = "rental_id", prefix = "ren_" },
  customerId  = ref     "customer" { from = "customer_id" },
  inventoryId = text    { from = "inventory_id" },
  filmTitle   = text    { from = "film.title" },
  rentedAt    = instant { from = "rental_date" },
  returnedAt  = instant { from = "return_date", optional = true },
  amountPaid  = decimal { 7, 2, from = "payments", decision = "paid_twice",
                          by = function(payments) return sum(payments, "amount") end },
  payments    = list    { from = "payments", decision = { "payer", "paid_nothing" }, each = {
    paymentId = id      { from = "payment_id", prefix = "pay_" },
    payerId   = ref     "customer" { from = "customer_id" },
    amount    = decimal { 5, 2, from = "amount" },
    paidAt    = instant { from = "payment_date" },
  } },
}

M.invariants = {
  ["a rental is not returned before it starts"] = function(r) return r.returnedAt == nil or r.returnedAt >= r.rentedAt end,
  ["payments add up to the amount paid"]        = function(r) return equal(sum(r.payments, "amount"), r.amountPaid) end,
  ["a payment does not precede its rental"]     = function(r)
    return all(r.payments, function(p) return p.paidAt >= r.rentedAt end)
  end,
  ["no two open rentals of one inventory item"] = none [[
    select min(id) from rental where returnedAt is null group by inventoryId having count(*) > 1 ]],
}

-- A rental that its customer paid when it began and somebody else paid again, with the edition's own words for the times.
function M.paid_by_two(times)
  return {
    "someone else paid too",
    given   = { root      = { rental_id = "1", rental_date = times.begun, inventory_id = "367", customer_id = "130" },
                payments  = { { payment_id = "3504", customer_id = "130", amount = "2.99", payment_date = times.begun },
                              { payment_id = "10840", customer_id = "401", amount = "0.99", payment_date = times.paid_again } },
                inventory = { inventory_id = "367", film_id = "80" },
                film      = { film_id = "80", title = "BLANKET BEVERLY" } },
    expect  = { rentalId = "ren_1", customerId = "cus_130", rentedAt = times.rentedAt, returnedAt = absent,
                filmTitle = "BLANKET BEVERLY", amountPaid = "3.98",
                payments = { { paymentId = "pay_3504", payerId = "cus_130", amount = "2.99" }, { payerId = "cus_401", amount = "0.99" } } },
    touches = { "payer", "paid_twice" },
  }
end

return M
