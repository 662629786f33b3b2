/// The look of the web page: calm, light or dark as the reader's system is.
enum PageStyle {
    /// The colours, which the page of the API shares.
    static let colors = """
        :root {
          --back: #fbfbfa; --panel: #ffffff; --ink: #1d2125; --soft: #5b6470; --line: #d9dde2; --accent: #1f5fbf; --on-accent: #ffffff;
          --jira: #dbe7fb; --github: #e3e8dd; --bad: #a3261c;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --back: #16181b; --panel: #1e2125; --ink: #e7e9ec; --soft: #a3abb5; --line: #363b42; --accent: #8ab4f8; --on-accent: #10151c;
            --jira: #243a5e; --github: #38422d; --bad: #ff9d94;
          }
        }
        """

    static let text = """
        \(Self.colors)
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--back); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
        header, main, footer { max-width: 56rem; margin: 0 auto; padding: 1rem; }
        h1 { margin: 0; font-size: 1.6rem; }
        h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
        footer { font-size: .9rem; }
        header p, .hint, .facts { color: var(--soft); margin: .2rem 0; font-size: .9rem; }
        label { font-weight: 600; }
        .row { display: flex; gap: .5rem; flex-wrap: wrap; margin: .3rem 0; }
        .row input { flex: 1 1 16rem; min-width: 0; }
        input[type=search], input[type=password] {
          font: inherit; padding: .5rem .7rem; color: inherit; background: var(--panel); border: 1px solid var(--line); border-radius: .4rem;
        }
        button {
          font: inherit; font-size: .95rem; padding: .4rem .9rem; border: 1px solid var(--accent); border-radius: .4rem; cursor: pointer;
          background: var(--panel); color: var(--accent);
        }
        form button[type=submit] { background: var(--accent); color: var(--on-accent); }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
        .choices { display: flex; gap: 1.5rem; flex-wrap: wrap; }
        fieldset { border: 0; padding: 0; margin: .3rem 0; display: flex; gap: .8rem; }
        fieldset label { font-weight: 400; }
        legend { float: left; color: var(--soft); margin-right: .6rem; }
        ol { list-style: none; padding: 0; margin: 0; }
        ol > li { background: var(--panel); border: 1px solid var(--line); border-radius: .6rem; padding: .8rem 1rem; margin: .7rem 0; }
        ol h3 { margin: .2rem 0; font-size: 1.05rem; overflow-wrap: anywhere; }
        ol p { margin: .2rem 0; overflow-wrap: anywhere; }
        a { color: var(--accent); }
        .badge { border-radius: .3rem; padding: .05rem .45rem; font-size: .8rem; margin-right: .4rem; }
        .badge.jira { background: var(--jira); }
        .badge.github { background: var(--github); }
        .links { padding-left: 1.1rem; margin: .3rem 0; font-size: .92rem; }
        .bad { color: var(--bad); }
        progress { width: 100%; height: 1rem; accent-color: var(--accent); }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { text-align: right; padding: .25rem .6rem; border-bottom: 1px solid var(--line); font-weight: 400; }
        thead th { color: var(--soft); font-size: .9rem; }
        th:first-child, .words { text-align: left; }
        td.words { overflow-wrap: anywhere; }
        .heading { display: flex; gap: .6rem; align-items: baseline; }
        .heading button { font-size: .85rem; padding: .1rem .6rem; }
        .skip { position: absolute; left: -99rem; }
        .skip:focus { left: 1rem; top: .5rem; }
        [hidden] { display: none !important; }
        """
}
