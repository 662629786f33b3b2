/// The look of the page of the API, in the colours of the web page.
enum DocsStyle {
    static let text = """
        \(PageStyle.colors)
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--back); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
        header, main { max-width: 62rem; margin: 0 auto; padding: 1rem; }
        h1 { margin: 0 0 .5rem; }
        h2 { margin: 2rem 0 .5rem; border-bottom: 1px solid var(--line); }
        details { border: 1px solid var(--line); border-radius: .4rem; margin: .4rem 0; }
        summary { padding: .5rem .7rem; cursor: pointer; display: flex; gap: .7rem; flex-wrap: wrap; align-items: baseline; }
        details > div { padding: .2rem .9rem .9rem; }
        code, pre, input, textarea { font: 13px/1.45 ui-monospace, monospace; }
        pre {
          background: var(--panel); border: 1px solid var(--line); border-radius: .3rem; padding: .6rem; overflow: auto; max-height: 24rem;
        }
        .method { font-weight: 700; color: var(--accent); min-width: 4rem; }
        .role { margin-left: auto; font-size: 12px; border: 1px solid var(--line); border-radius: 1rem; padding: 0 .5rem; }
        table { border-collapse: collapse; width: 100%; }
        td, th { text-align: left; padding: .25rem .5rem .25rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
        input, textarea {
          width: 100%; padding: .3rem; border: 1px solid var(--line); border-radius: .3rem; background: var(--panel); color: inherit;
        }
        label { display: block; margin: .3rem 0; }
        button {
          font: inherit; padding: .3rem .9rem; border: 1px solid var(--accent); border-radius: .3rem; cursor: pointer;
          background: var(--panel); color: var(--accent);
        }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
        a { color: var(--accent); }
        .key { display: flex; gap: .6rem; align-items: center; }
        """
}
