import ArgumentParser
import Foundation
import Store

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a tenant's rows for other programs.",
        subcommands: [Features.self]
    )

    struct Features: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write one row for each work item or pull request, with what was known and what came of it.",
            discussion:
                "To standard output, or to the file of --output. Times are UTC; what is not known is empty, or null in JSON."
        )

        enum Format: String, ExpressibleByArgument, CaseIterable { case csv, jsonl }

        @OptionGroup var tenant: TenantOption

        @Option(help: "work_items or prs.")
        var table = FeatureTable.workItems.rawValue

        @Option(help: "csv or jsonl.")
        var format = Format.csv

        @Option(name: .shortAndLong, help: "The file to write; it is replaced.")
        var output: String?

        func run() async throws {
            guard let table = FeatureTable(rawValue: self.table) else {
                let known = FeatureTable.allCases.map(\.rawValue).joined(separator: " or ")
                throw ValidationError("--table is \(self.table); it must be \(known)")
            }
            try await Context.run { context in
                let tenant = try await self.tenant.find(in: context.store)
                let handle = try self.handle()
                defer { if self.output != nil { try? handle.close() } }
                if self.format == .csv { try handle.write(contentsOf: Data((table.columns.joined(separator: ",") + "\n").utf8)) }
                var last: UUID?
                var rows = 0
                repeat {
                    let page = try await context.store.features(table, tenant: tenant.id, after: last)
                    var text = ""
                    for row in page.rows { text += try self.line(row, columns: table.columns) + "\n" }
                    try handle.write(contentsOf: Data(text.utf8))
                    rows += page.rows.count
                    last = page.last
                } while last != nil
                if let output { print("\(Terminal.count(rows)) rows in \(output)") }
            }
        }

        private func handle() throws -> FileHandle {
            guard let output else { return .standardOutput }
            guard FileManager.default.createFile(atPath: output, contents: nil), let handle = FileHandle(forWritingAtPath: output)
            else { throw Failure("\(output) cannot be written") }
            return handle
        }

        private func line(_ row: String, columns: [String]) throws -> String {
            guard self.format == .csv else { return row }
            let object = try JSONSerialization.jsonObject(with: Data(row.utf8)) as? [String: Any] ?? [:]
            return columns.map { Self.cell(object[$0]) }.joined(separator: ",")
        }

        /// RFC 4180. A text that a spreadsheet would take for a formula is kept from it by an apostrophe: the texts are others'.
        private static func cell(_ value: Any?) -> String {
            switch value {
            case nil, is NSNull: return ""
            case let number as NSNumber:
                return Self.isBoolean(number) ? (number.boolValue ? "true" : "false") : number.stringValue
            case let text as String:
                let safe = text.first.map { "=+-@\t\r".contains($0) } == true ? "'" + text : text
                guard safe.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return safe }
                return "\"" + safe.replacing("\"", with: "\"\"") + "\""
            default: return ""
            }
        }

        private static func isBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
    }
}
