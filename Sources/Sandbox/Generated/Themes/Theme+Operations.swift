extension Theme {
    static let operations: [Theme] = [
        Theme(
            area: .operations,
            subject: "exhausted database connections",
            summary: "API returns 500 at peak: too many connections for PostgreSQL",
            description: [
                "Each instance opens up to 50 sessions and the autoscaler adds instances when latency rises. At 12 of them the server refuses, latency rises, and more are started.",
                "A feedback loop that took the shop down for 22 minutes on Sunday.",
            ],
            echoSummary: "Whole site unavailable on Sunday evening",
            echo: "Nobody could order between 20:04 and 20:26. The status page stayed green.",
            step: "Alarm at 80% of sessions",
            branch: "shared-pool",
            pullTitle: "Put a transaction pooler in front and cap the pool per instance",
            pullBody:
                "Clients wait in a bounded queue rather than pile onto the server. Saturation makes requests fail fast with 503 and Retry-After, and scaling looks at CPU alone.",
            commits: ["Cap sessions per instance", "Fail fast on saturation", "Scale by processor time"],
            objection:
                "Prepared statements and advisory locks do not survive transaction pooling. Who checked the migration tool?",
            praise: "Game day repeated Sunday's traffic: slow for some, down for none.",
            path: "deploy/pooler.yaml",
            remark: "Idle in transaction needs a limit too.",
            talk: "Post-mortem is linked in the wiki; this closes action items 1 to 3."
        ),
        Theme(
            area: .operations,
            subject: "data export running into a time-out",
            summary: "Data export times out for large accounts",
            description: [
                "Requests under the privacy law build one archive in memory and answer synchronously. Above roughly 2 GB the gateway closes after 60 seconds and everything starts again.",
                "We have to deliver within 30 days by law.",
            ],
            echoSummary: "Asked for my personal data three times, got an error page",
            echo: "A long-standing customer threatens to complain to the authority since the download never completes.",
            step: "Delete archives after seven days",
            branch: "async-archive",
            pullTitle: "Build archives in the background and mail a link",
            pullBody:
                "The job streams tables to object storage in parts, resumes after a crash from the last part, and sends a signed address when all is there.",
            commits: ["Stream parts to storage", "Resume after the last finished part", "Send a signed address"],
            objection: "The link must require a sign-in. Mail gets forwarded.",
            praise: "Memory stays at 40 MB whatever the size. Great.",
            path: "Sources/Privacy/Archive.swift",
            remark: "zip64 is needed beyond 4 GB.",
            talk: "The three pending requests were fulfilled with this branch last night."
        ),
        Theme(
            area: .operations,
            subject: "certificates expiring unnoticed",
            summary: "TLS certificate of the partner API expired over the weekend",
            description: [
                "Renewal is automatic for public names only. The mutual TLS pair for the logistics partner is a file that someone copied two years ago.",
                "No labels were printed for 31 hours.",
            ],
            echoSummary: "Warehouse cannot print shipping labels",
            echo: "Since Saturday morning the carrier refuses our calls with a handshake failure. Parcels pile up.",
            step: "Inventory of all key pairs",
            branch: "cert-watch",
            pullTitle: "Watch all certificates and rotate partner keys by job",
            pullBody:
                "An exporter reads every secret of type TLS and tells the days left; below 21 days it opens a ticket, below 7 it pages. Rotation for partners is a pipeline with two overlapping pairs.",
            commits: ["Export the days left", "Rotate with an overlap", "Page below one week"],
            objection: "Intermediate certificates run out as well. Look at the chain, not the leaf alone.",
            praise: "Found two more that would have died in March.",
            path: "deploy/cert-exporter.yaml",
            remark: "SHA-1 fingerprints in the log, please use SHA-256.",
            talk: "The carrier confirmed that both pairs work during the overlap."
        ),
        Theme(
            area: .operations,
            subject: "logs filling the disk",
            summary: "Node runs out of disk because debug logging was left on",
            description: [
                "A flag for one customer switched debug output on for the entire cluster. 400 GB in a day, then pods were evicted.",
                "Card numbers were masked, e-mail addresses were not.",
            ],
            echoSummary: "Pods restart every few minutes on node 7",
            echo: "Evictions for ephemeral storage. The volume is full of text.",
            step: "Scrub addresses from stored logs",
            branch: "log-budget",
            pullTitle: "Give every service a logging budget",
            pullBody:
                "Above its budget a service keeps errors and a sample of the rest. Levels are set per tenant and fall back after an hour. Personal data is masked by type, not by regular expression.",
            commits: ["Sample above the budget", "Let level overrides expire", "Mask personal data by type"],
            objection: "When sampled, please log how many lines were dropped.",
            praise: "The budget metric shows who shouts. We were surprised.",
            path: "Sources/Telemetry/Budget.swift",
            remark: "UTF-8 boundaries: truncating in the middle of a character breaks the collector.",
            talk: "Storage bill for observability: minus 38%."
        ),
        Theme(
            area: .operations,
            subject: "deployments without a way back",
            summary: "Rollback is impossible once a migration has run",
            description: [
                "Releases drop columns in the same step in which code stops to use them. When a release is bad the earlier version cannot start.",
                "In May we had to repair forward for three hours.",
            ],
            echoSummary: "Why could we not return to yesterday's version?",
            echo: "Management asks after the incident. The button for the previous build exists and did nothing but crash.",
            step: "Write the guide for two-step schema changes",
            branch: "expand-contract",
            pullTitle: "Check schema changes for compatibility with the running release",
            pullBody:
                "CI starts the previous build against the migrated database and runs its smoke tests. Drops are refused unless a release without the column has been live for a week.",
            commits: ["Run the old build on the new schema", "Refuse early drops", "Explain expand and contract"],
            objection: "Renaming via views is missing from the guide and is the most frequent case.",
            praise: "It already caught a rename in my own branch.",
            path: ".ci/compatibility.sh",
            remark: "Quote the variable, branch names may contain spaces.",
            talk: "We rehearsed going back twice during business hours. Nobody noticed."
        ),
        Theme(
            area: .operations,
            subject: "retry storms after an outage",
            summary: "Recovery takes an hour because all clients retry at the same moment",
            description: [
                "After the cache came back every worker tried again immediately and in step. The cache fell over five times.",
                "We need pauses that grow and differ.",
            ],
            echoSummary: "Service flaps up and down after short failures",
            echo: "Graphs look like a saw: peaks every 30 seconds exactly, until someone restarts things one by one.",
            step: "Circuit breaker for the cache client",
            branch: "jittered-backoff",
            pullTitle: "Exponential backoff with full jitter and a retry budget",
            pullBody:
                "Clients wait a random time below a growing ceiling and may spend at most 10% of their requests on repetitions. Retry-After of the server has the last word.",
            commits: ["Add jitter to the pauses", "Limit repetitions by a budget", "Obey the server's wish"],
            objection: "Non-idempotent calls must not be repeated at all unless the caller says so.",
            praise: "The simulation in the tests is a joy to read.",
            path: "Sources/Resilience/Backoff.swift",
            remark: "Cap the exponent before shifting.",
            talk: "Chaos test: full recovery in 70 seconds rather than an hour."
        ),
        Theme(
            area: .operations,
            kind: .task,
            subject: "backups never restored",
            summary: "Prove every week that backups can be restored",
            description: [
                "We make dumps every night and have never read one back. The last drill found that large objects were missing.",
                "A restore that nobody has tried is a hope.",
            ],
            echoSummary: "Auditor wants evidence of a recovery test",
            echo: "For the certificate we must show when we last rebuilt the data from copies and how long it took.",
            step: "Keep the evidence for the audit",
            branch: "restore-drill",
            pullTitle: "Weekly restore drill with checks and timing",
            pullBody:
                "A job builds a database from the newest copy in an isolated network, compares row counts and checksums, and publishes recovery time and point.",
            commits: ["Restore into an isolated network", "Compare checksums", "Publish recovery objectives"],
            objection: "The drill has production data in a test account; encryption keys must differ and access be logged.",
            praise: "Recovery time measured: 48 minutes. Now we know.",
            path: "ops/restore_drill.py",
            remark: "Deleting the instance belongs in a finally block.",
            talk: "First run found a dump that was 0 bytes long. It paid for itself."
        ),
        Theme(
            area: .operations,
            subject: "leaked secrets in build output",
            summary: "CI prints the deploy token in plain text",
            description: [
                "A failing script echoes its environment. Build logs are readable for contractors.",
                "The token has been revoked; we must make sure it cannot occur again.",
            ],
            echoSummary: "Found credentials while reading a pipeline log",
            echo: "A contractor reported politely that a key to production can be seen in job 8841.",
            step: "Rotate everything that was ever printed",
            branch: "short-lived-identity",
            pullTitle: "Use short-lived workload identity instead of stored tokens",
            pullBody:
                "Pipelines exchange their signed identity for credentials that live ten minutes. Output is scanned before it is stored and matches are blanked.",
            commits: ["Exchange identity for credentials", "Scan output before storing", "Remove stored tokens"],
            objection: "Forks must not receive an identity, even if someone labels their request.",
            praise: "No more secrets in settings, hooray.",
            path: ".ci/identity.yaml",
            remark: "The audience claim should be pinned.",
            talk: "Security closed the incident with this as the corrective action."
        ),
    ]
}
