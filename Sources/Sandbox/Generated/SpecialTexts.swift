/// Texts that break careless readers.
enum SpecialTexts {
    /// About 200 kB of a believable log.
    static let huge: String = {
        let line = "2026-03-04 05:06:07.089 WARN checkout retry=%N order=%O gateway did not answer within 30000 ms, giving up\n"
        var text = "The whole log of the night, as asked:\n\n"
        var number = 0
        while text.utf8.count < 200_000 {
            number += 1
            text += line.replacing("%N", with: String(number % 4)).replacing("%O", with: String(70_000 + number))
        }
        return text
    }()

    static let emoji = "Celebrate the launch 🎉🚀 — thumbs up 👍🏽, family 👨‍👩‍👧‍👦, flag 🏳️‍🌈, keycap 3️⃣, and a lone heart ❤️."

    static let scripts = """
        日本語の説明: 支払いが二重に請求される問題を修正します。
        Українською: виправлено подвійне списання коштів.
        العربية: تم إصلاح تكرار الخصم من البطاقة.
        हिन्दी: भुगतान दो बार कटने की समस्या ठीक की गई।
        Ελληνικά: διορθώθηκε η διπλή χρέωση. ไทย: แก้ปัญหาการเรียกเก็บเงินซ้ำ
        """

    /// U+0000 is legal in JSON and is refused by PostgreSQL.
    static let nul = "Binary rubbish pasted from a terminal: before\u{0}after, and a bell\u{7}."
}
