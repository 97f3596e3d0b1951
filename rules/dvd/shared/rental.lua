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

-- What the counter, the till and the auditors ask. Legacy's table of payments has the rental's key, and so the rental's id.
M.queries = {
  rentals_of_customer = {
    why     = "counter: what has this customer rented, and is it back?",
    params  = { customer = sample "customerId" { count = 20 } },
    legacy  = [[ select rental_id as rental, rental_date as begun, return_date as returned from rental where customer_id = :customer ]],
    target  = [[ select rentalId as rental, rentedAt as begun, returnedAt as returned from rental where customerId = :customer ]],
    columns = { rental = field "rentalId" { key = true }, begun = field "rentedAt", returned = field "returnedAt" },
  },
  payment = {
    why     = "disputes: who paid this, when, how much, and for which rental?",
    params  = { payment = sample "payments.paymentId" { count = 20 } },
    legacy  = [[ select payment_id as payment, rental_id as rental, customer_id as payer, amount, payment_date as paid
                 from payment where payment_id = :payment ]],
    target  = [[ select paymentId as payment, id as rental, payerId as payer, amount, paidAt as paid from rental_payments where paymentId = :payment ]],
    columns = {
      payment = field "payments.paymentId" { key = true }, rental = field "rentalId", payer = field "payments.payerId",
      amount  = field "payments.amount", paid = field "payments.paidAt",
    },
  },
  still_out = {
    why     = "stock: what is not back?",
    legacy  = [[ select rental_id as rental, inventory_id as item from rental where return_date is null ]],
    target  = [[ select rentalId as rental, inventoryId as item from rental where returnedAt is null ]],
    columns = { rental = field "rentalId" { key = true }, item = field "inventoryId" },
  },
  paid_by_others = {
    why     = "auditors: which payments are not of the rental's customer?",
    legacy  = [[ select p.payment_id as payment, p.customer_id as payer from payment p join rental r on r.rental_id = p.rental_id
                 where p.customer_id <> r.customer_id ]],
    target  = [[ select p.paymentId as payment, p.payerId as payer from rental_payments p join rental r on r.id = p.id
                 where p.payerId <> r.customerId ]],
    columns = { payment = field "payments.paymentId" { key = true }, payer = field "payments.payerId" },
  },
  paid_again = {
    why     = "auditors: which rentals were paid more than once?",
    legacy  = [[ select rental_id as rental from payment group by rental_id having count(*) > 1 ]],
    target  = [[ select id as rental from rental_payments group by id having count(*) > 1 ]],
    columns = { rental = field "rentalId" { key = true } },
  },
  paid_nothing = {
    why     = "auditors: who was let off?",
    legacy  = [[ select payment_id as payment, customer_id as payer, amount from payment where amount = 0 ]],
    target  = [[ select paymentId as payment, payerId as payer, amount from rental_payments where amount = 0 ]],
    columns = { payment = field "payments.paymentId" { key = true }, payer = field "payments.payerId", amount = field "payments.amount" },
  },
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
