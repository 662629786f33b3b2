extension Theme {
    static let data: [Theme] = [
        Theme(
            area: .data,
            subject: "search relevance",
            summary: "Search for 'running shoes' shows shoe polish first",
            description: [
                "Ranking counts how often a word occurs, so short accessory descriptions win. Popularity and category play no part.",
                "Click-through on the first result is 11%; it should be at least 30%.",
            ],
            echoSummary: "The shop does not understand what I am looking for",
            echo: "Customers type plain needs such as 'jacket for rain' and get umbrellas and care spray.",
            step: "Judge 300 queries by hand",
            branch: "learned-ranking",
            pullTitle: "Combine lexical and vector scores and learn the weights from clicks",
            pullBody:
                "Results of BM25 and of the embedding index are fused by reciprocal rank; a small model re-orders the top 50 with popularity, price and category. Measured by nDCG on judged queries.",
            commits: [
                "Fuse lexical and vector results", "Re-order the top with a small model", "Measure nDCG on judged queries",
            ],
            objection: "Clicks are biased by position. Without correction the model learns what we show today.",
            praise: "0.41 to 0.58 on the judged set, and the queries I hate are fine now.",
            path: "search/rank.py",
            remark: "Ties must be broken by id or paging shows things twice.",
            talk: "Experiment over two weeks: add-to-basket after search plus 9%."
        ),
        Theme(
            area: .data,
            subject: "double counting in reports",
            summary: "Weekly report counts returned orders twice",
            description: [
                "Joining orders with their parcels multiplies rows whenever an order ships in two boxes. Returns are subtracted per parcel.",
                "The board saw negative revenue for garden furniture.",
            ],
            echoSummary: "Sales figures of finance and marketing do not match",
            echo: "Two slides, two truths: 1.94 and 2.11 million for the same week.",
            step: "Write down the definition of net revenue",
            branch: "fan-out-join",
            pullTitle: "Aggregate before joining and test totals against the ledger",
            pullBody:
                "Measures are computed at their own grain first. A data test compares each day with the general ledger and stops publication when they differ by more than 0.1%.",
            commits: ["Aggregate parcels first", "Compare with the ledger", "Block publication on mismatch"],
            objection: "Late returns change past weeks. Do we restate or book them on arrival?",
            praise: "Elegant; the lineage graph is half as wide.",
            path: "warehouse/net_revenue.sql",
            remark: "count(distinct) hides the fan-out instead of fixing it.",
            talk: "Finance reproduced our number to the euro."
        ),
        Theme(
            area: .data,
            subject: "recommendations for the wrong person",
            summary: "Recommendations show what somebody else looked at",
            description: [
                "On shared tablets in our stores the device id is used as person. Visitors get baby articles because the one before bought some.",
                "Embarrassing and a privacy problem.",
            ],
            echoSummary: "Why am I offered diapers?",
            echo: "Someone complained that the in-store screen revealed a pregnancy test of the previous visitor.",
            step: "Forget history when the tablet is put back",
            branch: "session-scope",
            pullTitle: "Scope suggestions to the visit on shared devices",
            pullBody:
                "Kiosk devices are registered as shared; their profile ends with the session. Sensitive categories never enter a profile.",
            commits: ["Register kiosks as shared", "End the profile with the session", "Exclude sensitive categories"],
            objection: "The list of sensitive categories should come from legal, not from code.",
            praise: "Privacy by default, and simpler than before.",
            path: "reco/profile.py",
            remark: "Also clear the local storage.",
            talk: "Data protection officer approved the concept."
        ),
        Theme(
            area: .data,
            subject: "stock levels lagging behind",
            summary: "Sold-out articles can still be ordered for an hour",
            description: [
                "Availability is copied to the index by an hourly batch. During sales we accept hundreds of orders that cannot be fulfilled.",
                "Each costs us an apology and a voucher.",
            ],
            echoSummary: "Order cancelled a day later: item not in stock",
            echo:
                "A shopper bought three sale articles; two were taken back by us with regret. They will not return, they write.",
            step: "Subtract reservations as well",
            branch: "stream-inventory",
            pullTitle: "Stream inventory changes into the index within seconds",
            pullBody:
                "Consumes the change feed of the warehouse system with exactly-once bookkeeping in our table: position and effect are committed together.",
            commits: ["Consume the change feed", "Commit position with effect", "Alarm when the feed lags"],
            objection: "Events of one article must stay in order. With eight consumers and no key they do not.",
            praise: "Killed the consumer 50 times under load, counts are exact.",
            path: "inventory/consumer.py",
            remark: "The poison message goes where?",
            talk: "Overselling on Saturday: 3 orders. The Saturday before: 412."
        ),
        Theme(
            area: .data,
            subject: "misspelled names in address matching",
            summary: "Address check rejects names with diacritics and other scripts",
            description: [
                "The matcher strips everything outside of ASCII. Łódź becomes 'd', Şişli 'ili', and 東京 nothing at all.",
                "Parcels come back as undeliverable.",
            ],
            echoSummary: "The form says my street does not exist",
            echo:
                "People from Poland, Turkey and Japan cannot enter where they live. They write odd transliterations and mail gets lost.",
            step: "Sample of 10,000 addresses by country",
            branch: "unicode-matching",
            pullTitle: "Normalise with Unicode rules rather than dropping letters",
            pullBody:
                "Compare by compatibility decomposition and case folding, keep the original for the label, transliterate by country for carriers that need Latin.",
            commits: ["Fold by Unicode rules", "Keep the original for labels", "Transliterate by country"],
            objection: "Turkish dotless ı folds differently by locale; please add the pair ı/I to the tests.",
            praise: "Match rate in Poland went from 71% to 98%.",
            path: "address/normalize.py",
            remark: "NFKC changes ligatures, fine here, but document it.",
            talk: "Carrier accepted all sample labels, even the Ukrainian ones."
        ),
        Theme(
            area: .data,
            kind: .story,
            subject: "customer questions answered from manuals",
            summary: "Answer product questions from the manuals",
            description: [
                "Most chats ask what the manual says: how to descale, which battery, how to pair. A machine could find the passage and quote it with its page.",
                "It must say when it does not know.",
            ],
            echoSummary: "How do I reset my coffee machine?",
            echo: "Agents copy the same paragraphs out of PDFs all day long. Customers wait eleven minutes for a sentence.",
            step: "Split manuals at headings",
            branch: "manual-answers",
            pullTitle: "Retrieve passages from manuals and quote them with page numbers",
            pullBody:
                "Documents are cut at headings, embedded and retrieved per product. Below a similarity threshold the assistant hands over to a person. Every statement has a source.",
            commits: ["Cut manuals at headings", "Retrieve by product", "Hand over below the threshold"],
            objection: "Safety instructions must be quoted in full, never summarised.",
            praise: "Asked it ten nasty questions; it declined the three it should.",
            path: "assist/retrieve.py",
            remark: "Tables are flattened badly by the extractor.",
            talk: "In the pilot a third of chats end without a person, satisfaction is equal."
        ),
        Theme(
            area: .data,
            subject: "bots distorting the statistics",
            summary: "Traffic from scrapers inflates visitor numbers",
            description: [
                "A price robot fetches the whole catalogue each hour from home connections. It counts as 40% of 'visitors' and spoils experiments.",
                "User agents look like ordinary browsers.",
            ],
            echoSummary: "Visitors doubled over night, sales did not",
            echo: "The A/B test on the new menu shows an absurd drop. Half of the sessions never scroll or move a pointer.",
            step: "Recompute the last two experiments",
            branch: "bot-filter",
            pullTitle: "Flag automated sessions by behaviour",
            pullBody:
                "Sessions get a score from pace, order of pages and missing interaction. Flagged ones are kept and left out of metrics, so that a wrong flag can be undone.",
            commits: ["Score sessions by behaviour", "Leave flagged sessions out of metrics", "Review a sample each week"],
            objection: "Screen reader users do not scroll or point either. Make sure that we do not erase them.",
            praise: "The confusion matrix in the description made this easy to judge.",
            path: "analytics/bots.py",
            remark: "Threshold belongs in configuration.",
            talk: "Conversion is back to the level from before the robot."
        ),
    ]
}
