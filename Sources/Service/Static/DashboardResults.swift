/// What the dashboard draws of a finished job: which pictures, from which members of the report.
enum DashboardResults {
  static let script = #"""
    import { bars, cells, lines } from '/ui/plots.js';

    /// The report and the outputs' names, shapes and sizes: the head of the stored safetensors file,
    /// by a range request, so that a large result is not moved to show its report.
    export async function head(call, job) {
      const part = async (end) => {
        const response = await call(job.links.results, { headers: {
          Accept: 'application/vnd.safetensors', 'Accept-Encoding': 'identity',
          Range: `bytes=0-${end - 1}` } });
        return new Uint8Array(await response.arrayBuffer());
      };
      let bytes = await part(65536);
      const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
      if (8 + length > bytes.length) bytes = await part(8 + length);
      const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
      const report = JSON.parse(header.__metadata__?.report ?? '{}');
      delete header.__metadata__;
      return { report, outputs: header };
    }

    const count = (shape) => shape.reduce((a, b) => a * b, 1);

    async function tensor(call, job, outputs, name, most = 200000) {
      if (!outputs[name] || count(outputs[name].shape) > most) return null;
      const response = await call(job.links.results + '/' + encodeURIComponent(name),
        { headers: { Accept: 'application/json' } });
      const body = await response.json();
      return Array.isArray(body) ? body : body.data ?? body.outputs?.[name] ?? null;
    }

    const perTensor = (report, member) => Object.entries(report.tensors ?? {})
      .filter(([, one]) => typeof one?.[member] === 'number')
      .map(([name, one]) => ({ name, value: one[member] }));

    function dualize(report) {
      const drawn = [];
      const residuals = perTensor(report, 'residual');
      if (residuals.length) {
        drawn.push(bars('Residual of each tensor', residuals, { logarithmic: true }));
        drawn.push(bars('Dual norm of each gradient', perTensor(report, 'dual_norm'), { logarithmic: true }));
      } else if (typeof report.residual === 'number') {
        const checks = ['residual', 'isometry', 'psd_residual'].map((name) => ({ name, value: report[name] }));
        drawn.push(bars('How far from exact', checks.filter((c) => c.value > 0), { logarithmic: true }));
        if (report.sigma_max) {
          drawn.push(bars('Singular values of the update', [
            { name: 'largest', value: report.sigma_max }, { name: 'smallest', value: report.sigma_min }]));
        }
      }
      return drawn;
    }

    function blast(report) {
      const drawn = [];
      const trace = report.trace;
      if (Array.isArray(trace) && trace.length) {
        const points = trace.map((one, index) => typeof one === 'number' ? [index, one]
          : [one.sweep ?? one.iteration ?? index, one.error ?? one.relative_error]);
        drawn.push(lines('Relative error by sweep', [{ name: 'error', points }],
          { x: 'sweep', logarithmic: true }));
      }
      if (typeof report.relative_error === 'number') {
        const peers = Object.entries(report.yardsticks ?? {}).filter(([, v]) => typeof v === 'number')
          .map(([name, value]) => ({ name: name.replace('_', '-'), value, color: 1 }));
        drawn.push(bars('Relative error at this budget',
          [{ name: 'blast', value: report.relative_error }, ...peers]));
      }
      if (Array.isArray(report.block_errors?.[0])) {
        drawn.push(cells('Relative error of each block', report.block_errors));
      }
      const layers = perTensor(report, 'relative_error');
      if (layers.length) drawn.push(bars('Relative error of each layer', layers));
      const ranks = perTensor(report, 'rank');
      if (ranks.length) drawn.push(bars('Rank of each layer', ranks));
      return drawn;
    }

    async function cluster(report, call, job, outputs) {
      const drawn = [];
      const path = report.per_lambda;
      if (Array.isArray(path) && path.length > 1) {
        const series = ['psi', 'phi', 'total'].map((name) => ({ name,
          points: path.filter((one) => Number.isFinite(one[name])).map((one) => [one.lambda, one[name]]) }));
        drawn.push(lines('Bound on the error by penalty (chosen: dashed)',
          series.filter((one) => one.points.length), { x: 'lambda', steps: true, chosen: report.lambda }));
      }
      const mismatch = Object.entries(report.mismatch ?? {}).filter(([, v]) => typeof v === 'number');
      if (mismatch.length) {
        drawn.push(bars('Estimated share of subjects whose labels differ',
          mismatch.map(([name, value]) => ({ name, value }))));
      }
      const labels = await tensor(call, job, outputs, 'labels');
      if (labels) {
        const sizes = new Map();
        for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
        drawn.push(bars('Subjects in each class', [...sizes].sort((a, b) => a[0] - b[0])
          .map(([label, value]) => ({ name: 'class ' + label, value, color: label }))));
      }
      return drawn;
    }

    async function paging(report, call, job, outputs) {
      const drawn = [];
      for (const { capacity } of report.opt ?? [{ capacity: null }]) {
        const results = (report.results ?? []).filter((r) => capacity === null || r.capacity === capacity);
        if (results.some((r) => Number.isFinite(r.ratio_to_opt))) {
          const share = (r) => r.ratio_to_opt / r.fetch_cost * (r.stderr ?? 0);
          drawn.push(bars(`Cost over the optimum, capacity ${capacity}`, results
            .map((r) => ({ name: r.policy, value: r.ratio_to_opt, error: share(r) }))
            .sort((a, b) => a.value - b.value)));
        } else if (results.length) {
          drawn.push(bars('Cost', results.map((r) => ({ name: r.policy, value: r.fetch_cost, error: r.stderr }))));
        }
      }
      const curves = Object.keys(outputs).filter((name) => name.startsWith('curve.')).slice(0, 6);
      const series = [];
      for (const name of curves) {
        const points = await tensor(call, job, outputs, name);
        if (points) series.push({ name: name.slice('curve.'.length), points });
      }
      if (series.length) drawn.push(lines('Cost so far', series, { x: 'requests', steps: true }));
      return drawn;
    }

    const painters = { dualize, blast, cluster, paging };

    /// The pictures of a finished job.
    export async function figures(call, job, { report, outputs }) {
      const paint = painters[job.algorithm];
      return paint ? await paint(report, call, job, outputs) : [];
    }

    """#
}
