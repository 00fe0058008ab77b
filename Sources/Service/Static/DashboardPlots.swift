/// The dashboard's pictures: lines, bars and a grid of cells as SVG, each with its numbers as a
/// table for those who do not see it. No style attribute and no markup text, so the page keeps its
/// strict content security policy.
enum DashboardPlots {
  static let script = #"""
    const namespace = 'http://www.w3.org/2000/svg';
    const width = 420, height = 240, left = 56, right = 12, top = 10, bottom = 34;

    function element(name, attributes, parent, text) {
      const node = document.createElementNS(namespace, name);
      for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
      if (text !== undefined) node.textContent = text;
      if (parent) parent.append(node);
      return node;
    }

    /// A number for people: four digits, with an exponent where it would be long.
    export function short(value) {
      if (value === null || value === undefined) return '–';
      if (typeof value !== 'number') return String(value);
      if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
      const size = Math.abs(value);
      return size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(2)
        : String(Number(value.toPrecision(4)));
    }

    function scale(values, isLogarithmic, from, to) {
      const usable = values.filter((v) => Number.isFinite(v) && (!isLogarithmic || v > 0));
      if (isLogarithmic && usable.length && Math.max(...usable) < 3 * Math.min(...usable)) {
        isLogarithmic = false;
      }
      const of = isLogarithmic ? Math.log10 : (v) => v;
      let low = of(Math.min(...usable)), high = of(Math.max(...usable));
      if (!usable.length) { low = 0; high = 1; }
      if (isLogarithmic) { low = Math.floor(low * 4) / 4; high = Math.ceil(high * 4) / 4; }
      if (high - low < 1e-12) { low -= 0.5; high += 0.5; }
      const position = (v) => from + (to - from) * (of(v) - low) / (high - low);
      const ticks = [];
      if (isLogarithmic && high - low >= 1.5) {
        const step = Math.ceil((high - low) / 5);
        for (let t = Math.ceil(low); t <= high; t += step) ticks.push(10 ** t);
      } else if (isLogarithmic) {
        for (let i = 0; i <= 3; i++) ticks.push(10 ** (low + (high - low) * i / 3));
      } else {
        const raw = (high - low) / 4, unit = 10 ** Math.floor(Math.log10(raw));
        const step = unit * [1, 2, 5, 10].find((n) => n * unit >= raw);
        for (let t = Math.ceil(low / step - 1e-9) * step; t <= high + step * 1e-9; t += step) {
          ticks.push(Math.abs(t) < step / 1e6 ? 0 : t);
        }
      }
      return { position, ticks };
    }

    function figure(title, svg, columns, rows) {
      const node = document.createElement('figure');
      const heading = document.createElement('h3');
      heading.textContent = title;
      svg.setAttribute('role', 'img');
      svg.setAttribute('aria-label', title);
      const details = document.createElement('details');
      const summary = document.createElement('summary');
      summary.textContent = 'Numbers';
      const table = document.createElement('table');
      for (const [index, cells] of [columns, ...rows.slice(0, 200)].entries()) {
        const tr = table.insertRow();
        for (const cell of cells) {
          const td = document.createElement(index ? 'td' : 'th');
          td.textContent = short(cell);
          tr.append(td);
        }
      }
      details.append(summary, table);
      node.append(heading, svg, details);
      return node;
    }

    function frame() {
      return element('svg', { viewBox: `0 0 ${width} ${height}` });
    }

    function legend(node, names) {
      if (names.length < 2) return node;
      const line = document.createElement('div');
      line.className = 'legend';
      names.forEach((name, index) => {
        const span = document.createElement('span');
        span.className = 'c' + index % 6;
        span.textContent = name;
        line.append(span);
      });
      node.insertBefore(line, node.querySelector('details'));
      return node;
    }

    /// Lines over a common axis. series: [{name, points: [[x, y], …]}].
    export function lines(title, series, { x = '', logarithmic = false, steps = false, chosen } = {}) {
      const svg = frame();
      const all = series.flatMap((s) => s.points);
      const across = scale(all.map((p) => p[0]), false, left, width - right);
      const up = scale(all.map((p) => p[1]), logarithmic, height - bottom, top);
      for (const tick of up.ticks) {
        const at = up.position(tick);
        element('line', { class: 'grid', x1: left, x2: width - right, y1: at, y2: at }, svg);
        element('text', { x: left - 6, y: at + 4, 'text-anchor': 'end' }, svg, short(tick));
      }
      for (const tick of across.ticks) {
        const at = across.position(tick);
        element('text', { x: at, y: height - bottom + 15, 'text-anchor': 'middle' }, svg, short(tick));
      }
      element('line', { class: 'axis', x1: left, x2: width - right, y1: height - bottom,
        y2: height - bottom }, svg);
      element('text', { x: (left + width - right) / 2, y: height - 4, 'text-anchor': 'middle' }, svg, x);
      if (chosen !== undefined) {
        const at = across.position(chosen);
        element('line', { class: 'chosen', x1: at, x2: at, y1: top, y2: height - bottom }, svg);
      }
      series.forEach((one, index) => {
        const drawn = one.points.filter((p) => !logarithmic || p[1] > 0);
        const path = drawn.map(([a, b], i) => {
          const px = across.position(a).toFixed(1), py = up.position(b).toFixed(1);
          return i === 0 ? `M${px} ${py}` : steps ? `H${px}V${py}` : `L${px} ${py}`;
        }).join('');
        element('path', { class: 'curve c' + index % 6, d: path }, svg);
      });
      const rows = series.flatMap((s) => s.points.map((p) => [s.name, ...p]));
      return legend(figure(title, svg, ['', x, 'value'], rows), series.map((s) => s.name));
    }

    /// Horizontal bars. bars: [{name, value, error?}]; error is a half-length.
    export function bars(title, entries, { logarithmic = false, base = 0 } = {}) {
      const shown = entries.filter((b) => Number.isFinite(b.value)).slice(0, 40);
      const row = 20, tall = shown.length * row + top + 22, side = 150;
      const svg = element('svg', { viewBox: `0 0 ${width} ${tall}` });
      const ends = shown.flatMap((b) => [b.value - (b.error || 0), b.value + (b.error || 0)]);
      const along = scale(logarithmic ? ends : [base, ...ends], logarithmic, side, width - 50);
      shown.forEach((bar, index) => {
        const y = top + index * row;
        const from = logarithmic ? side : along.position(base);
        const to = logarithmic && bar.value <= 0 ? side : along.position(bar.value);
        const name = bar.name.length > 24 ? '…' + bar.name.slice(-23) : bar.name;
        element('text', { x: side - 6, y: y + 13, 'text-anchor': 'end' }, svg, name);
        element('rect', { class: 'mark c' + (bar.color ?? 0) % 6, x: Math.min(from, to), y: y + 3,
          width: Math.max(1, Math.abs(to - from)), height: row - 7 }, svg);
        if (bar.error) {
          element('line', { class: 'whisker', y1: y + row / 2 - 1, y2: y + row / 2 - 1,
            x1: along.position(bar.value - bar.error), x2: along.position(bar.value + bar.error) }, svg);
        }
        element('text', { x: Math.max(from, to) + 4, y: y + 13 }, svg, short(bar.value));
      });
      return figure(title, svg, ['', 'value', '±'], entries.map((b) => [b.name, b.value, b.error ?? '']));
    }

    /// A grid of cells, darker for larger. rows: a matrix of numbers.
    export function cells(title, rows) {
      const size = Math.min((width - 20) / rows[0].length, (height - 20) / rows.length);
      const svg = element('svg', { viewBox: `0 0 ${width} ${Math.ceil(size * rows.length + 20)}` });
      const high = Math.max(...rows.flat(), 1e-300);
      rows.forEach((line, i) => line.forEach((value, j) => {
        const rect = element('rect', { class: 'mark c0', x: 10 + j * size, y: 10 + i * size,
          width: size - 1, height: size - 1, 'fill-opacity': (0.08 + 0.92 * value / high).toFixed(3) }, svg);
        element('title', {}, rect, `row ${i}, column ${j}: ${short(value)}`);
      }));
      const names = rows[0].map((_, j) => 'column ' + j);
      return figure(title, svg, ['', ...names], rows.map((line, i) => ['row ' + i, ...line]));
    }

    """#
}
