import ArgumentParser
import Embedding
import Foundation

struct ProviderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "provider",
        abstract: "List, check and try the embedding providers of Providers/.",
        subcommands: [List.self, Validate.self, Test.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the providers and what is wrong with bad files.")

        @Flag(help: "Print JSON.")
        var json = false

        private struct Output: Encodable {
            struct Provider: Encodable {
                var id: String
                var name: String
                var space: String
                var dimensions: Int
                var verified: String
                var fallback: [String]
                /// References that lead nowhere here: the provider cannot be used yet.
                var missing: [String]
            }

            var providers: [Provider]
            var rejected: [String]
        }

        func run() async throws {
            let settings = try await Settings.read()
            let catalog = try ProviderCatalog(directory: settings.providersDirectory)
            let rejected = catalog.rejected.flatMap { file in
                file.diagnostics.map { $0.description + (file.keeps.map { " (\($0) stays in force)" } ?? "") }
            }
            func missing(_ definition: ProviderDefinition) -> [String] {
                definition.missingReferences { ProcessInfo.processInfo.environment[$0] }.map(\.description)
            }
            if self.json {
                try Terminal.printJSON(
                    Output(
                        providers: catalog.definitions.map {
                            .init(
                                id: $0.id,
                                name: $0.name,
                                space: $0.space.name,
                                dimensions: $0.space.dimensions,
                                verified: $0.verified.rawValue,
                                fallback: $0.fallback,
                                missing: missing($0)
                            )
                        },
                        rejected: rejected
                    )
                )
            } else {
                var table = Table([
                    .init("id"), .init("name"), .init("space"), .init("dimensions", .right), .init("verified"), .init("needs"),
                ])
                for definition in catalog.definitions {
                    table.add([
                        definition.id, definition.name, definition.space.name, String(definition.space.dimensions),
                        definition.verified.rawValue, missing(definition).joined(separator: " "),
                    ])
                }
                table.print()
                for line in rejected { print("\(Terminal.styled("bad", .red))  \(line)") }
            }
            if !rejected.isEmpty { throw ExitCode.failure }
        }
    }

    struct Validate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a provider file, without asking anybody.",
            discussion: """
                Exit code 1 where something is wrong with the file. Secrets, variables and certificates that it names and that are not \
                there are told; with --ready they count as wrong: the provider can be used here if the exit code is 0.
                """
        )

        @Argument(help: "The file.", completion: .file(extensions: ["json"]))
        var file: String

        @Flag(help: "Fail where a secret, variable or certificate that the file names is not there.")
        var ready = false

        func run() async throws {
            guard let bytes = FileManager.default.contents(atPath: self.file) else {
                throw Failure("\(self.file) cannot be read; give the path of a provider's JSON file")
            }
            let url = URL(fileURLWithPath: self.file)
            let diagnostics = ProviderDefinition.validate(
                bytes: Array(bytes),
                fileName: url.lastPathComponent,
                among: try await self.neighbours(of: url)
            )
            guard diagnostics.isEmpty else {
                for diagnostic in diagnostics { Terminal.note(diagnostic.description) }
                throw ExitCode.failure
            }
            let definition = try ProviderDefinition.read(bytes: Array(bytes), fileName: url.lastPathComponent).get()
            let missing = definition.missing(in: Array(bytes), fileName: url.lastPathComponent) {
                ProcessInfo.processInfo.environment[$0]
            }
            for diagnostic in missing { Terminal.note(diagnostic.description) }
            guard missing.isEmpty else {
                if self.ready { throw ExitCode.failure }
                print("\(self.file) is good, but cannot be used here before what is named above is there.")
                return
            }
            print("\(self.file) is good.")
        }

        /// The providers that it may name as fallbacks: those beside it, and those that are installed.
        private func neighbours(of file: URL) async throws -> [ProviderDefinition] {
            let installed = try await Settings.read().providersDirectory
            var found: [ProviderDefinition] = []
            for directory in [file.deletingLastPathComponent().path, installed] {
                // A folder that cannot be read has none; what is wrong with other files is not the question.
                guard let catalog = try? ProviderCatalog(directory: directory) else { continue }
                found += catalog.definitions.filter { definition in !found.contains { $0.id == definition.id } }
            }
            return found
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Embed two sentences and a question, and print dimensions, latency and cost of the sentences."
        )

        @Argument(help: "The provider's id.")
        var id: String

        @Flag(help: "Print JSON.")
        var json = false

        private struct Output: Encodable {
            var id: String
            var space: String
            var dimensions: Int
            var milliseconds: Double
            var tokens: Int?
            var cost: Double?
            var cosine: Double
        }

        func run() async throws {
            try await Context.run { context in
                let provider = try await context.providers.alone(self.id)
                let definition = try context.catalog.definition(self.id)
                let trial = try await EmbeddingTrial(of: provider)
                let batch = trial.sentences
                let (a, b) = (batch.vectors[0], batch.vectors[1])
                let dot = zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
                let lengths = [a, b].map { vector in vector.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }
                let output = Output(
                    id: self.id,
                    space: provider.space.name,
                    dimensions: a.count,
                    milliseconds: trial.duration / .milliseconds(1),
                    tokens: batch.tokens,
                    cost: batch.tokens.flatMap { tokens in
                        definition.pricePerMillionTokens.map { $0 * Double(tokens) / 1_000_000 }
                    },
                    cosine: dot / (lengths[0] * lengths[1])
                )
                if self.json {
                    try Terminal.printJSON(output)
                } else {
                    print("\(output.id): \(output.dimensions) dimensions in \(String(format: "%.1f", output.milliseconds)) ms")
                    print("space \(output.space); the two sentences are \(String(format: "%.2f", output.cosine)) alike")
                    if let tokens = output.tokens {
                        print("\(tokens) tokens\(output.cost.map { ", " + String(format: "%.7f", $0) + " USD" } ?? "")")
                    }
                }
            }
        }
    }
}
