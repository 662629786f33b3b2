import TestSupport

/// Made-up content: the same each time.
struct Samples {
    var random = SeededRandom(seed: 7)

    /// A vector of length 1 whose numbers are spread like a model's.
    mutating func vector(dimensions: Int) -> [Float] {
        let numbers = (0..<dimensions).map { _ in
            // The sum of four is close enough to a normal distribution.
            (0..<4).reduce(Float(0)) { sum, _ in sum + Float.random(in: -1...1, using: &self.random) }
        }
        let length = numbers.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return numbers.map { $0 / length }
    }

    /// Prose of some words, as in an issue.
    mutating func text(words: Int) -> String {
        (0..<words).map { _ in Self.words[Int.random(in: 0..<Self.words.count, using: &self.random)] }.joined(separator: " ")
    }

    static let words = """
        the payment service retries a request when the gateway times out and the customer is charged twice because no idempotency \
        key was sent with it we saw this in production after the deployment on monday logs show that the worker stopped while it \
        held the lock users cannot sign in on slow networks since the token expires before the page has loaded please add an index \
        to the table of orders and check whether the migration runs without blocking writes
        """.split(separator: " ").map(String.init)
}
