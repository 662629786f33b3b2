/// Why no further unit is tried.
enum SyncStop: Error {
    case refused(ConnectorError)
    case storeFailed(String)
}
