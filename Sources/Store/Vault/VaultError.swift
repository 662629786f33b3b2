/// Why a secret cannot be kept or read.
public enum VaultError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The key at this place of the list.
    case unusableKey(Int)
    /// The installation has no key to encrypt with.
    case noKey
    /// It was encrypted with a key that the installation does not have any more.
    case keyMissing
    /// It was changed, or moved from where it belongs.
    case unreadable

    public var description: String {
        switch self {
        case .unusableKey(0):
            "PULSE_ENCRYPTION_KEY is not a valid key: set it to 32 bytes in base64, such as `openssl rand -base64 32` prints"
        case .unusableKey(let index):
            "key \(index) of PULSE_ENCRYPTION_KEYS_OLD is not a valid key: use 32 bytes in base64, separated by commas"
        case .noKey: "the installation has no PULSE_ENCRYPTION_KEY, so no secret can be kept or read; set it and restart"
        case .keyMissing:
            "the secret was encrypted with another key; add that key to PULSE_ENCRYPTION_KEYS_OLD and run `pulse secret rotate`"
        case .unreadable: "the secret cannot be decrypted: it was damaged; set it again"
        }
    }
}
