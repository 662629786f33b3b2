import Testing

@Suite("The protocol of a move to another space, in every order that a schedule can think of")
struct MoveSimulationTests {
    /// Together 20,000 schedules, in parts that run side by side.
    @Test(
        "Whatever crashes, stalls and lands late, before the switch or after it, the new space says what the sources say",
        arguments: 0..<8
    )
    func converges(part: Int) {
        for schedule in 0..<2_500 {
            let seed = UInt64(part * 2_500 + schedule)
            var simulation = MoveSimulation(seed: seed)
            if let violation = simulation.run() {
                Issue.record("seed \(seed): \(violation)")
                return
            }
        }
    }

    @Test("A protocol that lacks a piece is caught", arguments: MoveSimulation.Sabotage.allCases)
    func catchesSabotage(_ sabotage: MoveSimulation.Sabotage) {
        let caught = (0..<20_000).contains { seed in
            var simulation = MoveSimulation(seed: UInt64(seed), sabotage: sabotage)
            return simulation.run() != nil
        }
        #expect(caught)
    }
}
