// swift-tools-version: 6.2
import PackageDescription

// The house, floor by floor: a target may import only what stands below it. See README.md, "Where things are".

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let webSocket: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOWebSocket", package: "swift-nio"),
    .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
    .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
    .product(name: "HTTPTypes", package: "swift-http-types"),
]

let package = Package(
    name: "pulse",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "pulse", targets: ["pulse"]),
        .executable(name: "pulse-bench", targets: ["PulseBench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Below the house: C.
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3"])]),

        // Floor 0: libraries that know nothing of Pulse.
        .target(name: "HTTPTransport", swiftSettings: strict),
        .target(name: "AsyncHTTPTransport", dependencies: ["HTTPTransport", asyncHTTPClient], swiftSettings: strict),
        .target(name: "Resilience", swiftSettings: strict),
        .target(name: "FloatJSON", swiftSettings: strict),
        .target(name: "UUIDText", swiftSettings: strict),
        .target(name: "Postgres", dependencies: ["CLibPQ", "UUIDText"], swiftSettings: strict),
        .target(name: "Qdrant", dependencies: ["FloatJSON", "HTTPTransport", "Resilience", "UUIDText"], swiftSettings: strict),
        .target(
            name: "Embedding",
            dependencies: ["CKernels", "FloatJSON", "HTTPTransport", "Resilience"],
            swiftSettings: strict
        ),

        // Floor 1: every SQL statement, and the pure model.
        .target(name: "PulseModel", dependencies: [crypto], swiftSettings: strict),
        .target(
            name: "Store",
            dependencies: ["Postgres", "PulseModel", "Resilience", crypto, logging],
            swiftSettings: strict
        ),

        // Floor 2: the stages. They meet in the database and never import each other; Connectors sees no Qdrant and no Embedding.
        .target(
            name: "Connectors",
            dependencies: ["HTTPTransport", "Resilience", "PulseModel", "Store", logging, serviceLifecycle],
            swiftSettings: strict
        ),
        .target(
            name: "Vectorization",
            dependencies: [
                "Embedding", "HTTPTransport", "Qdrant", "Resilience", "PulseModel", "Store", crypto, logging, serviceLifecycle,
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Search",
            dependencies: ["Embedding", "Qdrant", "PulseModel", "Store", "UUIDText", logging],
            swiftSettings: strict
        ),

        .target(
            name: "Jobs",
            dependencies: ["Resilience", "PulseModel", "Store", logging, serviceLifecycle],
            swiftSettings: strict
        ),

        .target(
            name: "AIOps",
            dependencies: ["Embedding", "PulseModel", "Store", logging, serviceLifecycle],
            swiftSettings: strict
        ),
        .target(name: "Insights", dependencies: ["PulseModel", "Store"], swiftSettings: strict),

        // Floor 3: what the outside sees, and the world to test against.
        .target(
            name: "Server",
            dependencies: [
                "AIOps", "CZlib", "FloatJSON", "HTTPTransport", "Insights", "Resilience", "Search", "PulseModel", "Store",
                coreMetrics, crypto, cryptoExtras, hummingbird, logging, metrics, serviceLifecycle,
            ] + webSocket,
            swiftSettings: strict
        ),
        .target(
            name: "Sandbox",
            dependencies: [asyncHTTPClient, crypto, cryptoExtras, hummingbird, logging],
            swiftSettings: strict
        ),

        // Floor 4: commands only.
        .executableTarget(
            name: "pulse",
            dependencies: [
                "AIOps", "AsyncHTTPTransport", "Connectors", "Embedding", "HTTPTransport", "Insights", "Jobs", "Postgres",
                "PulseModel",
                "Qdrant",
                "Resilience", "Sandbox",
                "Search", "Server", "Store", "Vectorization", argumentParser, asyncHTTPClient, configuration, crypto,
                coreMetrics, cryptoExtras, logging, metrics, serviceLifecycle, unixSignals,
            ],
            swiftSettings: strict
        ),

        // Beside the house: what tests share, databases and collections of their own; and what measures it.
        .target(name: "TestSupport", dependencies: ["Postgres", "Store"], swiftSettings: strict),
        .executableTarget(
            name: "PulseBench",
            dependencies: [
                "AsyncHTTPTransport", "COpenBLAS", "Connectors", "Embedding", "FloatJSON", "HTTPTransport", "Jobs", "Postgres",
                "PulseModel", "Qdrant", "Resilience", "Sandbox", "Store", "TestSupport", "Vectorization", argumentParser,
                asyncHTTPClient, hummingbird, logging, serviceLifecycle,
            ],
            swiftSettings: strict
        ),

        // Floor by floor again.
        .testTarget(
            name: "AsyncHTTPTransportTests",
            dependencies: ["AsyncHTTPTransport", "HTTPTransport", asyncHTTPClient, hummingbird, hummingbirdTesting],
            swiftSettings: strict
        ),
        .testTarget(name: "UUIDTextTests", dependencies: ["UUIDText"], swiftSettings: strict),
        .testTarget(name: "FloatJSONTests", dependencies: ["FloatJSON"], swiftSettings: strict),
        .testTarget(name: "ResilienceTests", dependencies: ["Resilience"], swiftSettings: strict),
        .testTarget(name: "PostgresTests", dependencies: ["Postgres"], swiftSettings: strict),
        .testTarget(
            name: "QdrantTests",
            dependencies: ["Qdrant", "HTTPTransport", "AsyncHTTPTransport", asyncHTTPClient],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EmbeddingTests",
            dependencies: [
                "AsyncHTTPTransport", "Embedding", "CKernels", "FloatJSON", "HTTPTransport", "Resilience", asyncHTTPClient,
                crypto,
                cryptoExtras,
                hummingbird, hummingbirdTLS, hummingbirdTesting,
            ],
            exclude: ["Fixtures"],
            swiftSettings: strict
        ),
        .testTarget(name: "PulseModelTests", dependencies: ["PulseModel", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "StoreTests",
            dependencies: ["Store", "Postgres", "PulseModel", "Resilience", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ConnectorsTests",
            dependencies: [
                "Connectors", "HTTPTransport", "Postgres", "PulseModel", "Resilience", "Sandbox", "Store", "TestSupport",
                crypto, cryptoExtras, hummingbird, hummingbirdTesting, logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "VectorizationTests",
            dependencies: [
                "Vectorization", "Embedding", "HTTPTransport", "PulseModel", "Qdrant", "Store", "TestSupport", logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "JobsTests",
            dependencies: ["Jobs", "Store", "Postgres", "PulseModel", "TestSupport", logging, serviceLifecycle],
            swiftSettings: strict
        ),
        .testTarget(
            name: "AIOpsTests",
            dependencies: ["AIOps", "Embedding", "Store", "Postgres", "PulseModel", "TestSupport", logging],
            swiftSettings: strict
        ),
        .testTarget(
            name: "InsightsTests",
            dependencies: ["Insights", "Store", "Postgres", "PulseModel", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(name: "SearchTests", dependencies: ["Search", "PulseModel", "Qdrant"], swiftSettings: strict),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "Server", "Search", "Store", "Postgres", "PulseModel", "Embedding", "Qdrant", "HTTPTransport", "TestSupport",
                crypto, cryptoExtras,
                hummingbird, hummingbirdTesting, logging, serviceLifecycle,
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ] + webSocket,
            swiftSettings: strict
        ),
        .testTarget(name: "EndToEndTests", dependencies: ["Postgres"], swiftSettings: strict),
        .testTarget(name: "SandboxTests", dependencies: ["Sandbox", hummingbird, hummingbirdTesting], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
