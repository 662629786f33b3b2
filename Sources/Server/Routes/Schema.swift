/// The shape of a JSON value: one declaration describes it in `/openapi.json` and checks what arrives.
struct Schema: Sendable {
    indirect enum Kind: Sendable {
        case text(TextRule)
        case choice([String])
        case integer(ClosedRange<Int>)
        case number
        case boolean
        case list(Schema, count: ClosedRange<Int>)
        /// - Parameter others: what further members hold; nil where there are none.
        case object([Member], others: Schema?)
        case anything
    }

    struct Member: Sendable {
        var name: String
        var schema: Schema
        var isRequired: Bool

        /// A member that is always there.
        static func required(_ name: String, _ schema: Schema, _ note: String? = nil) -> Member {
            Member(name: name, schema: schema.saying(note), isRequired: true)
        }

        /// A member that may be left out. In a request it may be null too, which means the same; in an answer it is never null.
        static func optional(_ name: String, _ schema: Schema, _ note: String? = nil) -> Member {
            Member(name: name, schema: schema.saying(note), isRequired: false)
        }
    }

    var kind: Kind
    /// For people.
    var note: String?
    /// Under which it stands among the components of the description, to be referred to.
    var name: String?

    // MARK: Kinds

    /// Any text: of answers.
    static let text = Schema(kind: .text(.any))
    static let uuid = Schema(kind: .text(.uuid))
    static let boolean = Schema(kind: .boolean)
    /// Any JSON.
    static let anything = Schema(kind: .anything)
    static let number = Schema(kind: .number)
    /// A count: from 0 on.
    static let count = Schema(kind: .integer(0...Int.max))
    /// A point in time, in answers.
    static let instant = Schema(
        kind: .text(TextRule(format: "date-time", allowed: InstantText.allowed) { InstantText.hasShape($0) })
    )

    static func text(_ rule: TextRule) -> Schema { Schema(kind: .text(rule)) }
    static func integer(_ range: ClosedRange<Int>) -> Schema { Schema(kind: .integer(range)) }
    static func choice(_ values: [String]) -> Schema { Schema(kind: .choice(values)) }
    /// The raw values of an enumeration.
    static func choice<T: RawRepresentable & CaseIterable>(of type: T.Type) -> Schema where T.RawValue == String {
        Schema(kind: .choice(T.allCases.map(\.rawValue)))
    }
    static func list(of element: Schema, count: ClosedRange<Int> = 0...Int.max) -> Schema {
        Schema(kind: .list(element, count: count))
    }
    static func object(_ members: Member...) -> Schema { Schema(kind: .object(members, others: nil)) }
    static func object(_ members: [Member]) -> Schema { Schema(kind: .object(members, others: nil)) }
    /// An object whose members' names are data.
    static func map(of value: Schema) -> Schema { Schema(kind: .object([], others: value)) }

    /// The same, to be referred to by name in the description.
    func named(_ name: String) -> Schema {
        var copy = self
        copy.name = name
        return copy
    }

    func saying(_ note: String?) -> Schema {
        guard let note else { return self }
        var copy = self
        copy.note = note
        return copy
    }

    /// A page of a list: its elements under `name`, and `next_cursor` where there are more.
    static func page(_ name: String, of element: Schema) -> Schema {
        .object(
            .required(name, .list(of: element)),
            .optional("next_cursor", .text, "Where the list goes on: give it as `cursor`. Absent on the last page.")
        )
    }
}
