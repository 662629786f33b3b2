/// The structure of the web page.
enum PageMarkup {
    static func html(style: String, script: String) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Pulse</title>
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
        <a class="skip" href="#results">Skip to the results</a>
        <header>
          <h1>Pulse</h1>
          <p>Jira and GitHub, searched by meaning</p>
        </header>
        <main>
          <form id="access">
            <label for="key">API key</label>
            <div class="row">
              <input id="key" type="password" autocomplete="off" spellcheck="false" placeholder="pulse_…" required>
              <button type="submit">Use this key</button>
              <button type="button" id="forget" hidden>Forget it</button>
            </div>
            <p class="hint">It stays in this tab and is forgotten when the tab closes.</p>
            <p id="refused" class="bad" role="alert"></p>
          </form>
          <section id="workspace" hidden>
            <form id="search" role="search">
              <label for="query">What are you looking for?</label>
              <div class="row">
                <input id="query" type="search" maxlength="4000" autocomplete="off" placeholder="why do we retry payments twice?" required>
                <button type="submit">Search</button>
              </div>
              <div class="choices">
                <fieldset>
                  <legend>Match</legend>
                  <label><input type="radio" name="mode" value="hybrid" checked> both</label>
                  <label><input type="radio" name="mode" value="semantic"> meaning</label>
                  <label><input type="radio" name="mode" value="lexical"> exact words</label>
                </fieldset>
                <fieldset>
                  <legend>In</legend>
                  <label><input type="checkbox" name="source" value="jira" checked> Jira</label>
                  <label><input type="checkbox" name="source" value="github" checked> GitHub</label>
                </fieldset>
              </div>
            </form>
            <p id="message" role="status" aria-live="polite"></p>
            <ol id="results" tabindex="-1" aria-label="Results"></ol>
            <section aria-labelledby="progress-title">
              <h2 id="progress-title">Vectorization</h2>
              <progress id="bar" max="100" value="0" aria-labelledby="progress-title"></progress>
              <p id="progress-text">Not connected.</p>
            </section>
            <section aria-labelledby="status-title">
              <div class="heading">
                <h2 id="status-title">Index</h2>
                <button type="button" id="refresh">Refresh</button>
              </div>
              <div class="scroll">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">Table</th><th scope="col">Rows</th><th scope="col">Indexed</th><th scope="col">Points</th>
                      <th scope="col">Waiting</th><th scope="col">Failed</th>
                    </tr>
                  </thead>
                  <tbody id="tables"></tbody>
                </table>
              </div>
              <p id="backlog"></p>
            </section>
            <section aria-labelledby="failures-title">
              <div class="heading">
                <h2 id="failures-title">Failed rows</h2>
                <button type="button" id="requeue" hidden>Try again</button>
              </div>
              <p id="failures-text"></p>
              <div class="scroll">
                <table id="failures-table" hidden>
                  <thead>
                    <tr>
                      <th scope="col">Table</th><th scope="col">Rows</th><th scope="col" class="words">Kind</th>
                      <th scope="col" class="words">Reason</th>
                    </tr>
                  </thead>
                  <tbody id="failures"></tbody>
                </table>
              </div>
            </section>
          </section>
        </main>
        <footer><a href="/docs">API documentation</a></footer>
        """
}
