extension Duration {
    /// The duration as PostgreSQL's `make_interval(secs => …)` takes it.
    var inSeconds: Double {
        Double(self.components.seconds) + Double(self.components.attoseconds) * 1e-18
    }
}
