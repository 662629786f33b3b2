import Testing

@testable import PulseModel

@Suite("References in free text: what people name is found, and nothing else is")
struct ReferenceTests {
    @Test(
        "Issue keys are found wherever people write them",
        arguments: [
            ("PAY-142 Retry payments", ["PAY-142"]),
            ("feature/PAY-142-retry", ["PAY-142"]),
            ("feature/PAY-142_retry", ["PAY-142"]),
            ("fix_PAY-142", ["FIX_PAY-142", "PAY-142"]),
            ("pay-142 and Pay-142", ["PAY-142"]),
            ("[PAY-1][OPS-22]: x", ["PAY-1", "OPS-22"]),
            ("(PAY-1),OPS-2;MY_APP-3.", ["PAY-1", "OPS-2", "MY_APP-3", "APP-3"]),
            ("Merge branch 'PAY-7' into main", ["PAY-7"]),
            ("éPAY-1 → OPS-2", ["PAY-1", "OPS-2"]),
            ("UTF-8 text", ["UTF-8"]),
            ("https://acme.atlassian.net/browse/PAY-9?focused=1", ["PAY-9"]),
        ]
    )
    func keys(text: String, expected: [String]) {
        #expect(WorkItemKey.all(in: text) == expected)
    }

    @Test(
        "What only resembles a key is none",
        arguments: [
            "", "-", "PAY-", "PAY", "-142", "9PAY-1", "PAY-142abc", "A-1", "PAY–142", "PAY-1234567890", "PAY -1", "x--1", "PAY_",
        ]
    )
    func noKeys(text: String) {
        #expect(WorkItemKey.all(in: text).isEmpty)
    }

    @Test("Whole keys are told from others as Jira's own rule does, `^[A-Z][A-Z0-9_]*-\\d+$`")
    func validity() {
        for key in ["PAY-1", "P-1", "A1_B-0042"] { #expect(WorkItemKey.isValid(key), "\(key)") }
        for key in [
            "", "-", "PAY", "PAY-", "-1", "pay-1", "PaY-1", "1A-1", "_A-1", "PAY-1 ", " PAY-1", "PAY-1-2", "PAY-x", "PÄY-1",
            "PAY-١",
        ] {
            #expect(!WorkItemKey.isValid(key), "\(key)")
        }
    }

    @Test(
        "A pull request is found by its short name and by its address, whatever follows it",
        arguments: [
            ("acme/api#57", "acme/api#57"),
            ("see acme/api#57.", "acme/api#57"),
            ("(acme/my.api-2_x#5)", "acme/my.api-2_x#5"),
            ("https://github.com/a/b/pull/57", "a/b#57"),
            ("https://github.com/a/b/pull/57#discussion_r1", "a/b#57"),
            ("https://github.com/a/b/pull/57/files#diff-0123", "a/b#57"),
            ("https://github.com/a/b/pull/57?w=1", "a/b#57"),
            ("https://git.acme.example/a/b/pulls/57/", "a/b#57"),
            ("[this](http://github.com/a/b/pull/57#issuecomment-9)", "a/b#57"),
        ]
    )
    func pullRequests(text: String, expected: String) {
        #expect(PullRequestReference.all(in: text).map(\.description) == [expected])
    }

    @Test(
        "What only resembles a pull request is none",
        arguments: [
            "", "#57", "api#57", "acme/api#", "acme/api#0", "acme/api#x", "acme//api#5", "a/b/c#5", "acme/a i#5", "acme/äpi#5",
            "https://github.com/a/b/issues/57", "https://github.com/a/b#readme", "https://github.com/a/b/pull/", "https://",
            "https://github.com/a/b/pull/x#57", "acme/api#99999999999999999999",
        ]
    )
    func noPullRequests(text: String) {
        #expect(PullRequestReference(text) == nil)
    }

    @Test("Several are found in the order in which they stand, each once, however its repository is written")
    func order() {
        let text = "acme/api#2, ACME/api#2, https://github.com/acme/web/pull/1#top and acme/api#1"
        #expect(PullRequestReference.all(in: text).map(\.description) == ["acme/api#2", "acme/web#1", "acme/api#1"])
    }
}
