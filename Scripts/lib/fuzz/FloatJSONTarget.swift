// What `Scripts/fuzz` gives to libFuzzer, compiled together with the sources of FloatJSON.
//
// The first byte chooses what is asked of the rest. Beside crashes and the sanitizer's findings, a broken promise ends the run: what
// was accepted once is accepted by the strict check too, and what was written is read back to the bit.

/// Ends the process where libFuzzer sees it, with the reason.
private func require(_ condition: Bool, _ promise: StaticString) {
    if !condition { fatalError("broken promise: \(promise)") }
}

private let paths: [JSONPath] = ["data[*].embedding", "[*]", "embeddings.float[*]", "a[0].b", "data[*].embedding[0]", "x"]

private func scan(_ bytes: [UInt8], _ path: JSONPath) {
    let isJSON = (try? FloatScanner.validate(bytes)) != nil
    if let vectors = try? FloatScanner.vectors(in: bytes, at: path) {
        require(isJSON, "vectors are read from JSON only")
        require(vectors.allSatisfy { $0.allSatisfy(\.isFinite) }, "numbers are finite")
    }
    if let vectors = try? FloatScanner.base64Vectors(in: bytes, at: path) {
        require(isJSON, "base64 is read from JSON only")
        require(vectors.allSatisfy { $0.allSatisfy(\.isFinite) }, "numbers in base64 are finite")
    }
    if (try? FloatScanner.integers(in: bytes, at: path)) != nil { require(isJSON, "integers are read from JSON only") }
    if (try? FloatScanner.optionalIntegers(in: bytes, at: path)) != nil { require(isJSON, "integers are read from JSON only") }
    if let texts = try? FloatScanner.strings(in: bytes, at: path) {
        require(isJSON, "strings are read from JSON only")
        for text in texts { writeAndRead(text) }
    }
    _ = try? FloatScanner.double(in: bytes, at: path)
    _ = try? FloatScanner.string(in: bytes, at: path)
    _ = try? FloatScanner.integer(in: bytes, at: path)
}

private func writeAndRead(_ text: String) {
    var writer = JSONByteWriter()
    writer.object { json in
        json.key(text)
        json.string(text)
        json.key("x" + text)
        json.array { $0.string(text) }
    }
    require((try? FloatScanner.validate(writer.bytes)) != nil, "what is written is JSON")
    var lone = JSONByteWriter()
    lone.object { json in
        json.key("x")
        json.string(text)
    }
    require((try? FloatScanner.string(in: lone.bytes, at: "x")) == text, "a string comes back as it was written")
}

private func writeAndRead(floatsOf bytes: [UInt8]) {
    var floats: [Float] = []
    for start in stride(from: 0, to: bytes.count - bytes.count % 4, by: 4) {
        var pattern: UInt32 = 0
        for byte in bytes[start..<start + 4].reversed() { pattern = pattern << 8 | UInt32(byte) }
        floats.append(Float(bitPattern: pattern))
    }
    var writer = JSONByteWriter()
    do {
        try writer.array { json throws(FloatJSONError) in try json.floats(floats) }
    } catch {
        require(!floats.allSatisfy(\.isFinite), "finite numbers can be written")
        return
    }
    guard let back = try? FloatScanner.vectors(in: writer.bytes, at: "[*]") else {
        require(false, "what is written can be read")
        return
    }
    require(back.count == 1 && back[0].map(\.bitPattern) == floats.map(\.bitPattern), "floats come back to the bit")
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard let start, count > 0 else { return 0 }
    let input = UnsafeBufferPointer(start: start, count: count)
    let rest = Array(input.dropFirst())
    switch input[0] % 12 {
    case 0..<8: scan(rest, paths[Int(input[0]) / 12 % paths.count])
    case 8: writeAndRead(floatsOf: rest)
    case 9: writeAndRead(String(decoding: rest, as: UTF8.self))
    case 10: _ = try? FloatBase64.floats(rest)
    default: _ = try? JSONPath(parsing: String(decoding: rest, as: UTF8.self))
    }
    return 0
}
