/// What became of the wish to make a building space the live one.
public enum SpaceSwitch: Sendable, Equatable {
    case switched
    /// So many entities changed meanwhile and are still to be copied, or a copy may still land.
    case notYet(waiting: Int)
}
