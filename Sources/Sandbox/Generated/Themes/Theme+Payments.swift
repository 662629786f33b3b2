extension Theme {
    static let payments: [Theme] = [
        Theme(
            area: .payments,
            subject: "charges made twice after a time-out",
            summary: "Customers are charged twice when the card gateway times out",
            description: [
                "When the acquirer takes longer than 30 seconds our checkout gives up and sends the payment again. If the first attempt did go through after all, the customer sees two debits on the statement.",
                "Support refunded 37 orders by hand last week. Expected: one order, one debit, whatever the network does.",
            ],
            echoSummary: "Double debit on my credit card for a single purchase",
            echo:
                "A shopper bought one pair of boots and the bank shows the amount two times, four seconds apart. The order page lists only one transaction, so our agents cannot even see the second one.",
            step: "Refund the duplicates of the last 90 days",
            branch: "idempotent-capture",
            pullTitle: "Send an idempotency key with every capture request",
            pullBody:
                "Retries used to look like new payments to the processor. The key is derived from the order and the attempt group (SHA-256, hex), so a repeated call returns the first outcome instead of moving money again.",
            commits: [
                "Derive a stable key from the order", "Reuse the key when the gateway does not answer",
                "Test a late success after a time-out",
            ],
            objection:
                "The key changes when the basket is edited between the attempts. Then we are back to paying twice; please pin it to the order version.",
            praise: "Replayed last Tuesday's outage against this branch: one capture per order. Very convincing.",
            path: "Sources/Payments/Capture.swift",
            remark: "What happens if the process dies between storing the key and calling out?",
            talk: "Finance asks that we keep the keys for at least 13 months because of chargeback windows."
        ),
        Theme(
            area: .payments,
            subject: "rounding of invoice totals",
            summary: "Invoice totals are off by one cent for some VAT rates",
            description: [
                "Adding the tax of each line and rounding afterwards gives another sum than rounding each line first. Our invoices do the one, the tax report does the other.",
                "Example: three items at 0.35 EUR with 19% VAT print 1.25 on the document and 1.24 in the export.",
            ],
            echoSummary: "Accountant rejects our bills: the sums do not add up",
            echo:
                "A business customer's bookkeeping software refuses the PDF because line amounts and the grand total differ by 0.01. They want a corrected document for the entire quarter.",
            step: "List affected invoices for the tax office",
            branch: "banker-rounding",
            pullTitle: "Round money per line, half to even, in integer minor units",
            pullBody:
                "Floating point has no place here. Amounts are now counted in cents and every line is rounded before it is added up, as ISO-8601 is to dates: one rule, everywhere.",
            commits: ["Represent amounts as integers", "Round half to even per line", "Add golden files for all VAT rates"],
            objection:
                "Yen has no minor unit and dinar has three digits. Please take the exponent from the currency table instead of assuming two.",
            praise: "The property test that compares sums in both orders is exactly what we were missing.",
            path: "Sources/Billing/Money.swift",
            remark: "This multiplication can overflow for very large orders in IDR.",
            talk: "Checked against the numbers of our auditor: all 412 documents agree now."
        ),
        Theme(
            area: .payments,
            kind: .story,
            subject: "refunds in parts",
            summary: "Allow support to pay back only some items of an order",
            description: [
                "Agents can return the entire amount or nothing. When one of five articles is broken they issue a voucher, which customers dislike and which costs us a fee.",
                "As an agent I want to pick lines and quantities and send the matching money back to the original payment method.",
            ],
            echoSummary: "Buyer wants money for one damaged cup, not store credit",
            echo:
                "A customer returned a single item from a larger basket. The tool offers just a full reversal. They are angry about the gift card they received instead.",
            step: "Show what can still be returned on the order page",
            branch: "partial-refunds",
            pullTitle: "Partial refunds with line-level balances",
            pullBody:
                "Each order line keeps how much was captured and how much went back. The ledger refuses to give out more than came in, also when two agents press the button at once.",
            commits: [
                "Keep a balance per order line", "Refuse to exceed the captured amount", "Add an endpoint for returning lines",
            ],
            objection: "Shipping costs are not a line. Who decides whether they are returned with the last item?",
            praise: "The row lock around the balance closes the race we saw in the old tool.",
            path: "Sources/Payments/Refund.swift",
            remark: "Could we name this `returnable` rather than `remaining`?",
            talk: "Legal confirmed: for full withdrawal within 14 days the delivery fee goes back too."
        ),
        Theme(
            area: .payments,
            subject: "expired cards of subscribers",
            summary: "Subscriptions stop silently when a stored card expires",
            description: [
                "The renewal job marks the plan as lapsed at the first decline. Nobody writes to the subscriber and no second attempt is made, although most declines are only temporary.",
                "About 4% of monthly revenue is lost this way.",
            ],
            echoSummary: "My membership was cancelled without any message",
            echo:
                "User has paid for three years, got a new plastic from the bank in spring and found the account closed. Wants the old price back.",
            step: "Write the three dunning mails",
            branch: "dunning",
            pullTitle: "Dunning: try again on days 1, 3 and 7 and tell the customer",
            pullBody:
                "Introduces a grace period. Soft declines are scheduled again, hard ones ask for a new payment method, and the network's account updater is consulted first.",
            commits: [
                "Tell soft declines from hard ones", "Schedule renewals again with a calendar",
                "Send reminders before the plan ends",
            ],
            objection: "Please do not send mail at 3 in the morning local time; the scheduler knows the customer's zone.",
            praise: "Clear state machine, easy to follow. The diagram in the comment helps.",
            path: "Sources/Subscriptions/Renewal.swift",
            remark: "Insufficient funds is soft, stolen card is hard. Do we map all reason codes?",
            talk: "In the pilot group 61% of the failing renewals were saved."
        ),
        Theme(
            area: .payments,
            subject: "outdated exchange rates",
            summary: "Prices in foreign currency use yesterday's exchange rate",
            description: [
                "The rates feed moved to a new host and since then the nightly import fails quietly. The cache serves the last good file for ever.",
                "On a volatile day we sold 200 orders in Turkish lira below cost.",
            ],
            echoSummary: "Converted amount differs from what the checkout displayed",
            echo:
                "A buyer from Istanbul compared the quote with the market and asks why it lags. Two partners exploit the gap by ordering right after big moves.",
            step: "Alarm when the table is older than six hours",
            branch: "fresh-fx-rates",
            pullTitle: "Refuse to quote with FX tables older than six hours",
            pullBody:
                "The importer now fails loudly and quoting falls back to the settlement currency when conversion data is stale.",
            commits: [
                "Carry the age of a rate with its value", "Fall back to settlement currency", "Page the team on stale tables",
            ],
            objection:
                "Weekends: the central bank publishes nothing from Friday evening on. Six hours would switch conversion off every Saturday.",
            praise: "Making age part of the type is a neat way to force callers to think about it.",
            path: "Sources/Currency/RateTable.swift",
            remark: "Should this be a monotonic clock?",
            talk: "Treasury is fine with the fallback as long as it is shown before the buyer confirms."
        ),
        Theme(
            area: .payments,
            subject: "webhooks lost on deployment",
            summary: "Payment notifications from the provider get lost during deployments",
            description: [
                "While instances restart, the load balancer answers 502 and the provider gives up after three attempts in a minute. Orders then stay in 'awaiting payment' though the money is there.",
                "We learn about it when customers call.",
            ],
            echoSummary: "Paid orders hang in waiting state after each release",
            echo:
                "The warehouse does not ship because the order is not released. Happens for a dozen parcels each Thursday evening, right after the rollout.",
            step: "Reconcile open orders with the provider's report each hour",
            branch: "durable-webhook-inbox",
            pullTitle: "Store incoming callbacks first, process them afterwards",
            pullBody:
                "A tiny receiver writes the raw call to a table and acknowledges. A worker applies it with the event id as deduplication key, so replays are harmless.",
            commits: ["Accept and store callbacks", "Apply each event once", "Reconcile hourly against the settlement report"],
            objection: "Signature check must happen before we store anything, otherwise anyone can fill our disk.",
            praise: "Good split between acknowledging and working. Rolling restarts no longer matter.",
            path: "Sources/Webhooks/Inbox.swift",
            remark: "Please cap the body size here.",
            talk: "Ran a rollout under load in staging: 0 of 10,000 events missing."
        ),
        Theme(
            area: .payments,
            subject: "bank challenge inside the app",
            summary: "3-D Secure challenge does not return to the shop on some banks",
            description: [
                "After approving in the banking app the browser stays on a blank page. The payment is authorised but the session that started it is gone because the cookie is not sent on the cross-site POST.",
                "Mostly seen with SameSite defaults of newer browsers.",
            ],
            echoSummary: "White screen after confirming the purchase with my bank",
            echo:
                "Shopper approves by fingerprint, comes back and sees nothing. They order again and wonder whether both went through.",
            step: "Test with the ten largest issuers",
            branch: "sca-return",
            pullTitle: "Keep the checkout session across the strong customer authentication redirect",
            pullBody:
                "The return URL now carries a one-time reference and the cookie for it is SameSite=None; Secure. The landing page polls for the result instead of trusting the form.",
            commits: ["Add a one-time return reference", "Poll the outcome on landing", "Document the issuer matrix"],
            objection: "The reference must be bound to the browser, or a leaked link lets others see the order.",
            praise: "Works with the two banks that always failed for me.",
            path: "web/checkout/return.ts",
            remark: "Exponential polling, please; every 200 ms hammers the API.",
            talk: "Abandonment on the challenge step went from 11% to 4% in the canary."
        ),
        Theme(
            area: .payments,
            subject: "gift card balance race",
            summary: "A gift card can be spent twice in two open tabs",
            description: [
                "Balance is read at the beginning of checkout and written at the end. Two parallel checkouts both see the full value.",
                "Fraud team found a forum post that explains the trick.",
            ],
            echoSummary: "Voucher worth 50 was redeemed for 100 in total",
            echo: "Two orders within the same second used one code. The ledger shows a negative remainder.",
            step: "Block codes with negative value",
            branch: "atomic-voucher",
            pullTitle: "Redeem vouchers with a conditional update",
            pullBody:
                "Instead of read-then-write the statement subtracts only where enough is left and reports whether a row changed. No locks held across the network.",
            commits: ["Subtract only while covered", "Return a clear error to the loser", "Hammer test with 64 workers"],
            objection: "Failed captures have to give the value back. I do not see a compensation path.",
            praise: "The concurrency test fails on main and passes here. Ship it.",
            path: "Sources/Vouchers/Redeem.swift",
            remark: "A check constraint in the schema would be a second net.",
            talk: "Closed the forum loophole; the fraud dashboard is quiet since."
        ),
        Theme(
            area: .payments,
            kind: .story,
            subject: "direct debit mandates",
            summary: "Offer SEPA direct debit at checkout",
            description: [
                "In Germany and Austria a third of shoppers leave when there are only cards. They expect to type an IBAN.",
                "We need mandates, pre-notification and handling of returned debits up to eight weeks later.",
            ],
            echoSummary: "Pay by bank account like everywhere else",
            echo: "Repeated wish in the survey: Lastschrift. Customers without a credit card cannot buy from us at all.",
            step: "Validate IBAN check digits in the form",
            branch: "sepa-mandates",
            pullTitle: "SEPA mandates: create, show, revoke",
            pullBody:
                "Adds the mandate entity with its reference and signature date, plus the file for the bank in pain.008. Returned debits reopen the invoice.",
            commits: ["Model mandates and their states", "Write pain.008 files", "Reopen invoices on returned debits"],
            objection:
                "The file is UTF-8 but the bank accepts only the restricted Latin set. Names like Łukasz need transliteration.",
            praise: "Nice that the state of a mandate cannot jump backwards.",
            path: "Sources/Sepa/Mandate.swift",
            remark: "mod 97 on a 34-digit number needs chunking, good that you did it.",
            talk: "The bank's test system accepted the sample batch this morning."
        ),
    ]
}
