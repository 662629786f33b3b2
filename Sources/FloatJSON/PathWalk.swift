/// Walks one document along a path and reads each value that stands at its end.
struct PathWalk<Value> {
    typealias Read = (inout ByteCursor) throws(FloatJSONError) -> Value

    private enum Step {
        case key([UInt8])
        case index(Int)
        case every
    }

    private var cursor: ByteCursor
    private let steps: [Step]
    private let read: Read
    /// What stands for an element behind `[*]` that lacks a match; nil where that is an error.
    private let absent: Value?
    private var values: [Value] = []

    private init(bytes: [UInt8], path: JSONPath, absent: Value?, read: @escaping Read) {
        self.cursor = ByteCursor(bytes)
        self.steps = path.steps.map { step in
            switch step {
            case .key(let key): .key(Array(key.utf8))
            case .index(let index): .index(index)
            case .every: .every
            }
        }
        self.read = read
        self.absent = absent
    }

    static func values(
        in bytes: [UInt8],
        at path: JSONPath,
        absent: Value? = nil,
        read: @escaping Read
    ) throws(FloatJSONError) -> [Value] {
        var walk = PathWalk(bytes: bytes, path: path, absent: absent, read: read)
        try walk.step(0, each: false)
        try walk.cursor.finish()
        return walk.values
    }

    /// - Parameter each: whether an `[*]` was passed, so that every branch owes exactly one match.
    private mutating func step(_ number: Int, each: Bool) throws(FloatJSONError) {
        guard number < self.steps.count else {
            self.values.append(try self.read(&self.cursor))
            return
        }
        try self.cursor.skipSpace()
        let offset = self.cursor.position
        if try self.cursor.skipNull() {
            if each { try self.miss(at: offset) }
            return
        }
        try self.cursor.enter()
        defer { self.cursor.leave() }
        switch self.steps[number] {
        case .key(let key): try self.member(key, step: number, each: each)
        case .index(let index): try self.element(index, step: number, each: each)
        case .every: try self.elements(step: number)
        }
    }

    private mutating func member(_ key: [UInt8], step: Int, each: Bool) throws(FloatJSONError) {
        let offset = self.cursor.position
        var found = false
        var more = try self.cursor.open(UInt8(ascii: "{"), empty: UInt8(ascii: "}"))
        while more {
            try self.cursor.skipSpace()
            let keyOffset = self.cursor.position
            let matches = try self.cursor.key(equals: key)
            if matches {
                guard !found else { throw FloatJSONError(.duplicate, at: keyOffset) }
                found = true
                try self.step(step + 1, each: each)
            } else {
                try self.cursor.skipValue()
            }
            more = try self.cursor.next(before: UInt8(ascii: "}"))
        }
        if !found, each { try self.miss(at: offset) }
    }

    private mutating func element(_ index: Int, step: Int, each: Bool) throws(FloatJSONError) {
        let offset = self.cursor.position
        var count = 0
        var more = try self.cursor.open(UInt8(ascii: "["), empty: UInt8(ascii: "]"))
        while more {
            if count == index {
                try self.step(step + 1, each: each)
            } else {
                try self.cursor.skipValue()
            }
            count += 1
            more = try self.cursor.next(before: UInt8(ascii: "]"))
        }
        if count <= index, each { try self.miss(at: offset) }
    }

    private mutating func miss(at offset: Int) throws(FloatJSONError) {
        guard let absent = self.absent else { throw FloatJSONError(.missing, at: offset) }
        self.values.append(absent)
    }

    private mutating func elements(step: Int) throws(FloatJSONError) {
        var more = try self.cursor.open(UInt8(ascii: "["), empty: UInt8(ascii: "]"))
        while more {
            try self.step(step + 1, each: true)
            more = try self.cursor.next(before: UInt8(ascii: "]"))
        }
    }
}
