import Foundation

/// An API key as it is shown once.
public enum APIKeyText {
    /// - Returns: `pulse_` and 43 characters of base64url: 256 random bits.
    static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        let random = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        return "pulse_"
            + Data(random).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// By which people tell keys apart.
    static func prefix(of key: String) -> String { String(key.prefix(12)) }
}
