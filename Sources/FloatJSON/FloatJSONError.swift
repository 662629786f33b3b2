/// Why JSON could not be read or written, and where.
public struct FloatJSONError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: String, Sendable, CaseIterable {
        /// The bytes end inside a value.
        case truncated
        /// A byte that JSON does not allow here; `NaN` and `Infinity` are such.
        case unexpectedByte
        /// A bad escape, a control character or invalid UTF-8 within a string.
        case malformedString
        /// A number beyond the range of the type asked for, or one that is not whole where a whole one is asked for.
        case numberOutOfRange
        /// Arrays and objects nested deeper than ``FloatScanner/maximumDepth``.
        case tooDeep
        /// The path leads to a value of another type.
        case wrongType
        /// An element behind `[*]` lacks what the path asks for, so that positions would shift.
        case missing
        /// A key on the path occurs twice in one object, or several values match where one is asked for.
        case duplicate
        /// Not base64 of little-endian 32-bit floats.
        case malformedBase64
        /// NaN or an infinity, which JSON cannot say.
        case notFinite
        /// A ``JSONPath`` that cannot be parsed; `offset` counts in the path's text.
        case malformedPath
    }

    public var kind: Kind
    /// Bytes from the beginning.
    public var offset: Int

    public init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
    }

    public var description: String {
        let what =
            switch self.kind {
            case .truncated: "JSON ends too early"
            case .unexpectedByte: "byte that JSON does not allow"
            case .malformedString: "malformed JSON string"
            case .numberOutOfRange: "number out of range"
            case .tooDeep: "JSON nested deeper than \(FloatScanner.maximumDepth)"
            case .wrongType: "value of an unexpected type"
            case .missing: "expected member or element is missing"
            case .duplicate: "value occurs more than once"
            case .malformedBase64: "malformed base64 of floats"
            case .notFinite: "number is not finite"
            case .malformedPath: "malformed JSON path"
            }
        return "\(what) at byte \(self.offset)"
    }
}
