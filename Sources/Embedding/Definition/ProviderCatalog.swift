import Foundation
import Synchronization

/// The provider files of a directory: those that can be used, and what is wrong with the rest.
///
/// ``reload()`` looks again. A file that was good and is bad now keeps its last good definition in force, until it is mended or
/// deleted.
public final class ProviderCatalog: Sendable {
    /// A file that cannot be used as it stands, or not all of it: a fallback may be of no use.
    public struct Rejected: Sendable, Equatable {
        public var file: String
        public var diagnostics: [ProviderDiagnostic]
        /// The provider of that file which stays in force; nil where none does.
        public var keeps: String?
    }

    public static let schemaFile = "provider.schema.json"
    private static let largestFile = 1 << 20

    private struct State {
        var definitions: [String: ProviderDefinition] = [:]
        /// The file that a definition came from.
        var files: [String: String] = [:]
        var rejected: [Rejected] = []
    }

    public let directory: String
    private let origin: ProviderDefinition.Origin
    private let state = Mutex(State())

    /// - Throws: ``ProviderDiagnostic`` where the directory cannot be read; bad files are in ``rejected``.
    public init(directory: String, origin: ProviderDefinition.Origin = .installation) throws(ProviderDiagnostic) {
        self.directory = directory
        self.origin = origin
        try self.reload()
    }

    /// In the order of their ids.
    public var definitions: [ProviderDefinition] {
        self.state.withLock { $0.definitions.values.sorted { $0.id < $1.id } }
    }

    /// Files that cannot be used, in the order of their names.
    public var rejected: [Rejected] { self.state.withLock { $0.rejected } }

    /// - Throws: ``EmbeddingError`` of kind `configuration` that lists the known ids, or says what is wrong with that file.
    public func definition(_ id: String) throws(EmbeddingError) -> ProviderDefinition {
        let state = self.state.withLock { $0 }
        if let definition = state.definitions[id] { return definition }
        if let rejected = state.rejected.first(where: { $0.file == "\(id).json" }), let first = rejected.diagnostics.first {
            throw EmbeddingError(.configuration, provider: id, message: "its file cannot be used: \(first)")
        }
        let known = state.definitions.keys.sorted()
        let list = known.isEmpty ? "there is none in \(self.directory)" : "known are \(known.joined(separator: ", "))"
        let nearest = NearestName.of(id, among: known).map { "did you mean \($0)? " } ?? ""
        // The one that is looked for may be among those whose id cannot even be told.
        let unusable = state.rejected.isEmpty ? "" : "; unusable: \(state.rejected.map(\.file).joined(separator: ", "))"
        throw EmbeddingError(.configuration, provider: id, message: "there is no such provider; \(nearest)\(list)\(unusable)")
    }

    /// Reads the directory again.
    ///
    /// - Returns: whether any definition in force changed, came or went.
    /// - Throws: ``ProviderDiagnostic`` where the directory cannot be read; everything stays as it was.
    @discardableResult
    public func reload() throws(ProviderDiagnostic) -> Bool {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: self.directory)
        } catch {
            throw ProviderDiagnostic(file: self.directory, problem: "the directory of providers cannot be read")
        }
        let files = names.filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") && $0 != Self.schemaFile }.sorted()
        let readings = files.map { (file: $0, result: self.read($0)) }
        return self.state.withLock { state in
            let before = state.definitions
            state = Self.merged(readings, before: state)
            return state.definitions != before
        }
    }

    private static func merged(
        _ readings: [(file: String, result: Result<ProviderDefinition, ProviderRejection>)],
        before: State
    ) -> State {
        var after = State()
        for (file, result) in readings {
            switch result {
            case .success(let definition):
                // Of two files with one id the one that is in force stays.
                let other = after.files[definition.id]
                if other == nil || before.files[definition.id] == file {
                    after.definitions[definition.id] = definition
                    after.files[definition.id] = file
                }
                if let other { after.rejected.append(Self.twice(definition.id, file, other, in: after)) }
            case .failure(let rejection):
                after.rejected.append(Rejected(file: file, diagnostics: rejection.diagnostics, keeps: nil))
            }
        }
        for (id, definition) in after.definitions.sorted(by: { $0.key < $1.key }) {
            let strangers = Self.strangers(definition, among: after.definitions)
            guard let file = after.files[id], !strangers.isEmpty else { continue }
            // Where what was in force is no better, it is the other's file that is bad: this one serves on without that fallback.
            guard let old = before.definitions[id], before.files[id] == file, old != definition,
                Self.strangers(old, among: after.definitions).isEmpty
            else { continue }
            after.definitions[id] = nil
            after.rejected.append(Rejected(file: file, diagnostics: Self.placed(strangers, in: file), keeps: nil))
        }
        // Last good definitions come after all good files: an id that moved to another file belongs to that one.
        for position in after.rejected.indices {
            let file = after.rejected[position].file
            for (id, old) in before.files where old == file && after.definitions[id] == nil {
                after.definitions[id] = before.definitions[id]
                after.files[id] = file
                after.rejected[position].keeps = id
            }
        }
        // A fallback that cannot stand in, or is not there, leaves its provider in force.
        let inForce = Array(after.definitions.values)
        for (id, definition) in after.definitions.sorted(by: { $0.key < $1.key }) {
            let complaints = Self.complaints(definition, among: inForce)
            guard let file = after.files[id], !complaints.isEmpty else { continue }
            after.rejected.append(Rejected(file: file, diagnostics: Self.placed(complaints, in: file), keeps: id))
        }
        after.rejected.sort { $0.file < $1.file }
        return after
    }

    private static func twice(_ id: String, _ one: String, _ other: String, in state: State) -> Rejected {
        let standing = state.files[id]
        let file = one == standing ? other : one
        let diagnostic = ProviderDiagnostic(
            file: file,
            path: "id",
            problem: "\"\(id)\" is the id of \(standing ?? other) already",
            remedy: "give each file its own id"
        )
        return Rejected(file: file, diagnostics: [diagnostic], keeps: nil)
    }

    private static func placed(_ diagnostics: [ProviderDiagnostic], in file: String) -> [ProviderDiagnostic] {
        diagnostics.map { diagnostic in
            var diagnostic = diagnostic
            diagnostic.file = file
            return diagnostic
        }
    }

    /// What is wrong with the fallbacks of `definition`, seen from the other providers there are.
    static func complaints(_ definition: ProviderDefinition, among others: [ProviderDefinition]) -> [ProviderDiagnostic] {
        let known = Dictionary(others.map { ($0.id, $0) }) { first, _ in first }
        return self.strangers(definition, among: known) + self.missing(definition, among: known)
    }

    private static func strangers(
        _ definition: ProviderDefinition,
        among known: [String: ProviderDefinition]
    ) -> [ProviderDiagnostic] {
        definition.fallback.enumerated().compactMap { position, id in
            guard let other = known[id], other.space != definition.space else { return nil }
            return ProviderDiagnostic(
                file: definition.id + ".json",
                path: "fallback[\(position)]",
                problem: """
                    \(id) has the vector space \(other.space.name) of \(other.space.dimensions) dimensions, and this provider has \
                    \(definition.space.name) of \(definition.space.dimensions)
                    """,
                remedy: "only providers of the same space can stand in for each other; take it out, or use `pulse reindex`"
            )
        }
    }

    private static func missing(
        _ definition: ProviderDefinition,
        among known: [String: ProviderDefinition]
    ) -> [ProviderDiagnostic] {
        definition.fallback.enumerated().compactMap { position, id in
            guard known[id] == nil else { return nil }
            let likely = known.values.filter { $0.space == definition.space && $0.id != definition.id }.map(\.id).sorted()
            return ProviderDiagnostic(
                file: definition.id + ".json",
                path: "fallback[\(position)]",
                problem: "there is no provider \(id)",
                remedy: likely.isEmpty
                    ? "no other provider has the space \(definition.space.name)"
                    : "of the same space: \(likely.joined(separator: ", "))"
            )
        }
    }

    private func read(_ file: String) -> Result<ProviderDefinition, ProviderRejection> {
        let path = self.directory + "/" + file
        guard let data = FileManager.default.contents(atPath: path) else {
            return .failure(.init(diagnostics: [.init(file: file, problem: "cannot be read", remedy: "check its permissions")]))
        }
        guard data.count <= Self.largestFile else {
            return .failure(.init(diagnostics: [.init(file: file, problem: "is larger than a provider file can be")]))
        }
        return ProviderDefinition.read(bytes: Array(data), fileName: file, origin: self.origin)
    }
}
