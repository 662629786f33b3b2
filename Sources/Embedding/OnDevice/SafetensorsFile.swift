import Foundation

/// A file of tensors in the safetensors format: eight bytes of header length, a JSON header, then the numbers.
///
/// Format: huggingface/safetensors, README, "Format".
struct SafetensorsFile: Sendable {
    struct Failure: Error {
        var reason: String
    }

    private struct Tensor: Decodable {
        var type: String
        var shape: [Int]
        var offsets: [Int]

        enum CodingKeys: String, CodingKey {
            case type = "dtype"
            case shape
            case offsets = "data_offsets"
        }
    }

    /// The header: tensors by name, and free metadata, which is passed over.
    private struct Header: Decodable {
        var tensors: [String: Tensor] = [:]

        struct Name: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Name.self)
            for name in container.allKeys where name.stringValue != "__metadata__" {
                self.tensors[name.stringValue] = try container.decode(Tensor.self, forKey: name)
            }
        }
    }

    private let file: MappedFile
    private let tensors: [String: (shape: [Int], range: Range<Int>)]

    init(_ file: MappedFile) throws(Failure) {
        let bytes = file.bytes
        guard bytes.count >= 8 else { throw Failure(reason: "too short for safetensors") }
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard length <= 1 << 20, 8 + Int(length) <= bytes.count else {
            throw Failure(reason: "not safetensors, or cut off within the header")
        }
        let base = 8 + Int(length)
        let header: Header
        do {
            header = try JSONDecoder().decode(Header.self, from: Data(bytes[8..<base]))
        } catch {
            throw Failure(reason: "its header is not that of safetensors")
        }
        var tensors: [String: (shape: [Int], range: Range<Int>)] = [:]
        for (name, tensor) in header.tensors where tensor.type == "F32" {
            guard tensor.offsets.count == 2, 0 <= tensor.offsets[0], tensor.offsets[0] <= tensor.offsets[1],
                tensor.offsets[1] <= bytes.count - base
            else {
                throw Failure(reason: "it is cut off: tensor \(name) lies beyond the end")
            }
            tensors[name] = (tensor.shape, base + tensor.offsets[0]..<base + tensor.offsets[1])
        }
        self.file = file
        self.tensors = tensors
    }

    /// Gives the pages back that have been read so far.
    func release() { self.file.release() }

    /// The numbers of a tensor; valid as long as this file is.
    ///
    /// - Parameter shape: what the model needs.
    func floats(_ name: String, shape: [Int]) throws(Failure) -> UnsafePointer<Float> {
        guard let tensor = self.tensors[name] else { throw Failure(reason: "tensor \(name) of 32-bit floats is missing") }
        guard tensor.shape == shape, tensor.range.count == shape.reduce(4, *) else {
            throw Failure(reason: "tensor \(name) has shape \(tensor.shape), not \(shape)")
        }
        guard tensor.range.lowerBound % MemoryLayout<Float>.alignment == 0,
            let address = UnsafeRawBufferPointer(rebasing: self.file.bytes[tensor.range]).baseAddress
        else {
            throw Failure(reason: "tensor \(name) is not aligned")
        }
        return address.assumingMemoryBound(to: Float.self)
    }
}
