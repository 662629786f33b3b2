/// The run is over: another process has taken its job, or a person has stopped it. Nothing was written.
public struct RunFenced: Error, Sendable, Equatable, CustomStringConvertible {
    public var description: String { "the run has lost its job to another run or to a stop; nothing was written" }
}
