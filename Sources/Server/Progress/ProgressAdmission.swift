import PulseModel
import Store

/// Who may follow which channel.
struct ProgressAdmission: Sendable {
    var principal: Principal
    var channel: ProgressChannel
}
