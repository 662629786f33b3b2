extension Theme {
    static let web: [Theme] = [
        Theme(
            area: .web,
            subject: "weak contrast in dark mode",
            summary: "Dark theme: grey text on black is unreadable",
            description: [
                "Hints, placeholders and disabled buttons use #555 on #111, a ratio of 2.6 where accessibility rules ask for 4.5.",
                "Affects the basket, the profile page and all tables.",
            ],
            echoSummary: "I cannot see the form labels at night",
            echo: "A visitor with low vision switched on the night colours and cannot tell which fields are mandatory.",
            step: "Measure all colour pairs in a test",
            branch: "contrast-tokens",
            pullTitle: "Raise the luminance of secondary colours in the night palette",
            pullBody:
                "New design tokens reach at least 4.5:1 for text and 3:1 for controls. A unit test computes the ratio for each pair, so that nobody can regress it by taste.",
            commits: ["Brighten muted tokens", "Compute WCAG ratios in a test", "Replace hard-coded hex values"],
            objection: "The focus ring vanishes on blue buttons now. Keyboard users need it.",
            praise: "Finally I can read the table footers on my balcony.",
            path: "src/theme/dark.css",
            remark: "This one is 4.48, just below.",
            talk: "Design signed off the new palette, screenshots are in the wiki."
        ),
        Theme(
            area: .web,
            subject: "slow dashboard query",
            summary: "Seller dashboard takes 14 seconds to load for big accounts",
            description: [
                "The revenue chart reads every order of the last year and adds them up in the browser request. Accounts with more than 200,000 orders run into the time limit.",
                "EXPLAIN shows a sequential scan and a sort on disk.",
            ],
            echoSummary: "Statistics page never finishes",
            echo:
                "A large merchant sees the spinner until the gateway error. They asked whether we can mail the figures as a spreadsheet.",
            step: "Backfill the daily totals",
            branch: "daily-rollups",
            pullTitle: "Precompute sales per day and read those for the charts",
            pullBody:
                "Adds a rollup table that is maintained as orders change, and a covering index for the current day. The p95 of the endpoint falls from 14 s to 180 ms on a copy of production.",
            commits: ["Aggregate orders by day", "Read rollups in the chart endpoint", "Add an index for the open day"],
            objection: "Days depend on the merchant's time zone. Totals by UTC day will not match their bookkeeping.",
            praise: "The plan is a beauty: two index scans and no sort.",
            path: "src/reports/revenue.sql",
            remark: "Please keep cancelled orders out in the partial index.",
            talk: "Rolled out to 10%: database CPU is down by a fifth."
        ),
        Theme(
            area: .web,
            subject: "stale login across tabs",
            summary: "Users are signed out at random when two tabs refresh the OAuth token",
            description: [
                "Both tabs notice that the access token is about to end and use the same refresh token. The identity service sees the second use as theft and revokes the whole family.",
                "The window is small but power users have twenty tabs.",
            ],
            echoSummary: "Keep getting thrown back to the sign-in form",
            echo: "An editor has to enter the password several times an hour, always when working with multiple windows.",
            step: "Log revoked families with their reason",
            branch: "single-flight-refresh",
            pullTitle: "Let only one tab renew credentials at a time",
            pullBody:
                "Uses the Web Locks API (with a storage fallback) to make renewal single-flight across windows. Others wait and take over the new pair.",
            commits: ["Guard renewal with a lock", "Share the new pair with waiting tabs", "Fallback for old browsers"],
            objection: "If the tab that holds the lock is frozen by the browser nobody can renew. We need a time limit.",
            praise: "Could not reproduce the logout in an hour of trying with 30 windows.",
            path: "src/auth/refresh.ts",
            remark: "Broadcast the failure as well, not only the success.",
            talk: "Support tickets about surprise sign-outs dropped to zero since the weekend."
        ),
        Theme(
            area: .web,
            subject: "search box losing keystrokes",
            summary: "Typing fast in the search field drops letters",
            description: [
                "Suggestions re-render the input with the value of the request that was answered last. Slow answers overwrite what was typed since.",
                "On a throttled connection 'headphones' becomes 'headphne'.",
            ],
            echoSummary: "Autocomplete eats characters",
            echo: "Testers on trains report that the text they enter jumps back. They end up searching for nonsense.",
            step: "End-to-end test with delayed answers",
            branch: "stale-suggestions",
            pullTitle: "Ignore suggestions that answer an older query",
            pullBody:
                "The field is now uncontrolled and responses carry a sequence number. Out-of-order ones are dropped, requests in flight are aborted.",
            commits: ["Number requests and drop late ones", "Abort requests in flight", "Do not re-render the input"],
            objection: "Aborting fires an error toast at the moment. Users should not see that.",
            praise: "Smooth even at 3G speed. Also less traffic.",
            path: "src/search/Suggest.tsx",
            remark: "Debounce of 120 ms feels right on my machine.",
            talk: "Input method editors for Japanese composed text still work, I tried kana and kanji."
        ),
        Theme(
            area: .web,
            subject: "basket emptied at midnight",
            summary: "Shopping basket is empty the next day",
            description: [
                "Anonymous baskets live in a session that ends at midnight server time rather than 30 days after the last visit.",
                "Marketing measures many 'abandoned' carts that were taken away by us.",
            ],
            echoSummary: "Everything I had picked yesterday has vanished",
            echo: "Visitors collect articles in the evening, sleep over it and return to nothing.",
            step: "Restore baskets from the event log",
            branch: "basket-lifetime",
            pullTitle: "Keep anonymous carts for 30 days after the last change",
            pullBody:
                "Moves carts out of the session into a store with a sliding expiry. Merges with the account's cart at sign-in.",
            commits: ["Store carts outside of sessions", "Slide the expiry with each change", "Merge carts at sign-in"],
            objection: "Merging must not double quantities when the same person signs in twice.",
            praise: "Simple and well tested; the migration is reversible too.",
            path: "src/cart/store.ts",
            remark: "TTL belongs in configuration.",
            talk: "Conversion of returning visitors is up by 2.3 points."
        ),
        Theme(
            area: .web,
            subject: "layout shift while images load",
            summary: "Product page jumps while pictures are loading",
            description: [
                "Pictures have no width and height, so the buy button moves down just when people press it. They hit an advertisement instead.",
                "Cumulative layout shift is 0.41; search engines punish anything above 0.1.",
            ],
            echoSummary: "Page hops around and I clicked on the wrong thing",
            echo: "On slow phones the content moves several times. One user ordered express shipping by accident.",
            step: "Reserve room for consent banner",
            branch: "aspect-ratio",
            pullTitle: "Reserve space for media with aspect ratios",
            pullBody:
                "The image service already knows the dimensions; templates now print them and the style sheet keeps the ratio. Fonts get a metric-compatible fallback.",
            commits: ["Print dimensions of media", "Use a fallback font with equal metrics", "Watch the shift score in CI"],
            objection: "Portrait pictures are cropped in the gallery now.",
            praise: "Score of 0.02 on my old tablet.",
            path: "src/product/Gallery.tsx",
            remark: "lazy loading for the first picture hurts the largest paint.",
            talk: "Search console shows green for all product pages."
        ),
        Theme(
            area: .web,
            subject: "keyboard trap in the address dialog",
            summary: "Screen reader users cannot leave the address dialog",
            description: [
                "Focus moves to the first field and then cycles behind the overlay; Escape does nothing. With NVDA and VoiceOver the rest of the page is read out although it is covered.",
                "This blocks purchases for blind customers.",
            ],
            echoSummary: "Complaint by the association of the blind about checkout",
            echo:
                "The letter says the delivery form can be entered but never be closed without a mouse. They ask for an answer within four weeks.",
            step: "Audit all modals",
            branch: "native-dialog",
            pullTitle: "Use the native dialog element with proper focus handling",
            pullBody:
                "Replaces our home-grown overlay. The browser makes the background inert, returns focus to the opener and closes with Escape.",
            commits: ["Replace the overlay by dialog", "Return focus to the opener", "Label the close button"],
            objection: "Scrolling of the body behind is still possible on iOS.",
            praise: "I went through checkout with the screen off. It works.",
            path: "src/ui/Modal.tsx",
            remark: "aria-labelledby points to an id that does not exist in the short form.",
            talk: "The association tested the preview and sent thanks."
        ),
        Theme(
            area: .web,
            kind: .story,
            subject: "product comparison",
            summary: "Let shoppers compare up to four products side by side",
            description: [
                "People open many tabs to compare technical data. A table with the differences in colour would keep them with us.",
                "Must work on narrow screens: there columns can be swiped.",
            ],
            echoSummary: "Which of these two monitors has more ports?",
            echo: "Chat agents answer the same question all day. Visitors would like to see specifications next to each other.",
            step: "Collect comparable attributes per category",
            branch: "compare-table",
            pullTitle: "Comparison table with highlighted differences",
            pullBody:
                "Adds a tray at the bottom to collect articles and a page that lines up their attributes. Equal rows are folded.",
            commits: ["Add the collecting tray", "Line up attributes by category", "Fold rows without differences"],
            objection: "Units must be normalised before we compare: 1 TB and 1000 GB are shown as different.",
            praise: "The sticky header makes long lists bearable.",
            path: "src/compare/Table.tsx",
            remark: "Four columns at 320 pixels are too many, let us show two.",
            talk: "Usability test: 9 of 10 found it without help."
        ),
        Theme(
            area: .web,
            subject: "mixed-up translations",
            summary: "French visitors see German delivery texts",
            description: [
                "The edge cache ignores Accept-Language, so the first visitor decides the language for everybody in that region.",
                "It began when the CDN rules were cleaned up.",
            ],
            echoSummary: "Site switches language in the middle of the order",
            echo: "A customer from Lyon got 'Lieferung in zwei Tagen' and did not understand the delivery date.",
            step: "Purge the wrong variants",
            branch: "vary-language",
            pullTitle: "Put the locale into the URL and the cache key",
            pullBody:
                "Pages live under /fr, /de and so on. The header only decides the redirect at the root, which is not cached.",
            commits: ["Route by locale prefix", "Redirect at the root only", "Purge old variants on deployment"],
            objection: "Canonical links must point to the prefixed addresses or we lose ranking.",
            praise: "Much easier to debug than a Vary header.",
            path: "src/router/locale.ts",
            remark: "zh-Hant and zh-Hans need different treatment here.",
            talk: "Checked from nine exit nodes; every one has the proper language."
        ),
    ]
}
