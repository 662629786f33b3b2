import CKernels

/// The elementwise functions for one instruction set.
struct Kernels: @unchecked Sendable {
    // Sendable: the table is a constant of the C library, never written and never freed.
    let table: UnsafePointer<ck_kernels>

    /// The fastest that this processor runs.
    static let best = Kernels(table: ck_kernels_best())
    /// Those that run everywhere.
    static let plain = Kernels(table: ck_kernels_plain())

    var name: String { String(cString: self.table.pointee.name) }
}
