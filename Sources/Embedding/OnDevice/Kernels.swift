import CKernels

/// The functions of a forward pass for one instruction set.
struct Kernels: @unchecked Sendable {
    // Sendable: the table is a constant of the C library, never written and never freed.
    let table: UnsafePointer<ck_kernels>

    /// The fastest that this processor runs.
    static let best = Kernels(table: ck_kernels_best())
    /// Those that run everywhere.
    static let plain = Kernels(table: ck_kernels_plain())
    /// All that this processor runs, slowest first.
    static let all: [Kernels] = ["plain", "avx2", "avx512"].compactMap { (name: String) in
        ck_kernels_named(name).map { Kernels(table: $0) }
    }

    var name: String { String(cString: self.table.pointee.name) }
}
