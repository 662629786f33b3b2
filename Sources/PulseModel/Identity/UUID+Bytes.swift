public import Foundation

extension UUID {
    /// The sixteen bytes in network order.
    public var bytes: [UInt8] { withUnsafeBytes(of: self.uuid, Array.init) }
}
