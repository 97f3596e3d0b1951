-- rules/chinook/v1.lua: an invoice of the Chinook music shop, with its lines, becomes a canonical sale.

return migration {
  version = "v1",
  system  = "chinook",

  entity "sale" {
    source = {
      root     = table     "Invoice"     { key = "InvoiceId", types = { InvoiceDate = instant { zone = "UTC" } } },
      lines    = children  "InvoiceLine" { parent = "InvoiceId", key = "InvoiceLineId", types = { UnitPrice = decimal } },
      customer = reference "Customer"    { key = "CustomerId", from = "CustomerId" },
      track    = reference "Track"       { key = "TrackId", from = "lines.TrackId" },    -- one for each line
    },

    decisions = {
      invoice_zone = {
        question  = "InvoiceDate has no time zone. Which clock wrote it?",
        options   = { utc      = "UTC",
                      customer = "the clock of the billing country",
                      day_only = "none: only the day means anything" },
        choice    = "utc",
        because   = "every invoice is dated at midnight, whatever the country; a local clock would not be",
        owner     = "sales",
        decided   = "2026-10-02",
        review_by = "2027-04-01",
      },
    },

    fields = {
      saleId        = id      { from = "InvoiceId", prefix = "sal_" },
      soldAt        = instant { from = "InvoiceDate", decision = "invoice_zone" },
      customerId    = text    { from = "CustomerId" },
      customerName  = text    { from = { "customer.FirstName", "customer.LastName" },
                                by = function(first_name, last_name) return first_name .. " " .. last_name end },
      customerEmail = text    { from = "customer.Email", fold = lower },
      company       = text    { from = "customer.Company", optional = true },
      street        = text    { from = "BillingAddress", optional = true },
      city          = text    { from = "BillingCity", optional = true },
      region        = text    { from = "BillingState", optional = true },
      country       = text    { from = "BillingCountry", optional = true },
      postalCode    = text    { from = "BillingPostalCode", optional = true },
      total         = decimal { 10, 2, from = "Total" },
      lines         = list    { from = "lines", each = {
        lineId    = text    { from = "InvoiceLineId" },
        trackId   = text    { from = "TrackId" },
        title     = text    { from = "track.Name" },
        composer  = text    { from = "track.Composer", optional = true },
        unitPrice = decimal { 10, 2, from = "UnitPrice" },
        quantity  = integer { from = "Quantity" },
        amount    = decimal { 10, 2, from = { "UnitPrice", "Quantity" },
                              by = function(unit_price, quantity) return unit_price * exact(quantity) end },
      } },
    },

    invariants = {
      ["the lines add up to the total"] = function(sale)
        return equal(sum(sale.lines, "amount"), sale.total)
      end,
      ["a sale has lines"] = function(sale) return #sale.lines > 0 end,
    },

    queries = {
      sales_of_customer = {
        why     = "shop desk: what did this customer buy, one sale after the other?",
        params  = { customer = sample "customerId" { count = 40 } },
        legacy  = [[ select "InvoiceId" as sale, "InvoiceDate" as sold, "Total" as total, "BillingCountry" as country from "Invoice"
                     where "CustomerId" = :customer order by "InvoiceDate", "InvoiceId" ]],
        target  = [[ select saleId as sale, soldAt as sold, total, country from sale
                     where customerId = :customer order by soldAt, length(saleId), saleId ]],
        columns = { sale = field "saleId" { key = true }, sold = field "soldAt", total = field "total", country = field "country" },
        order   = "declared",
      },
      who_bought = {
        why     = "royalties: in which sales is this track, and how often?",
        params  = { track = sample "lines.trackId" { count = 100 } },
        legacy  = [[ select "InvoiceLineId" as line, "InvoiceId" as sale, "UnitPrice" as price, "Quantity" as quantity from "InvoiceLine"
                     where "TrackId" = :track ]],
        target  = [[ select lineId as line, id as sale, unitPrice as price, quantity from sale_lines where trackId = :track ]],
        columns = { line = field "lines.lineId" { key = true }, sale = field "saleId", price = field "lines.unitPrice",
                    quantity = field "lines.quantity" },
      },
      large_sales = {
        why     = "finance: which sales are as large as this one, or larger?",
        params  = { total = sample "total" { count = 10 } },
        legacy  = [[ select "InvoiceId" as sale, "Total" as total from "Invoice" where "Total" >= cast(:total as numeric) ]],
        target  = [[ select saleId as sale, total from sale where total >= cast(:total as numeric) ]],
        columns = { sale = field "saleId" { key = true }, total = field "total" },
      },
    },

    examples = {
      { "two lines, one without a composer",
        given  = { root     = { InvoiceId = "1", CustomerId = "2", InvoiceDate = "2021-01-01 00:00:00", BillingCity = "Stuttgart",
                                BillingCountry = "Germany", BillingPostalCode = "70174", Total = "2.97" },
                   lines    = { { InvoiceLineId = "1", TrackId = "2", UnitPrice = "0.99", Quantity = "1" },
                                { InvoiceLineId = "2", TrackId = "4", UnitPrice = "0.99", Quantity = "2" } },
                   customer = { CustomerId = "2", FirstName = "Leonie", LastName = "Köhler", Email = "LeoneKohler@surfeu.de" },
                   track    = { { TrackId = "2", Name = "Balls to the Wall" },
                                { TrackId = "4", Name = "Restless and Wild", Composer = "F. Baltes" } } },
        expect = { saleId = "sal_1", soldAt = "2021-01-01T00:00:00.000000Z", customerName = "Leonie Köhler",
                   customerEmail = "leonekohler@surfeu.de", region = absent, total = "2.97",
                   lines = { { lineId = "1", title = "Balls to the Wall", composer = absent, quantity = 1, amount = "0.99" },
                             { title = "Restless and Wild", composer = "F. Baltes", quantity = 2, amount = "1.98" } } } },
      { "money with more digits than a price has",
        given   = { root     = { InvoiceId = "3", CustomerId = "8", InvoiceDate = "2021-01-03 00:00:00", Total = "5.941" },
                    customer = { CustomerId = "8", FirstName = "Daan", LastName = "Peeters", Email = "daan_peeters@apple.be" } },
        rejects = { total = "E2105" } },
      { "a moment that does not exist",
        given   = { root     = { InvoiceId = "4", CustomerId = "8", InvoiceDate = "2021-02-30 00:00:00", Total = "0" },
                    customer = { CustomerId = "8", FirstName = "Daan", LastName = "Peeters", Email = "daan_peeters@apple.be" } },
        rejects = { soldAt = "E2107" } },
    },
  },
}
