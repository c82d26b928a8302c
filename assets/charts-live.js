// Live points of charts: a trace names its key in meta.live; areas and stacks are drawn again from it.
(function () {
  'use strict';
  const waiting = new Map(); // key -> [[ts, value], ...]
  let timer = null;

  const graphs = () => Array.from(document.querySelectorAll('.wb-chart .js-plotly-plot')).filter((gd) => gd.data && gd._fullLayout);
  const metaOf = (trace) => trace.meta || {};

  function hold(key, ts, value) {
    if (!waiting.has(key)) waiting.set(key, []);
    waiting.get(key).push([ts, value]);
  }

  function walk(data, path) {
    let value = data;
    for (const part of path) value = value && typeof value === 'object' ? value[part] : undefined;
    return typeof value === 'number' ? value : null;
  }

  document.addEventListener('wb:frame', (event) => {
    const frame = event.detail;
    if (frame.topic !== 'reading' && frame.topic !== 'energy') return;
    const wanted = new Set();
    graphs().forEach((gd) => gd.data.forEach((trace) => { if (metaOf(trace).live) wanted.add(trace.meta.live); }));
    if (!wanted.size) return;
    if (frame.topic === 'reading') {
      frame.data.forEach((reading) => {
        const key = 'reading/' + reading.sensor_id + '/' + reading.metric;
        if (wanted.has(key)) hold(key, reading.timestamp * 1000, reading.value);
      });
    } else if (frame.data.ts_ms) {
      wanted.forEach((key) => {
        if (key.startsWith('energy/')) hold(key, frame.data.ts_ms, walk(frame.data, key.split('/').slice(1)));
      });
    }
    if (timer === null && waiting.size) timer = window.setTimeout(draw, 1000);
  });

  // A trace of means keeps one point for the running bucket, at the latest moment known of it.
  function put(trace, points, end) {
    const bucket = trace.meta.bucket || 0;
    const xs = Array.from(trace.x), ys = Array.from(trace.y);
    let changed = false;
    for (const [ts, value] of points) {
      const last = xs.length ? xs[xs.length - 1] : -Infinity;
      if (ts > end || ts < last) continue;
      const start = bucket ? Math.floor(ts / bucket) * bucket : ts;
      const place = bucket ? Math.min(start + bucket / 2, ts) : ts;
      const usual = bucket || (xs.length > 3 ? (last - xs[0]) / (xs.length - 1) : Infinity);
      if (xs.length && place - last > 2.6 * usual) { xs.push(last + usual); ys.push(null); } // a gap stays open
      if (bucket && last >= start) { xs[xs.length - 1] = place; ys[ys.length - 1] = value; }
      else { xs.push(place); ys.push(value); }
      changed = true;
    }
    return changed ? [xs, ys] : null;
  }

  function polygon(xs, low, high, step) {
    const px = [], py = [];
    let run = [];
    const close = () => {
      if (!run.length) return;
      if (px.length) { px.push(null); py.push(null); }
      const corners = (column) => {
        const points = [];
        run.forEach((index, place) => {
          if (step && place) points.push([xs[index], column[run[place - 1]]]);
          points.push([xs[index], column[index]]);
        });
        return points;
      };
      const there = corners(high), back = corners(low).reverse();
      [...there, ...back, there[0]].forEach((point) => { px.push(point[0]); py.push(point[1]); });
      run = [];
    };
    xs.forEach((_, index) => {
      if (low[index] === null || high[index] === null || high[index] === undefined) close(); else run.push(index);
    });
    close();
    return [px, py];
  }

  function draw() {
    timer = null;
    graphs().forEach((gd) => {
      const end = gd._fullLayout.xaxis.range[1];
      const fresh = new Map(); // index -> [xs, ys]
      gd.data.forEach((trace, index) => {
        const points = metaOf(trace).live && waiting.get(trace.meta.live);
        const next = points && put(trace, points, end);
        if (next) fresh.set(index, next);
      });
      if (!fresh.size) return;
      follow(gd, fresh);
      const indices = Array.from(fresh.keys());
      window.Plotly.restyle(gd, { x: indices.map((i) => fresh.get(i)[0]), y: indices.map((i) => fresh.get(i)[1]) }, indices);
    });
    waiting.clear();
  }

  // Areas and dots are made from the lines they belong to.
  function follow(gd, fresh) {
    const now = (index) => fresh.get(index) || [gd.data[index].x, gd.data[index].y];
    const edges = { '1': null, '-1': null };
    gd.data.forEach((trace, index) => {
      const meta = metaOf(trace);
      if (meta.dot) {
        const line = gd.data.findIndex((other) => metaOf(other).live && !metaOf(other).hidden && other.name === meta.dot);
        if (line < 0) return;
        const [xs, ys] = now(line);
        const last = ys.length - 1;
        if (last >= 0 && ys[last] !== null) fresh.set(index, [[xs[last]], [ys[last]]]);
      } else if (meta.of && trace.fill === 'toself') {
        const line = gd.data.findIndex((other) => metaOf(other).live && (meta.stack ? other.name === meta.of : metaOf(other).key === meta.of));
        if (line < 0) return;
        const [xs, ys] = now(line);
        const base = meta.stack ? edges[meta.stack] || ys.map(() => 0) : ys.map(() => 0);
        const top = ys.map((y, i) => (y === null ? null : (base[i] || 0) + (meta.stack || 1) * y));
        const low = base.map((b, i) => (ys[i] === null ? null : b));
        if (meta.stack) edges[meta.stack] = top.map((y, i) => (y === null ? base[i] : y));
        fresh.set(index, polygon(xs, low, top, meta.step));
      }
    });
  }

  // ---- the line of now moves with the building's clock
  window.setInterval(() => {
    const at = window.wbLive && window.wbLive.now && window.wbLive.now();
    if (!at) return;
    graphs().forEach((gd) => {
      const change = {};
      (gd.layout.shapes || []).forEach((shape, index) => {
        if (shape.name !== 'now' || at < shape.x0) return;
        change['shapes[' + index + '].x0'] = at;
        change['shapes[' + index + '].x1'] = at;
      });
      (gd.layout.annotations || []).forEach((note, index) => {
        if (note.name !== 'now' || at < note.x) return;
        const zone = gd.closest('.wb-chart').dataset.zone || 'UTC';
        change['annotations[' + index + '].x'] = at;
        change['annotations[' + index + '].text'] = '<b>' + window.wbFormats.clock(at, zone) + '</b>';
      });
      if (Object.keys(change).length) window.Plotly.relayout(gd, change);
    });
  }, 20000);
})();
