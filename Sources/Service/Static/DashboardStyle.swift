/// The dashboard's style sheet, light and dark.
enum DashboardStyle {
  static let css = #"""
    :root {
      color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif;
      --line: #8884; --soft: #8882; --dim: #666; --good: #00795a; --bad: #b3381a; --busy: #0067a0;
      --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #cc79a7; --c4: #b58900; --c5: #56b4e9;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --dim: #aaa; --good: #4fc9a2; --bad: #ff8a65; --busy: #6cc0f5;
        --c0: #4ba3dd; --c1: #ff8a4c; --c2: #3fc79f; --c3: #e3a0c6; --c4: #e0b93f; --c5: #8fd0f7;
      }
    }
    body { margin: 0 auto; max-width: 72rem; padding: 0 1rem 3rem; }
    header, .bar, form { display: flex; gap: .6rem 1.5rem; align-items: baseline; flex-wrap: wrap; }
    header form { margin-left: auto; }
    h1 { font-size: 1.4rem; }
    h2 { font-size: 1.1rem; margin-top: 2rem; }
    h3 { font-size: .95rem; margin: 0 0 .3rem; }
    table { border-collapse: collapse; width: 100%; }
    th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid var(--line); }
    td.number { text-align: right; font-variant-numeric: tabular-nums; }
    td button + button { margin-left: .4rem; }
    nav button[aria-pressed=true] { font-weight: bold; text-decoration: underline; }
    pre { overflow: auto; padding: .75rem; border: 1px solid var(--line); max-height: 30rem; }
    dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: 0 0 1rem; }
    dt { color: var(--dim); }
    dd { margin: 0; overflow-wrap: anywhere; }
    progress { width: 8rem; vertical-align: middle; }
    .tiles { display: flex; gap: 1rem; flex-wrap: wrap; margin-bottom: 1rem; }
    .tile { border: 1px solid var(--line); border-radius: .4rem; padding: .4rem 1rem; min-width: 6rem; }
    .tile b { display: block; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
    .tile span { color: var(--dim); }
    .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1.5rem; }
    figure { margin: 0; }
    figure details { color: var(--dim); font-size: .85rem; }
    svg { width: 100%; height: auto; display: block; font-size: 11px; }
    svg text { fill: currentColor; }
    svg .grid { stroke: var(--soft); } svg .axis { stroke: var(--dim); }
    .failed { color: var(--bad); } .succeeded { color: var(--good); } .running { color: var(--busy); }
    .c0 { --c: var(--c0); } .c1 { --c: var(--c1); } .c2 { --c: var(--c2); }
    .c3 { --c: var(--c3); } .c4 { --c: var(--c4); } .c5 { --c: var(--c5); }
    svg .mark { fill: var(--c); } svg .curve { stroke: var(--c); fill: none; stroke-width: 1.8; }
    svg .whisker { stroke: currentColor; } svg .chosen { stroke: var(--bad); stroke-dasharray: 4 3; }
    .legend span::before { content: ""; display: inline-block; width: .8em; height: .8em;
      margin-right: .3em; background: var(--c); }
    .legend span { margin-right: 1em; }

    """#
}
