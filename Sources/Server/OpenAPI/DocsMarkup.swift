/// The structure of the page that shows `/openapi.json` to people.
enum DocsMarkup {
    static func html(style: String, script: String) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Pulse: the API</title>
        <link rel="icon" href="data:,">
        <style>\(style)</style>
        </head>
        <body>
        \(Self.body)
        <script>\(script)</script>
        </body>
        </html>

        """
    }

    private static let body = """
        <header>
        <h1 id="title">Pulse</h1>
        <div id="about"></div>
        <label class="key">Key <input id="key" type="password" autocomplete="off" placeholder="pulse_… stays in this tab"></label>
        <p><a href="/openapi.json">openapi.json</a> · <a href="/">search</a></p>
        </header>
        <main id="chapters"></main>
        """
}
