/// The dashboard's document. It reads the interface with the caller's own key; what it shows comes
/// from its script, so the page itself is the same for everyone.
enum DashboardPage {
  static let html = #"""
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Matquay</title>
    <link rel="icon" href="/ui/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/ui/matquay.css">
    </head>
    <body>
    <header>
      <h1>Matquay</h1>
      <span id="status" role="status">Connecting…</span>
      <form id="key-form">
        <label>Key <input id="key" type="password" autocomplete="off"></label>
        <button>Use</button>
      </form>
    </header>
    <main>
      <section aria-labelledby="queue-title">
        <h2 id="queue-title">Queue</h2>
        <div id="tiles" class="tiles"></div>
        <div id="queue-plot"></div>
      </section>
      <section aria-labelledby="jobs-title">
        <h2 id="jobs-title">Jobs</h2>
        <div class="bar">
          <nav id="states" aria-label="States"></nav>
          <label>Algorithm <select id="filter"><option value="">all</option></select></label>
          <label>Label <input id="label" placeholder="NAME:VALUE" size="14"></label>
        </div>
        <table><thead><tr><th scope="col">Job</th><th scope="col">Algorithm</th>
        <th scope="col">State</th><th scope="col">Progress</th><th scope="col">Time</th>
        <th scope="col">Created</th><th scope="col">Action</th></tr></thead>
        <tbody id="jobs"></tbody></table>
        <p id="none" hidden>No jobs. Send one with the form below, or with curl.</p>
        <button id="more" type="button" hidden>Older jobs</button>
      </section>
      <section aria-labelledby="detail-title" id="detail" hidden>
        <h2 id="detail-title" tabindex="-1">Job</h2>
        <div id="summary"></div>
        <div id="figures" class="figures"></div>
        <details><summary>Job document</summary><pre id="document" tabindex="0"></pre></details>
        <details><summary>Report</summary><pre id="report" tabindex="0"></pre></details>
      </section>
      <section aria-labelledby="try-title">
        <h2 id="try-title">Try it</h2>
        <form id="try">
          <label>Algorithm <select id="algorithm"></select></label>
          <label>Params <input id="params" size="30" placeholder="method=exact&amp;seed=1"></label>
          <label>File <input id="file" type="file" required
            accept=".npy,.npz,.safetensors,.json,.txt,.gz"></label>
          <button>Submit</button>
        </form>
        <p id="hint"></p>
      </section>
    </main>
    <script type="module" src="/ui/matquay.js"></script>
    </body>
    </html>

    """#

  /// Four blocks of a matrix.
  static let icon = """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><g fill="#0072b2">
    <path d="M1 1h6v6H1zM9 9h6v6H9z"/><path fill="#56b4e9" d="M9 1h6v6H9zM1 9h6v6H1z"/></g></svg>

    """
}
