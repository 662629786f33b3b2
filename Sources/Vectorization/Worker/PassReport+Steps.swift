import PulseModel

extension PassReport {
    /// What the pass consisted of, for the record of its run: the parts of the work, and the failures by kind.
    var steps: [RunStep] {
        var steps = [
            RunStep(
                "rows",
                count: self.summary.done,
                failed: self.summary.failed,
                seconds: self.databaseSeconds,
                detail: "rows completed and given up, and seconds for which they waited for the database"
            )
        ]
        if self.requests > 0 || self.embedded > 0 {
            let provider = self.provider.map { " by \($0)" } ?? ""
            steps.append(
                RunStep("embed", count: self.embedded, seconds: self.embeddingSeconds, detail: "texts embedded\(provider)")
            )
        }
        if self.reused > 0 { steps.append(RunStep("reuse", count: self.reused, detail: "texts whose vector was known")) }
        for (operation, calls) in Dictionary(grouping: self.calls, by: \.operation).sorted(by: { $0.key < $1.key }) {
            steps.append(
                RunStep(
                    "qdrant \(operation)",
                    count: calls.reduce(0) { $0 + $1.points },
                    seconds: calls.reduce(0) { $0 + $1.seconds },
                    detail: "points"
                )
            )
        }
        for (kind, count) in self.failures.sorted(by: { $0.key < $1.key }) {
            let reason = FailureText.withoutHosts(self.reasons[kind] ?? "")
            steps.append(RunStep("failed \(kind)", failed: count, detail: reason))
        }
        return steps
    }
}
