/// The dashboard: a page that reads the interface with the caller's own key.
enum DashboardPage {
  static let html = #"""
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Matquay</title>
    <link rel="stylesheet" href="/ui/matquay.css">
    </head>
    <body>
    <header>
      <h1>Matquay</h1>
      <span id="status" role="status">…</span>
      <form id="key-form"><label>Key <input id="key" type="password" autocomplete="off"></label>
      <button>Use</button></form>
    </header>
    <main>
      <section aria-labelledby="queue-title">
        <h2 id="queue-title">Queue</h2>
        <table><thead><tr><th scope="col">Algorithm</th><th scope="col">Queued</th>
        <th scope="col">Running</th></tr></thead><tbody id="queue"></tbody></table>
      </section>
      <section aria-labelledby="jobs-title">
        <h2 id="jobs-title">Jobs</h2>
        <nav id="states" aria-label="States"></nav>
        <table><thead><tr><th scope="col">Job</th><th scope="col">Algorithm</th>
        <th scope="col">State</th><th scope="col">Progress</th><th scope="col">Created</th>
        <th scope="col">Action</th></tr></thead><tbody id="jobs"></tbody></table>
      </section>
      <section aria-labelledby="try-title">
        <h2 id="try-title">Try it</h2>
        <form id="try">
          <label>Algorithm <select id="algorithm"></select></label>
          <label>Params <input id="params" placeholder="method=exact&amp;seed=1"></label>
          <label>File <input id="file" type="file" required></label>
          <button>Submit</button>
        </form>
      </section>
      <section aria-labelledby="detail-title">
        <h2 id="detail-title">Detail</h2>
        <pre id="detail" tabindex="0">Choose a job.</pre>
      </section>
    </main>
    <script type="module" src="/ui/matquay.js"></script>
    </body>
    </html>

    """#

  static let style = #"""
    :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
    body { margin: 0 auto; max-width: 70rem; padding: 0 1rem 3rem; }
    header { display: flex; gap: 1.5rem; align-items: baseline; flex-wrap: wrap; }
    h1 { font-size: 1.4rem; }
    h2 { font-size: 1.1rem; margin-top: 2rem; }
    table { border-collapse: collapse; width: 100%; }
    th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #8884; }
    td.number { text-align: right; font-variant-numeric: tabular-nums; }
    nav button[aria-pressed=true] { font-weight: bold; }
    pre { overflow: auto; padding: .75rem; border: 1px solid #8884; max-height: 30rem; }
    form { display: flex; gap: 1rem; flex-wrap: wrap; align-items: center; }
    .failed { color: #c33; } .succeeded { color: #2a2; } .running { color: #28d; }

    """#

  static let script = #"""
    const $ = (id) => document.getElementById(id);
    const states = ['all', 'queued', 'running', 'succeeded', 'failed', 'cancelled'];
    let chosen = 'all';

    // The key stays in this tab and never goes into an address.
    const headers = (more = {}) => {
      const key = sessionStorage.getItem('key');
      return key ? { ...more, Authorization: 'Bearer ' + key } : more;
    };

    async function call(path, options = {}) {
      const response = await fetch(path, { ...options, headers: headers(options.headers) });
      if (!response.ok) {
        const problem = await response.json().catch(() => ({}));
        throw new Error(problem.detail || response.statusText);
      }
      return response;
    }

    const get = async (path) => (await call(path)).json();

    function cell(row, text, className) {
      const td = document.createElement('td');
      td.textContent = text;
      if (className) td.className = className;
      row.append(td);
      return td;
    }

    function button(text, action) {
      const element = document.createElement('button');
      element.type = 'button';
      element.textContent = text;
      element.onclick = () => action().then(refresh).catch(show);
      return element;
    }

    const show = (error) => { $('status').textContent = error.message; };
    const isOpen = (job) => job.state === 'queued' || job.state === 'running';

    async function detail(id) {
      $('detail').textContent = JSON.stringify(await get('/v1/jobs/' + id), null, 2);
    }

    async function download(job) {
      const response = await call(job.links.results,
        { headers: { Accept: 'application/vnd.safetensors' } });
      const link = document.createElement('a');
      link.href = URL.createObjectURL(await response.blob());
      link.download = job.algorithm + '-' + job.id + '.safetensors';
      link.click();
      URL.revokeObjectURL(link.href);
    }

    function row(job) {
      const tr = document.createElement('tr');
      const first = cell(tr, '');
      first.append(button(job.id.slice(-12), () => detail(job.id)));
      cell(tr, job.algorithm);
      cell(tr, job.cached ? job.state + ' (cached)' : job.state, job.state);
      cell(tr, Math.round(100 * job.progress.fraction) + ' %', 'number');
      cell(tr, new Date(job.created_at).toLocaleString());
      const last = cell(tr, '');
      const post = (word) => () => call('/v1/jobs/' + job.id + '/' + word, { method: 'POST' });
      if (isOpen(job)) last.append(button('Cancel', post('cancel')));
      if (job.state === 'failed' || job.state === 'cancelled') {
        last.append(button('Retry', post('retry')));
      }
      if (job.state === 'succeeded') last.append(button('Download', () => download(job)));
      return tr;
    }

    async function refresh() {
      const filter = chosen === 'all' ? '' : '&state=' + chosen;
      const [queue, jobs] = await Promise.all([get('/v1/queue'), get('/v1/jobs?limit=50' + filter)]);
      $('queue').replaceChildren(...Object.entries(queue.by_algorithm).map(([name, part]) => {
        const tr = document.createElement('tr');
        cell(tr, part.paused || queue.paused ? name + ' (paused)' : name);
        cell(tr, part.queued, 'number');
        cell(tr, part.running, 'number');
        return tr;
      }));
      $('jobs').replaceChildren(...jobs.items.map(row));
      $('status').textContent = queue.workers + ' workers';
    }

    function tabs() {
      $('states').replaceChildren(...states.map((state) => {
        const element = button(state, async () => { chosen = state; tabs(); });
        element.setAttribute('aria-pressed', state === chosen);
        return element;
      }));
    }

    // A ticket stands for the key once: an EventSource cannot send a header.
    let source;
    async function follow() {
      if (source) source.close();
      const { ticket } = await (await call('/v1/events/ticket', { method: 'POST' })).json();
      source = new EventSource('/v1/events?ticket=' + ticket);
      let isDue = false;
      const later = () => {
        if (isDue) return;
        isDue = true;
        setTimeout(() => { isDue = false; refresh().catch(show); }, 300);
      };
      for (const name of ['state', 'progress', 'end']) source.addEventListener(name, later);
      source.onerror = () => { source.close(); setTimeout(() => follow().catch(show), 3000); };
    }

    async function start() {
      const { items } = await get('/v1/algorithms');
      $('algorithm').replaceChildren(...items.map((item) => new Option(item.title, item.id)));
      await refresh();
      await follow();
    }

    $('key-form').onsubmit = (event) => {
      event.preventDefault();
      sessionStorage.setItem('key', $('key').value);
      start().catch(show);
    };

    $('try').onsubmit = (event) => {
      event.preventDefault();
      const path = '/v1/algorithms/' + $('algorithm').value + '/execution?' + $('params').value;
      call(path, { method: 'POST', body: $('file').files[0],
        headers: { 'Content-Type': 'application/octet-stream', Prefer: 'respond-async' } })
        .then((response) => response.json())
        .then((job) => detail(job.id || job.job_id)).then(refresh).catch(show);
    };

    tabs();
    start().catch(show);

    """#
}
