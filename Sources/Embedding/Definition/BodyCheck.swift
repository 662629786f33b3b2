/// Checks a body template: known placeholders, each where it can be filled, and the texts exactly once.
struct BodyCheck {
    private let reading: ExchangeReading
    private let mode: ProviderExchange.Mode

    init(_ reading: ExchangeReading, mode: ProviderExchange.Mode) {
        self.reading = reading
        self.mode = mode
    }

    private struct Found {
        var lists = 0
        var texts = 0
        var task = false
    }

    func check(_ body: JSONNode) {
        var found = Found()
        guard body.members != nil || body.elements != nil else {
            self.report("is \(body.typeName)", at: body, path: Self.root, remedy: "an object is expected")
            return
        }
        self.walk(body, path: Self.root, inEach: false, found: &found)
        switch self.mode {
        case .batch where found.lists != 1:
            self.report(
                found.lists == 0 ? "the texts have no place" : "the texts stand \(found.lists) times",
                at: body,
                path: Self.root,
                remedy: "put \"{{texts}}\", or {\"$each\": …} with {{text}} in it, once"
            )
        case .single where found.texts == 0:
            self.report("the text has no place", at: body, path: Self.root, remedy: "put \"{{text}}\" where it belongs")
        default: break
        }
        let valued = self.reading.tasks.values.contains { $0.value != nil }
        if found.task, !valued {
            self.report(
                "{{task}} has no value",
                at: body,
                path: Self.root,
                remedy: "set tasks.document.value or tasks.query.value"
            )
        } else if !found.task, valued {
            self.report(
                "{{task}} has no place, but \"tasks\" sets a value",
                at: body,
                path: Self.root,
                remedy: "put \"{{task}}\""
            )
        }
    }

    private static let root = "request.body"

    private func walk(_ node: JSONNode, path: String, inEach: Bool, found: inout Found) {
        switch node.value {
        case .string(let text):
            self.check(text, at: node, path: path, inEach: inEach, found: &found)
        case .array(let elements):
            for (offset, element) in elements.enumerated() {
                self.walk(element, path: "\(path)[\(offset)]", inEach: inEach, found: &found)
            }
        case .object(let members):
            if let each = node[BodyTemplate.each] {
                self.check(each: each, beside: members.count - 1, at: node, path: path, inEach: inEach, found: &found)
                return
            }
            for member in members { self.walk(member.value, path: "\(path).\(member.key)", inEach: inEach, found: &found) }
        case .null, .bool, .number:
            break
        }
    }

    private func check(each: JSONNode, beside: Int, at node: JSONNode, path: String, inEach: Bool, found: inout Found) {
        if beside > 0 { self.report("\"$each\" must be the only key of its object", at: node, path: path) }
        if inEach || self.mode == .single {
            self.report(
                "\"$each\" is not allowed here",
                at: node,
                path: path,
                remedy: "use it once, outside another \"$each\", in batch mode"
            )
        }
        found.lists += 1
        var inner = Found()
        self.walk(each, path: "\(path).$each", inEach: true, found: &inner)
        if inner.texts == 0 { self.report("{{text}} is missing in \"$each\"", at: each, path: "\(path).$each") }
        found.task = found.task || inner.task
    }

    private func check(_ text: String, at node: JSONNode, path: String, inEach: Bool, found: inout Found) {
        guard let parts = Template.parts(text) else {
            self.report("a {{ is not closed or holds no name", at: node, path: path, remedy: "write {{name}}")
            return
        }
        for case .placeholder(let name) in parts {
            switch name {
            case "texts":
                found.lists += 1
                if parts.count > 1 || inEach || self.mode == .single {
                    self.report(
                        "{{texts}} cannot stand here",
                        at: node,
                        path: path,
                        remedy: "{{texts}} must be a whole value, and only in batch mode"
                    )
                }
            case "text":
                found.texts += 1
                if parts.count > 1 {
                    self.report(
                        "{{text}} must be the whole string",
                        at: node,
                        path: path,
                        remedy: "for a prefix use tasks.document.prefix"
                    )
                } else if !inEach, self.mode == .batch {
                    self.report(
                        "{{text}} cannot stand here",
                        at: node,
                        path: path,
                        remedy: "use {{texts}}, or put it into \"$each\""
                    )
                }
            case "task":
                found.task = true
            default:
                if !self.reading.isKnown(name) {
                    self.report(
                        "{{\(name)}} is not a known placeholder",
                        at: node,
                        path: path,
                        remedy: self.reading.knownNames(near: name)
                    )
                }
            }
        }
    }

    private func report(_ problem: String, at node: JSONNode, path: String, remedy: String? = nil) {
        self.reading.collector.report(problem, at: node, path: path, remedy: remedy)
    }
}
