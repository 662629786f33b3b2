import Testing

@Suite("The queue's protocol, in every order that a schedule can think of")
struct SimulationTests {
    /// Together 100,000 schedules, in parts that run side by side.
    @Test("After crashes, stalls and late writes the index says what the sources say", arguments: 0..<8)
    func converges(part: Int) {
        for schedule in 0..<12_500 {
            let seed = UInt64(part * 12_500 + schedule)
            var simulation = Simulation(seed: seed)
            if let violation = simulation.run() {
                Issue.record("seed \(seed): \(violation)")
                return
            }
        }
    }

    @Test("A protocol that lacks a piece is caught", arguments: Simulation.Sabotage.allCases)
    func catchesSabotage(_ sabotage: Simulation.Sabotage) {
        let caught = (0..<20_000).contains { seed in
            var simulation = Simulation(seed: UInt64(seed), sabotage: sabotage)
            return simulation.run() != nil
        }
        #expect(caught)
    }
}
