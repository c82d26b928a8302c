// Charts: token colours become the theme's just before plotly draws, and follow it when it changes;
// one hover box and dotted line through all strips; legend buttons. Live points: charts-live.js.
(function () {
  'use strict';
  const TOKEN = /^token:([a-z0-9-]+)(?:@([0-9.]+))?$/;
  const formats = () => window.wbFormats; // loaded after this file
  const themed = new WeakMap(); // gd -> paths of token colours

  // ---- colours
  function plain(token, style) {
    if (Array.isArray(token)) return token.map((stop) => [stop[0], plain(stop[1], style)]);
    const match = TOKEN.exec(token);
    const hex = style.getPropertyValue('--wb-' + match[1]).trim();
    if (match[2] === undefined) return hex;
    const part = (start) => parseInt(hex.slice(start, start + 2), 16);
    return 'rgba(' + part(1) + ',' + part(3) + ',' + part(5) + ',' + match[2] + ')';
  }

  // Copies objects but never number arrays (plotly compares those by identity) and notes what it replaced.
  function resolve(node, style, path, found) {
    if (typeof node === 'string') {
      if (!node.startsWith('token:')) return node;
      found.push([path, node]);
      return plain(node, style);
    }
    if (Array.isArray(node)) {
      if (!node.length || typeof node[0] !== 'object' || node[0] === null) return node;
      return node.map((item, index) => resolve(item, style, path + '[' + index + ']', found));
    }
    if (node && typeof node === 'object') {
      const copy = {};
      for (const key of Object.keys(node)) {
        if (key === 'colorscale') { // of tokens: kept whole, since plotly restyles it only whole
          found.push([path ? path + '.' + key : key, node[key]]);
          copy[key] = plain(node[key], style);
        } else copy[key] = key === 'meta' ? node[key] : resolve(node[key], style, path ? path + '.' + key : key, found);
      }
      return copy;
    }
    return node;
  }

  function paint(gd, data, layout) {
    const style = getComputedStyle(gd);
    const seen = { traces: [], layout: [] };
    const traces = (data || []).map((trace) => {
      const found = [];
      const copy = resolve(trace, style, '', found);
      seen.traces.push(found);
      return copy;
    });
    const frame = fit(resolve(layout || {}, style, '', seen.layout), gd.clientWidth);
    themed.set(gd, seen);
    return [traces, frame];
  }

  // A narrow plot takes every second label, and no words that explain.
  const LABEL_PX = 58, HINT_PX = 420;
  function fit(layout, width) {
    const axis = layout.xaxis;
    if (!width || !axis || !axis.ticktext) return layout;
    const narrow = width / (axis.ticktext.length + 2) < LABEL_PX;
    const words = axis.ticktext.map((word, index) => (narrow && (index + 1) % 2 ? '' : word));
    const notes = (layout.annotations || []).map((note) =>
      (note.name === 'hint' ? Object.assign({}, note, { visible: width >= HINT_PX }) : note));
    return Object.assign({}, layout, { xaxis: Object.assign({}, axis, { ticktext: words }), annotations: notes });
  }

  function wrap(plotly) {
    for (const name of ['newPlot', 'react']) {
      const draw = plotly[name];
      plotly[name] = function (gd, data, layout, config) {
        if (data && !Array.isArray(data)) { layout = data.layout; config = data.config; data = data.data; }
        const node = typeof gd === 'string' ? document.getElementById(gd) : gd;
        const painted = paint(node, data, layout);
        const drawn = draw.call(plotly, node, painted[0], painted[1], config);
        return Promise.resolve(drawn).then((result) => { attach(node); follow(node); return result; });
      };
    }
    return plotly;
  }

  let plotly;
  Object.defineProperty(window, 'Plotly', {
    configurable: true,
    get: () => plotly,
    set: (found) => { plotly = found && found.newPlot ? wrap(found) : found; },
  });

  const graphs = () => Array.from(document.querySelectorAll('.wb-chart .js-plotly-plot'));

  function recolour() {
    graphs().forEach((gd) => {
      const seen = themed.get(gd);
      if (!seen) return;
      const style = getComputedStyle(gd);
      const frame = {};
      seen.layout.forEach((pair) => { frame[pair[0]] = plain(pair[1], style); });
      const changes = {};
      seen.traces.forEach((found, index) => found.forEach((pair) => {
        if (!changes[pair[0]]) changes[pair[0]] = gd.data.map(() => undefined);
        changes[pair[0]][index] = plain(pair[1], style);
      }));
      plotly.update(gd, changes, frame);
    });
  }
  document.addEventListener('wb:theme', () => window.requestAnimationFrame(recolour));

  // ---- hover: our own box, so that values stand right and times are the building's
  const zoneOf = (box) => box.dataset.zone || document.documentElement.dataset.zone || 'UTC';

  function nearest(xs, x) {
    let low = 0, high = xs.length - 1;
    if (high < 0) return -1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (xs[middle] < x) low = middle; else high = middle;
    }
    return Math.abs(xs[low] - x) <= Math.abs(xs[high] - x) ? low : high;
  }

  function stepOf(xs) {
    if (xs.length < 2) return Infinity;
    return (xs[xs.length - 1] - xs[0]) / (xs.length - 1);
  }

  function readings(gd, x) {
    const rows = [];
    gd.data.forEach((trace) => {
      const meta = trace.meta || {};
      if (!meta.fmt || trace.visible === 'legendonly' || trace.visible === false) return;
      const index = nearest(trace.x, x);
      if (index < 0) return;
      const value = trace.y[index];
      const away = Math.abs(trace.x[index] - x);
      if (value === null || value === undefined || away > 2.6 * stepOf(trace.x)) return;
      const amount = meta.below ? -value : value;
      if (meta.hidden && amount < 0.05) return;
      rows.push({ meta: meta, name: meta.hidden ? meta.label : trace.name, ts: trace.x[index],
        words: formats().text(meta.fmt, amount, meta.unit || undefined) });
    });
    return rows;
  }

  function element(tag, css, text) {
    const made = document.createElement(tag);
    if (css) made.className = css;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function clear(box) {
    delete box.dataset.hover;
    box.querySelectorAll('.wb-strip-hover').forEach((el) => { el.textContent = ''; });
  }

  function show(box, gd, event) {
    const full = gd._fullLayout;
    if (!full || !full.xaxis || gd._dragging) return clear(box);
    const frame = gd.getBoundingClientRect();
    const left = event.clientX - frame.left - full._size.l;
    if (left < 0 || left > full._size.w) return clear(box);
    const x = full.xaxis.p2l(left);
    const rows = readings(gd, x);
    if (!rows.length) return clear(box);
    const main = rows.find((row) => !row.meta.compared) || rows[0];
    const at = full._size.l + full.xaxis.l2p(main.ts);
    const zone = zoneOf(box);
    box.dataset.hover = '1';
    box.wbCursor.style.left = at + 'px';
    box.wbCursor.style.height = (full._size.t + full._size.h) + 'px';
    const hover = box.wbHover;
    hover.textContent = '';
    const time = full.meta && full.meta.bars ? formats().day(main.ts, zone)
      : formats().day(main.ts, zone) + ' ' + formats().clock(main.ts, zone);
    hover.append(element('div', 'wb-hover-time', time));
    const table = element('table');
    rows.forEach((row) => {
      const line = element('tr');
      const label = row.meta.compared || !row.meta.label || row.meta.label === row.name
        ? row.name : row.meta.label;
      line.append(element('td', '', label), element('td', '', row.words));
      table.append(line);
    });
    hover.append(table);
    const width = hover.offsetWidth;
    const beside = at + 14 + width > frame.width ? at - 14 - width : at + 14;
    hover.style.transform = 'translate(' + Math.max(0, beside) + 'px,' +
      Math.max(4, Math.min(event.clientY - frame.top - 20, frame.height - hover.offsetHeight - 8)) + 'px)';
    box.querySelectorAll('.wb-strip-head').forEach((head) => {
      const row = rows.find((one) => String(one.meta.strip) === head.dataset.strip && !one.meta.compared);
      const place = head.querySelector('.wb-strip-hover');
      place.textContent = row ? row.words + ' at ' + formats().clock(row.ts, zone) : '';
    });
    return undefined;
  }

  function attach(gd) {
    const box = gd.closest('.wb-chart');
    if (!box || box.wbHover) return;
    box.wbCursor = element('div', 'wb-cursor');
    box.wbHover = element('div', 'wb-hover');
    box.wbHover.setAttribute('role', 'status');
    box.append(box.wbCursor, box.wbHover);
    box.addEventListener('pointermove', (event) => {
      const graph = box.querySelector('.js-plotly-plot');
      if (graph) show(box, graph, event);
    });
    box.addEventListener('pointerdown', (event) => {
      const graph = box.querySelector('.js-plotly-plot');
      if (graph && event.pointerType !== 'mouse') show(box, graph, event);
    });
    box.addEventListener('pointerleave', () => clear(box));
  }

  // A new figure brings its own ticks; one that keeps the zoom of the old needs finer ones at once.
  const zooms = new WeakMap();
  function follow(gd) {
    const box = gd.closest('.wb-chart');
    if (!box || !gd.on) return;
    if (zooms.has(gd)) gd.removeListener('plotly_relayout', zooms.get(gd));
    const heard = (change) => { if ('xaxis.range[0]' in change || 'xaxis.autorange' in change) retick(gd, box); };
    zooms.set(gd, heard);
    gd.on('plotly_relayout', heard);
    gd.wbBase = { tickvals: gd.layout.xaxis.tickvals, ticktext: gd.layout.xaxis.ticktext };
    if (!wholeRange(gd)) retick(gd, box);
  }

  function wholeRange(gd) {
    const range = gd.layout.xaxis.range, initial = (gd.layout.meta || {}).range;
    return !initial || (Math.abs(initial[0] - range[0]) < 1 && Math.abs(initial[1] - range[1]) < 1);
  }

  // ---- zoomed: ticks for what is shown, in local time
  const HOUR = 3600000;
  const STEPS = [[2, HOUR / 4], [5, HOUR / 2], [9, HOUR], [16, 2 * HOUR], [30, 3 * HOUR], [60, 6 * HOUR], [120, 12 * HOUR]];

  function retick(gd, box) {
    const axis = gd.layout.xaxis, first = axis.range[0], last = axis.range[1];
    const base = gd.wbBase;
    const span = last - first, hours = span / HOUR;
    const found = STEPS.find((step) => hours <= step[0]);
    const whole = wholeRange(gd);
    const notes = (gd.layout.annotations || []).map((note) => note.name === 'edge' ? Object.assign({}, note, { visible: Boolean(whole) }) : note);
    if (whole || !found) {
      plotly.relayout(gd, { 'xaxis.tickvals': base.tickvals, 'xaxis.ticktext': base.ticktext, annotations: notes });
      return;
    }
    const zone = zoneOf(box), step = found[1], vals = [], words = [];
    const wall = formats().wall(first, zone);
    // Distance to the step before, on the wall clock; a change of the clock inside is met by asking again.
    let ts = first - ((wall.hour * HOUR + wall.minute * 60000 + wall.second * 1000) % step) - first % 1000;
    for (; ts <= last; ts += step) {
      const now = formats().wall(ts, zone);
      const off = (now.hour * HOUR + now.minute * 60000) % step;
      const place = off ? ts - off : ts;
      if (place < first) continue;
      vals.push(place);
      words.push(hours > 30 && now.hour === 0 ? formats().day(place, zone) : formats().clock(place, zone));
    }
    plotly.relayout(gd, { 'xaxis.tickvals': vals, 'xaxis.ticktext': words, annotations: notes });
  }

  // ---- legend buttons: click hides, double click leaves only that one
  function groupsOf(gd) {
    return gd.data.map((trace) => (trace.meta || {}).group);
  }
  function applyLegend(chart, states) {
    const gd = chartGraph(chart);
    if (!gd) return;
    const visible = groupsOf(gd).map((group) => (states[group] === false ? 'legendonly' : true));
    plotly.restyle(gd, { visible: visible });
  }
  const chartGraph = (id) => {
    const found = document.getElementById(id);
    return found && (found.classList.contains('js-plotly-plot') ? found : found.querySelector('.js-plotly-plot'));
  };
  const buttonsOf = (chart) => Array.from(document.querySelectorAll('.wb-legend-button')).filter((b) => b.dataset.chart === chart);
  function legend(button, only) {
    const all = buttonsOf(button.dataset.chart);
    if (only) {
      const alone = all.every((b) => (b === button) === (b.getAttribute('aria-pressed') === 'true'));
      all.forEach((b) => b.setAttribute('aria-pressed', String(alone || b === button)));
    } else {
      button.setAttribute('aria-pressed', String(button.getAttribute('aria-pressed') !== 'true'));
    }
    const states = {};
    all.forEach((b) => { states[b.dataset.group] = b.getAttribute('aria-pressed') === 'true'; });
    applyLegend(button.dataset.chart, states);
  }
  document.addEventListener('click', (event) => {
    const button = event.target.closest('.wb-legend-button');
    if (button && event.detail < 2) legend(button, false);
  });
  document.addEventListener('dblclick', (event) => {
    const button = event.target.closest('.wb-legend-button');
    if (button) { button.setAttribute('aria-pressed', 'true'); legend(button, true); }
  });
})();
