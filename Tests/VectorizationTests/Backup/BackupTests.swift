import Foundation
import HTTPTransport
import Qdrant
import Synchronization
import Testing
import Vectorization

/// Against answers in the shapes that Qdrant documents: no server that makes snapshots can be had where these tests run.
@Suite("Backup of vectors")
struct BackupTests {
    /// A server with snapshots, as its documentation describes it.
    private final class Server: Sendable {
        struct State {
            var collections = ["pulse_a": Array("the points of a".utf8), "pulse_b": Array("the points of b".utf8)]
            var snapshots: [String: [UInt8]] = [:]
            var uploads: [String] = []
            var requests: [String] = []
            var generation = 40
        }

        let state = Mutex(State())
        let hasSnapshots: Bool
        let checksum: String?

        init(hasSnapshots: Bool = true, checksum: String? = nil) {
            self.hasSnapshots = hasSnapshots
            self.checksum = checksum
        }

        static let url = "http://qdrant.test:6333"

        var backup: VectorBackup {
            let transport = ScriptedTransport { request in self.answer(request) }
            let client = QdrantClient(QdrantConfiguration(url: Self.url, apiKey: "secret"), transport: transport)
            return VectorBackup(qdrant: client, transport: transport)
        }

        private func answer(_ request: HTTPRequest) -> HTTPResponse {
            let path = request.url.dropFirst(Self.url.count)
            let parts = path.prefix { $0 != "?" }.split(separator: "/").map(String.init)
            return self.state.withLock { state in
                state.requests.append("\(request.method.rawValue) \(path)")
                if request.headers["api-key"] != "secret" { return Self.json("\"no\"", status: 401) }
                switch (request.method, parts.count) {
                case (.get, 0): return HTTPResponse(status: 200, body: Array(#"{"title":"qdrant","version":"1.19.0"}"#.utf8))
                case (.get, 1):
                    let names = (state.collections.keys + ["theirs"]).sorted().map { #"{"name":"\#($0)"}"# }
                    return Self.json(#"{"collections":[\#(names.joined(separator: ","))]}"#)
                case (.get, 3) where parts[2] == "exists":
                    return Self.json(#"{"exists":\#(state.collections[parts[1]] != nil)}"#)
                case (.post, 4) where parts[3] == "scroll":
                    let isEmpty = state.collections[parts[1]]?.isEmpty ?? true
                    return Self.json(
                        isEmpty
                            ? #"{"points":[],"next_page_offset":null}"#
                            : #"{"points":[{"id":1,"payload":{"generation":\#(state.generation)}}],"next_page_offset":null}"#
                    )
                default: break
                }
                guard self.hasSnapshots else { return Self.json("null", status: 404) }
                switch (request.method, parts.count) {
                case (.post, 3):
                    guard let points = state.collections[parts[1]] else { return Self.json("null", status: 404) }
                    let name = "\(parts[1])-1-2026.snapshot"
                    state.snapshots[name] = points
                    let sum = self.checksum.map { #","checksum":"\#($0)""# } ?? ""
                    return Self.json(#"{"name":"\#(name)","creation_time":"2026-01-01T00:00:00","size":\#(points.count)\#(sum)}"#)
                case (.get, 4):
                    return state.snapshots[parts[3]].map { HTTPResponse(status: 200, body: $0) } ?? Self.json("null", status: 404)
                case (.delete, 4):
                    return Self.json(state.snapshots.removeValue(forKey: parts[3]) == nil ? "false" : "true")
                case (.post, 4) where parts[3] == "upload":
                    let form = String(decoding: request.body ?? [], as: UTF8.self)
                    state.uploads.append("\(path.drop { $0 != "?" }) \(request.headers["content-type"] ?? "") \(form)")
                    state.collections[parts[1]] = Array("restored".utf8)
                    return Self.json("true")
                default: return Self.json("null", status: 404)
                }
            }
        }

        private static func json(_ result: String, status: Int = 200) -> HTTPResponse {
            let body =
                status == 200
                ? #"{"result":\#(result),"status":"ok","time":0.1}"# : #"{"status":{"error":"Not found"},"time":0.0}"#
            return HTTPResponse(status: status, body: Array(body.utf8))
        }
    }

    private static func inFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pulse-backup-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    @Test("Each collection of Pulse's is kept, nobody else's, and nothing is left behind on the server")
    func backUp() async throws {
        try await Self.inFolder { folder in
            let server = Server()
            let manifest = try await server.backup.backUp(to: folder, generation: 7)
            #expect(manifest.collections.map(\.name) == ["pulse_a", "pulse_b"])
            #expect(manifest.generation == 7 && manifest.qdrantVersion == "1.19.0")
            for kept in manifest.collections {
                let file = folder.appendingPathComponent(kept.file)
                #expect(try Data(contentsOf: file).count == kept.size && kept.sha256.count == 64)
            }
            #expect(server.state.withLock { $0.snapshots.isEmpty })
            await #expect(throws: BackupError.exists(folder: folder.path)) {
                _ = try await server.backup.backUp(to: folder, generation: 8)
            }
            await #expect(throws: BackupError.unknownCollection("theirs", known: ["pulse_a", "pulse_b"])) {
                _ = try await server.backup.backUp(to: folder.appendingPathComponent("x"), only: ["theirs"], generation: 8)
            }
        }
    }

    @Test("A restore sends each file with its digest, and the snapshot has the last word")
    func restore() async throws {
        try await Self.inFolder { folder in
            let server = Server()
            let made = try await server.backup.backUp(to: folder, generation: 7)
            server.state.withLock { $0.collections["pulse_a"] = Array("lost".utf8) }
            let restored = try await server.backup.restore(from: folder, only: ["pulse_a"])
            #expect(restored.collections.map(\.name) == ["pulse_a"])
            let uploads = server.state.withLock { $0.uploads }
            try #require(uploads.count == 1)
            #expect(
                uploads[0].hasPrefix(
                    "?wait=true&priority=snapshot&checksum=\(made.collections[0].sha256) multipart/form-data; boundary="
                )
            )
            #expect(uploads[0].contains(#"form-data; name="snapshot"; filename="pulse_a.snapshot""#))
            #expect(uploads[0].contains("\r\n\r\nthe points of a\r\n--"))
            #expect(try await server.backup.greatestGeneration() == 40)
        }
    }

    @Test("A file that is damaged, missing or outside the folder is refused before anything is touched")
    func damaged() async throws {
        try await Self.inFolder { folder in
            let server = Server()
            _ = try await server.backup.backUp(to: folder, generation: 7)
            let file = folder.appendingPathComponent("pulse_b.snapshot")
            try Data("something else".utf8).write(to: file)
            await #expect(throws: BackupError.self) { _ = try await server.backup.restore(from: folder) }
            try FileManager.default.removeItem(at: file)
            await #expect(throws: BackupError.damaged(file: file.path, reason: "it is missing")) {
                _ = try await server.backup.restore(from: folder)
            }
            let manifest = folder.appendingPathComponent("manifest.json")
            let text = try String(contentsOf: manifest, encoding: .utf8)
            try Data(text.replacing("pulse_b.snapshot", with: "../pulse_b.snapshot").utf8).write(to: manifest)
            await #expect(throws: BackupError.self) { _ = try await server.backup.restore(from: folder, only: ["pulse_a"]) }
            #expect(server.state.withLock { $0.uploads.isEmpty })
            await #expect(throws: BackupError.noBackup(folder: "/nowhere")) {
                _ = try await server.backup.restore(from: URL(fileURLWithPath: "/nowhere"))
            }
        }
    }

    @Test("A download that is not what the server has is no backup")
    func checksum() async throws {
        try await Self.inFolder { folder in
            let server = Server(checksum: String(repeating: "0", count: 64))
            await #expect(throws: BackupError.self) { _ = try await server.backup.backUp(to: folder, generation: 7) }
            await #expect(throws: BackupError.self) { _ = try await server.backup.restore(from: folder) }
        }
    }

    @Test("A server without snapshots is said to have none, in one line")
    func noSnapshots() async throws {
        try await Self.inFolder { folder in
            let server = Server(hasSnapshots: false)
            let error = await #expect(throws: QdrantError.self) {
                _ = try await server.backup.backUp(to: folder, generation: 7)
            }
            #expect(error?.description.contains("has no snapshots") == true)
            #expect(error?.description.contains("\n") == false)
        }
    }
}
