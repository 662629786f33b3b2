/// Rows under headings, aligned.
struct Table {
    enum Alignment { case left, right }

    struct Column {
        var title: String
        var alignment: Alignment

        init(_ title: String, _ alignment: Alignment = .left) {
            self.title = title
            self.alignment = alignment
        }
    }

    let columns: [Column]
    private(set) var rows: [[String]] = []

    init(_ columns: [Column]) {
        self.columns = columns
    }

    mutating func add(_ cells: [String]) { self.rows.append(cells.map(Terminal.plain)) }

    func print() {
        let widths = self.columns.indices.map { index in
            max(self.columns[index].title.count, self.rows.map { $0[index].count }.max() ?? 0)
        }
        func line(_ cells: [String]) -> String {
            let padded = cells.indices.map { index -> String in
                let space = String(repeating: " ", count: max(0, widths[index] - cells[index].count))
                return self.columns[index].alignment == .left ? cells[index] + space : space + cells[index]
            }
            var text = padded.joined(separator: "  ")
            while text.last == " " { text.removeLast() }
            return text
        }
        Swift.print(Terminal.styled(line(self.columns.map(\.title)), .dim))
        for row in self.rows { Swift.print(line(row)) }
    }
}
