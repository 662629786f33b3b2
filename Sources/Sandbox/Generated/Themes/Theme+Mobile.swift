extension Theme {
    static let mobile: [Theme] = [
        Theme(
            area: .mobile,
            subject: "login on slow networks",
            summary: "Login fails now and then on slow networks",
            description: [
                "On 2G or in the underground the app shows 'wrong password' although the password is right. The request ran into its time limit and any error is reported as bad credentials.",
                "After three of those the account is locked.",
            ],
            echoSummary: "Cannot sign in from the train",
            echo: "Commuters are told that their secret is incorrect, change it, and then are locked out altogether.",
            step: "Do not count time-outs as failed attempts",
            branch: "login-flaky-network",
            pullTitle: "Tell connectivity trouble from rejected credentials",
            pullBody:
                "Authentication now has three outcomes: accepted, refused, unknown. Unknown is tried again with growing pauses and never counts towards the lockout.",
            commits: ["Model the unknown outcome", "Back off on poor reception", "Show an offline hint"],
            objection:
                "The server may have counted the attempt even if we never saw its answer. The counter has to be idempotent as well.",
            praise: "Tried with the network link conditioner at 90% loss: patient and honest.",
            path: "App/Auth/SignIn.swift",
            remark: "Please localise this hint.",
            talk: "The flaky end-to-end test on the device farm is stable for 300 runs."
        ),
        Theme(
            area: .mobile,
            subject: "memory leak in the image cache",
            summary: "App is killed after scrolling long lists: image cache grows without end",
            description: [
                "Decoded pictures are kept by URL including the signature, which changes with each visit. Entries are never hit again and never leave.",
                "After five minutes of scrolling we use 1.4 GB and the system terminates us.",
            ],
            echoSummary: "Crashes while browsing the catalogue on older phones",
            echo:
                "Store reviews mention that the application closes by itself after looking at some hundred articles. Devices with 2 GB of RAM are hit first.",
            step: "Report memory warnings to telemetry",
            branch: "bounded-thumbnails",
            pullTitle: "Bound the thumbnail store by cost and strip signatures from its keys",
            pullBody:
                "Least recently used bitmaps are evicted at 60 MB and all go on a low-memory signal. A retain cycle between cell and loader is gone too.",
            commits: ["Key by path, not by signed address", "Evict by decoded size", "Break the cycle between cell and loader"],
            objection: "On memory warnings we should also cancel decoding in flight.",
            praise: "Allocations are flat in Instruments. Lovely curve.",
            path: "App/Images/Cache.swift",
            remark: "The cost should be bytesPerRow times height.",
            talk: "Out-of-memory terminations fell from 2.1% to 0.2% of sessions in the beta."
        ),
        Theme(
            area: .mobile,
            subject: "push notifications arriving twice",
            summary: "Push notification duplicates on devices with two registrations",
            description: [
                "After a restore from backup a phone has an old and a new registration. We send to both and the platform delivers both.",
                "Delivery updates ring two times, promotions as well.",
            ],
            echoSummary: "Every message pops up two times",
            echo: "Users hear the sound twice for each parcel. Some turned alerts off completely.",
            step: "Drop registrations unused for 60 days",
            branch: "push-dedup",
            pullTitle: "One active device token per installation",
            pullBody:
                "Installations get an identifier that survives restores. Registering replaces the earlier token, and each alert carries a collapse id so that the platform merges repeats.",
            commits: ["Identify installations", "Replace instead of adding tokens", "Set collapse ids"],
            objection: "Tablet and phone of one person are two installations, both must get the alert. Please add a test.",
            praise: "The clean-up job is careful and has a dry run.",
            path: "Sources/Push/Registry.swift",
            remark: "Feedback from the platform about dead tokens arrives asynchronously.",
            talk: "Deliveries per user and event: 1.38 before, 1.00 after."
        ),
        Theme(
            area: .mobile,
            subject: "battery drain by location updates",
            summary: "Battery drains within hours when store finder was used once",
            description: [
                "Leaving the map does not stop the high-accuracy positioning. It keeps running in the background until the app is killed.",
                "The system settings show us as number one consumer.",
            ],
            echoSummary: "Phone gets hot and is empty by noon",
            echo: "Since the last release people must charge twice a day. They uninstall us.",
            step: "Add an energy test to the release checklist",
            branch: "stop-positioning",
            pullTitle: "Release GPS as soon as the map disappears",
            pullBody: "Positioning is bound to the view's lifetime and uses coarse accuracy unless navigation is on.",
            commits: ["Tie positioning to the map", "Use coarse accuracy by default", "Log the time the sensor was on"],
            objection: "If permission is withdrawn meanwhile the delegate is never called and we leak it.",
            praise: "Energy gauge stays in the green.",
            path: "App/Stores/Locator.swift",
            remark: "deferred updates are deprecated, let us drop them.",
            talk: "Average drain per hour dropped from 9% to 1% on my test phone."
        ),
        Theme(
            area: .mobile,
            kind: .story,
            subject: "offline shopping list",
            summary: "Shopping list must work without a connection and sync later",
            description: [
                "In the basement of the supermarket there is no reception. The list should be usable and changes of both partners should be merged afterwards.",
                "Deleting on one device and ticking on the other must not bring items back to life.",
            ],
            echoSummary: "Ticked items come back when I leave the shop",
            echo: "Couples share a list. What one has put in the trolley appears again after the other's phone reconnects.",
            step: "Decide what wins when both edit a note",
            branch: "list-crdt",
            pullTitle: "Merge lists with an observed-remove set",
            pullBody:
                "Each change has a device and a counter, so replicas converge in any order. The outbox is persisted and drained when reachability returns.",
            commits: ["Add the replicated set", "Persist the outbox", "Property test: merges commute"],
            objection: "Tombstones are never collected. After a year the document is mostly graves.",
            praise: "The property tests found a bug in my head before I did.",
            path: "App/Lists/ReplicatedSet.swift",
            remark: "Wall clocks lie; good that you did not use them.",
            talk: "Tested with two phones in a cellar. They agree again after a second."
        ),
        Theme(
            area: .mobile,
            subject: "start taking six seconds",
            summary: "Cold start takes six seconds on mid-range Android phones",
            description: [
                "Before the first frame we open the database, run migrations, initialise three analytics kits and fetch remote configuration, all on the main thread.",
                "Each second costs us 7% of sessions.",
            ],
            echoSummary: "The logo stays on the screen for ages",
            echo: "Reviewers complain that opening the app takes longer than walking to the shelf.",
            step: "Budget per library in CI",
            branch: "lazy-startup",
            pullTitle: "Defer everything that the first screen does not need",
            pullBody:
                "Start-up is a graph now: the home screen waits for two nodes only; trackers and migrations run afterwards on background queues. Baseline profiles are shipped.",
            commits: ["Describe start-up as a graph", "Initialise trackers lazily", "Ship baseline profiles"],
            objection: "Consent must be known before any tracker starts, even lazily.",
            praise: "1.3 seconds on the cheapest phone of our drawer.",
            path: "App/Boot/Graph.kt",
            remark: "A cycle in the graph should fail at build time.",
            talk: "Play console: slow cold starts went from 31% to 6%."
        ),
        Theme(
            area: .mobile,
            subject: "dates in the wrong calendar",
            summary: "Delivery dates are shown in the wrong year for Thai users",
            description: [
                "With the Buddhist calendar as system default our formatter prints year 2569 and the parser rejects what the server sends.",
                "Date pickers send 2569 to the backend, which books deliveries in the far future.",
            ],
            echoSummary: "My parcel arrives in 543 years",
            echo: "A screenshot from Bangkok makes the rounds. Checkout refuses birthdays as well.",
            step: "Search for formatters without a fixed locale",
            branch: "posix-dates",
            pullTitle: "Use a fixed locale and the Gregorian calendar for machine dates",
            pullBody:
                "Everything exchanged with servers is ISO-8601 with en_US_POSIX. Only what people see follows their settings.",
            commits: [
                "Separate wire and display formats", "Pin the calendar for the wire",
                "Test with Thai, Persian and Hebrew settings",
            ],
            objection: "Week numbers differ too. Please check the slots view for regions where the week starts on Saturday.",
            praise: "The lint rule against bare formatters will save us next time.",
            path: "App/Format/Dates.swift",
            remark: "Caching formatters is fine, they are thread safe now.",
            talk: "Verified on a device set to Thai, Farsi and Arabic (Saudi Arabia)."
        ),
        Theme(
            area: .mobile,
            subject: "broken deep links",
            summary: "Links in newsletters open the home screen instead of the product",
            description: [
                "Tracking wraps every link. Universal links are resolved by the wrapper's domain, which our association file does not list.",
                "Campaign revenue on phones halved.",
            ],
            echoSummary: "Tapping an offer in the mail leads nowhere",
            echo: "Recipients land on the start page and have to search for the article. Most give up.",
            step: "Monitor the association file",
            branch: "universal-links",
            pullTitle: "Resolve wrapped campaign addresses before routing",
            pullBody:
                "The click domain joins the association file; the app follows the redirect itself, then hands the target to the router. Unknown paths open in the browser.",
            commits: ["List the click domain", "Follow redirects before routing", "Fall back to the browser"],
            objection: "Following redirects to any host is a phishing gift. Restrict the targets to ours.",
            praise: "The router table is readable at last.",
            path: "App/Routing/DeepLinks.swift",
            remark: "Query parameters with a plus sign are decoded twice.",
            talk: "Ran yesterday's campaign on the beta: 97% arrive on the product."
        ),
    ]
}
