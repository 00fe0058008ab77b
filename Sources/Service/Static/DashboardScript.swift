/// The dashboard's behaviour: queue, jobs, one job's detail and the form that sends one.
enum DashboardScript {
  static let script = #"""
    import { bars, short } from '/ui/plots.js';
    import { figures, head } from '/ui/results.js';

    const $ = (id) => document.getElementById(id);
    const states = ['all', 'queued', 'running', 'succeeded', 'failed', 'cancelled'];
    let chosen = 'all', opened = null, cursor = null, older = [];

    // The key stays in this tab and never goes into an address.
    async function call(path, options = {}) {
      const key = sessionStorage.getItem('key');
      const headers = key ? { ...options.headers, Authorization: 'Bearer ' + key } : options.headers;
      const response = await fetch(path, { ...options, headers });
      if (!response.ok) {
        const problem = await response.json().catch(() => ({}));
        throw new Error(problem.detail || response.statusText);
      }
      return response;
    }

    const get = async (path) => (await call(path)).json();
    const show = (error) => { $('status').textContent = error.message; };
    const isOpen = (job) => job.state === 'queued' || job.state === 'running';

    function make(name, text, className) {
      const node = document.createElement(name);
      if (text !== undefined) node.textContent = text;
      if (className) node.className = className;
      return node;
    }

    function button(text, action) {
      const node = make('button', text);
      node.type = 'button';
      node.onclick = () => action().then(refresh).catch(show);
      return node;
    }

    function progress(job) {
      const bar = make('progress');
      bar.max = 1;
      bar.value = job.progress.fraction;
      bar.setAttribute('aria-label', 'progress');
      const { step, total, message } = job.progress;
      const parts = [Math.round(100 * job.progress.fraction) + ' %'];
      if (step !== null) parts.push(total === null ? `step ${step}` : `${step} of ${total}`);
      if (message) parts.push(message);
      bar.title = parts.join(', ');
      return [bar, ' ' + parts[0]];
    }

    function duration(job) {
      if (!job.started_at) return job.queue_position ? `${job.queue_position} before it` : '';
      const end = job.finished_at ? Date.parse(job.finished_at) : Date.now();
      return short((end - Date.parse(job.started_at)) / 1000) + ' s';
    }

    function actions(job) {
      const post = (word) => () => call(job.links.self + '/' + word, { method: 'POST' });
      if (isOpen(job)) return [button('Cancel', post('cancel'))];
      if (job.state === 'succeeded') return [button('Download', () => download(job))];
      return [button('Retry', post('retry'))];
    }

    async function download(job) {
      const response = await call(job.links.results,
        { headers: { Accept: 'application/vnd.safetensors' } });
      const link = make('a');
      link.href = URL.createObjectURL(await response.blob());
      link.download = job.algorithm + '-' + job.id + '.safetensors';
      link.click();
      URL.revokeObjectURL(link.href);
    }

    function row(job) {
      const tr = make('tr');
      const cells = [
        [button(job.id.slice(-12), () => open(job.id))], [job.algorithm],
        [job.cached ? job.state + ' (cached)' : job.state], progress(job), [duration(job)],
        [new Date(job.created_at).toLocaleString()], actions(job)];
      for (const content of cells) {
        const td = make('td');
        td.append(...content);
        tr.append(td);
      }
      tr.cells[2].className = job.state;
      return tr;
    }

    async function open(id) {
      opened = id;
      drawn = null;
      $('detail').hidden = false;
      await detail();
      $('detail-title').focus();
    }

    // Figures are drawn once for each job that ended; a running one only updates its summary.
    let drawn = null, outputs = {};
    async function detail() {
      if (!opened) return;
      const job = await get('/v1/jobs/' + opened);
      $('detail-title').textContent = `Job ${job.id}`;
      $('document').textContent = JSON.stringify(job, null, 2);
      const list = make('dl');
      const add = (name, ...content) => {
        const dd = make('dd');
        dd.append(...content);
        list.append(make('dt', name), dd);
      };
      add('Algorithm', `${job.algorithm} ${job.version}`);
      add('State', make('span', job.cached ? job.state + ' (cached)' : job.state, job.state));
      add('Progress', ...progress(job), job.progress.message ? ', ' + job.progress.message : '');
      if (isOpen(job) && job.estimate_seconds !== null) add('Estimate', short(job.estimate_seconds) + ' s');
      add('Time', duration(job));
      add('Attempt', `${job.attempt} of ${job.max_attempts}`);
      const labels = Object.entries(job.labels);
      if (labels.length) add('Labels', labels.map((pair) => pair.join(':')).join(', '));
      if (job.error) {
        add('Error', make('span', job.error.detail ?? job.error.title, 'failed'));
        for (const one of job.error.errors ?? []) add(one.pointer, one.detail);
        if (job.error.trace_id ?? job.error.request_id) add('Trace', job.error.trace_id ?? job.error.request_id);
      }
      const isDrawn = drawn === job.id + job.state;
      if (!isDrawn) outputs = {};
      const name = (one) => `${one.dtype} ${one.shape.join(' × ')}`;
      for (const [key, one] of Object.entries(outputs).slice(0, 20)) add('Output ' + key, name(one));
      $('summary').replaceChildren(list);
      if (isDrawn) return;
      drawn = job.id + job.state;
      $('figures').replaceChildren();
      $('report').textContent = '';
      if (job.state !== 'succeeded') return;
      const result = await head(call, job);
      $('report').textContent = JSON.stringify(result.report, null, 2);
      outputs = result.outputs;
      for (const [key, one] of Object.entries(outputs).slice(0, 20)) add('Output ' + key, name(one));
      $('figures').replaceChildren(...await figures(call, job, result));
    }

    function tile(name, value) {
      const node = make('div', undefined, 'tile');
      node.append(make('b', value), make('span', name));
      return node;
    }

    function queueView(queue) {
      const word = queue.paused ? 'resume' : 'pause';
      const toggle = button(queue.paused ? 'Resume' : 'Pause',
        () => call('/v1/queue/' + word, { method: 'POST' }));
      const state = tile(queue.paused ? 'paused' : 'taking jobs', '');
      state.firstChild.append(toggle);
      $('tiles').replaceChildren(tile('queued', queue.queued), tile('running', queue.running),
        tile('workers', queue.workers), state);
      const waiting = Object.entries(queue.by_algorithm).flatMap(([name, part]) => [
        { name: name + (part.paused ? ' (paused)' : '') + ' queued', value: part.queued, color: 4 },
        { name: name + ' running', value: part.running, color: 0 }]).filter((one) => one.value > 0);
      $('queue-plot').replaceChildren(...(waiting.length ? [bars('Jobs by algorithm', waiting)] : []));
    }

    function query(more) {
      const parts = new URLSearchParams({ limit: '50', ...more });
      if (chosen !== 'all') parts.set('state', chosen);
      if ($('filter').value) parts.set('algorithm', $('filter').value);
      if ($('label').value) parts.set('label', $('label').value);
      return '/v1/jobs?' + parts;
    }

    async function refresh() {
      const [queue, jobs] = await Promise.all([get('/v1/queue'), get(query({}))]);
      queueView(queue);
      if (!older.length) cursor = jobs.next_cursor;
      const shown = new Set(jobs.items.map((job) => job.id));
      const all = [...jobs.items, ...older.filter((job) => !shown.has(job.id))];
      $('jobs').replaceChildren(...all.map(row));
      $('none').hidden = all.length > 0;
      $('more').hidden = !cursor;
      $('status').textContent = 'Connected';
      await detail();
    }

    $('more').onclick = async () => {
      const page = await get(query({ cursor })).catch(show);
      if (!page) return;
      older.push(...page.items);
      cursor = page.next_cursor;
      refresh().catch(show);
    };

    function restart() {
      older = [];
      refresh().catch(show);
    }
    $('filter').onchange = restart;
    $('label').onchange = restart;

    function tabs() {
      $('states').replaceChildren(...states.map((state) => {
        const node = button(state, async () => { chosen = state; older = []; tabs(); });
        node.setAttribute('aria-pressed', state === chosen);
        return node;
      }));
    }

    // A ticket stands for the key once: an EventSource cannot send a header.
    let source, timer;
    async function follow() {
      if (source) source.close();
      clearTimeout(timer);
      const { ticket } = await (await call('/v1/events/ticket', { method: 'POST' })).json();
      source = new EventSource('/v1/events?ticket=' + ticket);
      let isDue = false;
      const later = () => {
        if (isDue) return;
        isDue = true;
        setTimeout(() => { isDue = false; refresh().catch(show); }, 300);
      };
      for (const name of ['state', 'progress', 'end']) source.addEventListener(name, later);
      source.onerror = () => {
        source.close();
        $('status').textContent = 'Connecting…';
        timer = setTimeout(() => follow().then(refresh).catch(again), 3000);
      };
    }

    function again(error) {
      show(error);
      timer = setTimeout(() => follow().then(refresh).catch(again), 3000);
    }

    let algorithms = [];
    async function start() {
      algorithms = (await get('/v1/algorithms')).items;
      $('algorithm').replaceChildren(...algorithms.map((item) => new Option(item.title, item.id)));
      $('filter').replaceChildren(new Option('all', ''), ...algorithms.map((item) => new Option(item.id, item.id)));
      hint();
      await refresh();
      await follow();
    }

    function hint() {
      const item = algorithms.find((one) => one.id === $('algorithm').value);
      $('hint').textContent = item ? item.summary : '';
    }
    $('algorithm').onchange = hint;

    $('key-form').onsubmit = (event) => {
      event.preventDefault();
      sessionStorage.setItem('key', $('key').value);
      start().catch(show);
    };

    const types = { json: 'application/json', txt: 'text/plain' };
    $('try').onsubmit = (event) => {
      event.preventDefault();
      const file = $('file').files[0];
      const [, kind, packed] = /\.(\w+?)(\.gz)?$/.exec(file.name) ?? [];
      const headers = { 'Content-Type': types[kind] ?? 'application/octet-stream', Prefer: 'respond-async' };
      if (packed) headers['Content-Encoding'] = 'gzip';
      const path = '/v1/algorithms/' + $('algorithm').value + '/execution?' + $('params').value;
      call(path, { method: 'POST', body: file, headers })
        .then((response) => response.json())
        .then((job) => open(job.id || job.job_id)).then(refresh).catch(show);
    };

    tabs();
    start().catch(show);

    """#
}
