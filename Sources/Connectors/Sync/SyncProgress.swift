/// What a synchronization says while it runs.
public enum SyncProgress: Sendable, Equatable {
    case began(unit: String)
    /// The lists are read: so many units, of repositories or projects, come now. Sweeps are beside them.
    case planned(units: Int)
    /// A page is committed.
    case page(unit: String, rows: Int, rowsSoFar: Int, written: Int)
    case waiting(SyncReport.Wait)
    case ended(unit: String, failure: ConnectorError?)
}
