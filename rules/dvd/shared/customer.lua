-- shared/customer.lua: what a customer means, in every edition of the shop.

return entity "customer" {
  source = {
    root = table "customer" { key = "customer_id", types = { activebool = boolean, create_date = date },
                              ignore = { store_id    = "stores are not migrated",
                                         address_id  = "addresses are not migrated",
                                         last_update = "touched by every bulk load" } },
  },

  decisions = {
    customer_active = {
      question  = "active = 0 while activebool is true. Which one says that a customer is active?",
      options   = { active = "the number", activebool = "the flag", both = "only if both say so" },
      choice    = "active",
      touches   = { from = { "active", "activebool" }, by = function(active, flag) return (active == "1") ~= flag end },
      because   = "the counter screen wrote active; activebool is a default nobody ever changed",
      owner     = "customers",
      decided   = "2026-10-02",
      review_by = "2027-04-01",
    },
  },

  fields = {
    customerId = id      { from = "customer_id", prefix = "cus_" },
    firstName  = text    { from = "first_name" },
    lastName   = text    { from = "last_name" },
    email      = text    { from = "email", optional = true },
    since      = date    { from = "create_date" },
    active     = boolean { from = "active", lookup = { ["1"] = true, ["0"] = false }, decision = "customer_active" },
  },

  queries = {
    by_name = {
      why     = "counter: who is this, and since when?",
      params  = { last = sample "lastName" { count = 20 } },
      legacy  = [[ select customer_id as customer, first_name as first, last_name as last, email, create_date as since from customer
                   where last_name = :last ]],
      target  = [[ select customerId as customer, firstName as first, lastName as last, email, since from customer where lastName = :last ]],
      columns = { customer = field "customerId" { key = true }, first = field "firstName", last = field "lastName", email = field "email",
                  since = field "since" },
    },
    by_state = {
      why     = "marketing: who is, or is no longer, a customer?",
      params  = { active = sample "active" { count = 20 } },
      legacy  = [[ select customer_id as customer from customer where active = :active ]],
      target  = [[ select customerId as customer from customer where active = :active ]],
      columns = { customer = field "customerId" { key = true } },
    },
    gone = {
      why     = "auditors: who is no customer any more, by the number and not by the flag?",
      legacy  = [[ select customer_id as customer, active from customer where (active = 1) <> (activebool = 't') ]],
      target  = [[ select customerId as customer, active from customer where not active ]],
      columns = { customer = field "customerId" { key = true }, active = field "active" },
    },
  },

  examples = {
    { "a customer whose flags disagree",
      given   = { root = { customer_id = "130", first_name = "CHARLOTTE", last_name = "HUNTER", create_date = "2005-02-14",
                           active = "0", activebool = "t" } },
      expect  = { customerId = "cus_130", email = absent, since = "2005-02-14", active = false },
      touches = { "customer_active" } },
    { "a customer whose flags agree",
      given   = { root = { customer_id = "1", first_name = "MARY", last_name = "SMITH", create_date = "2005-02-14",
                           active = "1", activebool = "t" } },
      expect  = { active = true },
      touches = {} },
  },
}
