// swift-tools-version: 6.2
import PackageDescription

// The house, floor by floor: a target imports lower floors, and on floors 0 and 1 the targets listed before it; stages never
// import each other. See README.md, "Where things are".

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1 = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

let package = Package(
    name: "pulse",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "pulse", targets: ["pulse"]),
        .executable(name: "pulse-bench", targets: ["PulseBench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", .upToNextMinor(from: "1.8.2")),
        .package(url: "https://github.com/apple/swift-configuration", .upToNextMinor(from: "1.4.0")),
        .package(url: "https://github.com/apple/swift-crypto", .upToNextMinor(from: "4.5.2")),
        .package(url: "https://github.com/apple/swift-http-types", .upToNextMinor(from: "1.8.0")),
        .package(url: "https://github.com/apple/swift-log", .upToNextMinor(from: "1.16.2")),
        .package(url: "https://github.com/apple/swift-metrics", .upToNextMinor(from: "2.13.0")),
        .package(url: "https://github.com/apple/swift-nio", .upToNextMinor(from: "2.101.2")),
        .package(url: "https://github.com/apple/swift-nio-extras", .upToNextMinor(from: "1.35.2")),
        .package(url: "https://github.com/apple/swift-nio-ssl", .upToNextMinor(from: "2.37.6")),
        .package(url: "https://github.com/hummingbird-project/hummingbird", .upToNextMinor(from: "2.28.1")),
        .package(url: "https://github.com/swift-server/async-http-client", .upToNextMinor(from: "1.37.0")),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", .upToNextMinor(from: "2.13.0")),
    ],
    targets: [
        // Below the house: C.
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3"])]),

        // Floor 0: libraries that know nothing of Pulse.
        .target(name: "HTTPTransport", swiftSettings: strict),
        .target(
            name: "AsyncHTTPTransport",
            dependencies: ["HTTPTransport", asyncHTTPClient, nioCore, nioHTTP1, nioPosix, nioSSL],
            swiftSettings: strict
        ),
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
        .target(name: "Store", dependencies: ["Postgres", "PulseModel", "Resilience", crypto], swiftSettings: strict),

        // Floor 2: the stages. They meet in the database and never import each other; Connectors sees no Qdrant and no Embedding.
        .target(
            name: "Connectors",
            dependencies: ["HTTPTransport", "PulseModel", "Resilience", "Store", logging, serviceLifecycle],
            swiftSettings: strict
        ),
        .target(
            name: "Vectorization",
            dependencies: [
                "Embedding", "HTTPTransport", "PulseModel", "Qdrant", "Resilience", "Store", crypto, logging, serviceLifecycle,
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Search",
            dependencies: ["Embedding", "PulseModel", "Qdrant", "Store", "UUIDText", logging],
            swiftSettings: strict
        ),
        .target(name: "Jobs", dependencies: ["PulseModel", "Store", logging, serviceLifecycle], swiftSettings: strict),
        .target(
            name: "AIOps",
            dependencies: ["Embedding", "PulseModel", "Store", logging, serviceLifecycle],
            swiftSettings: strict
        ),
        .target(name: "Insights", dependencies: ["Store"], swiftSettings: strict),

        // Floor 3: what the outside sees, and the world to test against.
        .target(
            name: "Server",
            dependencies: [
                "AIOps", "CZlib", "FloatJSON", "HTTPTransport", "Insights", "PulseModel", "Resilience", "Search", "Store",
                coreMetrics, crypto, cryptoExtras, httpTypes, hummingbird, hummingbirdCore, logging, metrics, nioCore, nioHTTP1,
                nioHTTPTypes, nioHTTPTypesHTTP1, nioWebSocket, serviceLifecycle,
            ],
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
                "PulseModel", "Qdrant", "Resilience", "Sandbox", "Search", "Server", "Store", "Vectorization", argumentParser,
                asyncHTTPClient, configuration, coreMetrics, crypto, cryptoExtras, logging, metrics, serviceLifecycle,
                unixSignals,
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
            dependencies: ["AsyncHTTPTransport", "HTTPTransport", "Qdrant", asyncHTTPClient],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EmbeddingTests",
            dependencies: [
                "AsyncHTTPTransport", "CKernels", "Embedding", "FloatJSON", "HTTPTransport", "Resilience", asyncHTTPClient,
                crypto, cryptoExtras, hummingbird, hummingbirdTLS, hummingbirdTesting, nioSSL,
            ],
            exclude: ["Fixtures"],
            swiftSettings: strict
        ),
        .testTarget(name: "PulseModelTests", dependencies: ["PulseModel", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "StoreTests",
            dependencies: ["Postgres", "PulseModel", "Resilience", "Store", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ConnectorsTests",
            dependencies: [
                "Connectors", "HTTPTransport", "Postgres", "PulseModel", "Sandbox", "Store", "TestSupport", crypto,
                cryptoExtras, hummingbird, hummingbirdTesting, logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "VectorizationTests",
            dependencies: [
                "Embedding", "HTTPTransport", "PulseModel", "Qdrant", "Store", "TestSupport", "Vectorization", logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "JobsTests",
            dependencies: ["Jobs", "Postgres", "PulseModel", "Store", "TestSupport", logging, serviceLifecycle],
            swiftSettings: strict
        ),
        .testTarget(
            name: "AIOpsTests",
            dependencies: ["AIOps", "Embedding", "PulseModel", "Store", "TestSupport", logging],
            swiftSettings: strict
        ),
        .testTarget(
            name: "InsightsTests",
            dependencies: ["Insights", "Postgres", "PulseModel", "Store", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(name: "SearchTests", dependencies: ["PulseModel", "Qdrant", "Search"], swiftSettings: strict),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "Embedding", "HTTPTransport", "Postgres", "PulseModel", "Qdrant", "Search", "Server", "Store", "TestSupport",
                coreMetrics, crypto, cryptoExtras, httpTypes, hummingbird, hummingbirdTesting, logging, nioCore, nioEmbedded,
                nioPosix, serviceLifecycle,
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "EndToEndTests", dependencies: ["Postgres"], swiftSettings: strict),
        .testTarget(name: "SandboxTests", dependencies: ["Sandbox", hummingbird, hummingbirdTesting], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
