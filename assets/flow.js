// Redraws the flow picture and its phone form from energy frames; the twin of components/flow*.py.
(function (root) {
  'use strict';
  const DEAD_BAND_KW = 0.05, DRIFT_FROM_PX = 7;
  const box = (x, y, w, h) => ({ x: x, y: y, w: w, h: h });
  const LAYOUTS = {
    desk: { width: 708, height: 254, grid: box(0, 97, 172, 60), solar: box(198, 0, 172, 60), battery: box(198, 194, 172, 60),
      building: box(457, 0, 251, 254), bundle: 42, pillW: 38, pillH: 19, radius: 30 },
    wall: { width: 1252, height: 691, grid: box(0, 264, 385, 163), solar: box(309, 0, 385, 163), battery: box(309, 528, 385, 163),
      building: box(806, 0, 446, 691), bundle: 132, pillW: 96, pillH: 44, radius: 70 },
  };
  const FLOWS = {
    grid_building: ['import', 'import'], grid_battery: ['import', 'charging'],
    solar_building: ['solar-fill', 'solar-fill'], battery_building: ['discharging', 'discharging'],
    battery_grid: ['discharging', 'export'], solar_grid: ['solar-fill', 'export'], solar_battery: ['solar-fill', 'charging'],
  };
  const PORTS = {
    solar: ['solar_grid', 'solar_battery', 'solar_building'],
    battery: ['battery_grid', 'grid_battery', 'solar_battery', 'battery_building'],
    grid: ['solar_grid', 'grid_building', 'grid_battery', 'battery_grid'],
    building: ['solar_building', 'grid_building', 'battery_building'],
  };
  const USES = { climate: 'Climate', equipment: 'Equipment', lighting: 'Lighting', kitchen: 'Kitchen', other: 'Lifts, plant' };
  const WORD_TOKENS = { generating: 'solar-text', importing: 'import-text', exporting: 'export-text', charging: 'charging-text',
    discharging: 'discharging-text', consuming: 'text' };
  const NAMES = { solar: 'solar', battery: 'the batteries', grid: 'the grid', building: 'the building' };

  const formats = () => (typeof module !== 'undefined' && module.exports ? require('./formats.js') : root.wbFormats);
  const known = (value) => typeof value === 'number' && Number.isFinite(value);
  const number = (frame, key) => (known(frame[key]) ? frame[key] : null);
  const written = (kw) => formats().fixed(kw, 1);
  const current = (frame) => frame.state === 'fresh' || frame.state === 'late';
  function n(value) {
    const text = Math.abs(value).toFixed(1);
    return value < 0 ? '-' + text : text;
  }

  function shownFlows(frame) {
    const found = {};
    if (!current(frame)) return found;
    for (const name of Object.keys(FLOWS)) {
      const kw = (frame.flows || {})[name] || 0;
      if (kw >= DEAD_BAND_KW) found[name] = kw;
    }
    return found;
  }

  function lanesOf(port, widths) {
    const there = PORTS[port].filter((name) => name in widths);
    const full = there.reduce((sum, name) => sum + widths[name], 0) + 3 * Math.max(0, there.length - 1);
    let at = -full / 2;
    const places = {};
    for (const name of there) {
      places[name] = at + widths[name] / 2;
      at += widths[name] + 3;
    }
    return places;
  }

  function bend(x, fromY, y, toX, r, down, right) {
    r = Math.min(r, Math.abs(y - fromY) - 2);
    return 'M' + n(x) + ' ' + n(fromY) + 'V' + n(y - down * r) + 'Q' + n(x) + ' ' + n(y) + ' ' + n(x + right * r) + ' ' + n(y) + 'H' + n(toX);
  }

  function route(name, layout, lanes, width, flows) {
    const middle = layout.solar.x + layout.solar.w / 2, level = layout.grid.y + layout.grid.h / 2;
    const top = layout.solar.y + layout.solar.h, bottom = layout.battery.y;
    const left = layout.grid.x + layout.grid.w, right = layout.building.x;
    let r = layout.radius + width / 2;
    const nearGrid = left + layout.pillW, nearBattery = bottom - layout.pillH * 1.3, nearBuilding = right - layout.pillW * 1.5;
    if (name === 'solar_battery') {
      const x1 = middle + lanes.solar[name];
      const x2 = Object.keys(lanes.battery).length > 1 ? middle + lanes.battery[name] : x1;
      return { path: 'M' + n(x1) + ' ' + n(top) + 'C' + n(x1) + ' ' + n(level) + ' ' + n(x2) + ' ' + n(level) + ' ' + n(x2) + ' ' + n(bottom),
        ends: [x1, top, x2, bottom], pill: 'grid_battery' in flows ? [x1, top + layout.pillH * 1.3] : [x2, nearBattery] };
    }
    if (name === 'grid_building') {
      const y1 = level + lanes.grid[name], y2 = level + lanes.building[name];
      return { path: 'M' + n(left) + ' ' + n(y1) + 'C' + n(middle) + ' ' + n(y1) + ' ' + n(middle) + ' ' + n(y2) + ' ' + n(right) + ' ' + n(y2),
        ends: [left, y1, right, y2], pill: [nearGrid, y1] };
    }
    const upright = name.startsWith('solar') ? 'solar' : 'battery', sideways = upright === 'solar' ? top : bottom;
    const x = middle + lanes[upright][name], down = upright === 'solar' ? 1 : -1;
    if (name.endsWith('building')) {
      const y = level + lanes.building[name];
      return { path: bend(x, sideways, y, right, r, down, 1), ends: [x, sideways, right, y],
        pill: upright === 'solar' ? [nearBuilding, y] : [x, nearBattery] };
    }
    const y = level + lanes.grid[name];
    if (name === 'grid_battery') {
      r = Math.min(r, bottom - y - 2);
      return { path: 'M' + n(left) + ' ' + n(y) + 'H' + n(x - r) + 'Q' + n(x) + ' ' + n(y) + ' ' + n(x) + ' ' + n(y + r) + 'V' + n(bottom),
        ends: [left, y, x, bottom], pill: [x, nearBattery] };
    }
    return { path: bend(x, sideways, y, left, r, down, -1), ends: [x, sideways, left, y], pill: [nearGrid, y] };
  }

  function ribbons(flows, layout, peakKw) {
    const amounts = Object.values(flows);
    const total = amounts.reduce((sum, kw) => sum + kw, 0);
    const scale = layout.bundle / Math.max(total, peakKw || 0, 1e-9);
    const widths = {}, lanes = {};
    for (const name of Object.keys(flows)) widths[name] = Math.max(2.5, flows[name] * scale);
    for (const port of Object.keys(PORTS)) lanes[port] = lanesOf(port, widths);
    const largest = amounts.length ? Math.max(...amounts) : 1;
    return Object.keys(FLOWS).filter((name) => name in flows).map((name) => Object.assign(
      { name: name, kw: flows[name], width: widths[name], seconds: 3 - 2.2 * Math.sqrt(flows[name] / largest) },
      route(name, layout, lanes, widths[name], flows)));
  }

  function ribbonMarkup(r, layoutName) {
    const thin = r.width < DRIFT_FROM_PX;
    const line = '<path class="wb-ribbon' + (thin ? ' wb-ribbon-thin' : '') + '" d="' + r.path + '" stroke="url(#wb-' + layoutName + '-' +
      r.name + ')" stroke-width="' + n(r.width) + '"/>';
    if (thin) return line;
    const token = FLOWS[r.name][0].replace('-fill', '');
    return line + '<path class="wb-drift" d="' + r.path + '" style="stroke:var(--wb-' + token + ');stroke-width:' +
      n(Math.min(6, Math.max(2, r.width / 9))) + ';animation-duration:' + n(r.seconds) + 's"/>';
  }

  function ribbonsMarkup(frame, layoutName, peakKw) {
    const layout = LAYOUTS[layoutName];
    const drawn = ribbons(shownFlows(frame), layout, peakKw);
    const stops = drawn.map((r) => '<linearGradient id="wb-' + layoutName + '-' + r.name + '" gradientUnits="userSpaceOnUse" x1="' +
      n(r.ends[0]) + '" y1="' + n(r.ends[1]) + '" x2="' + n(r.ends[2]) + '" y2="' + n(r.ends[3]) +
      '"><stop offset=".15" style="stop-color:var(--wb-' + FLOWS[r.name][0] + ')"/><stop offset=".85" style="stop-color:var(--wb-' +
      FLOWS[r.name][1] + ')"/></linearGradient>').join('');
    const pills = drawn.map((r) => '<g class="wb-pill"><rect x="' + n(r.pill[0] - layout.pillW / 2) + '" y="' +
      n(r.pill[1] - layout.pillH / 2) + '" width="' + n(layout.pillW) + '" height="' + n(layout.pillH) + '" rx="' + n(layout.pillH / 2) +
      '"/><text x="' + n(r.pill[0]) + '" y="' + n(r.pill[1]) + '">' + written(r.kw) + '</text></g>').join('');
    return '<svg class="wb-ribbons" viewBox="0 0 ' + n(layout.width) + ' ' + n(layout.height) + '" aria-hidden="true"><defs>' + stops +
      '</defs>' + drawn.map((r) => ribbonMarkup(r, layoutName)).join('') + pills + '</svg>';
  }

  function nodeKw(frame, node) {
    if (node === 'solar') return number(frame, 'generation_kw');
    if (node === 'building') return number(frame, 'consumption_kw');
    const pair = node === 'grid' ? ['import_kw', 'export_kw'] : ['charging_kw', 'discharging_kw'];
    const amounts = pair.map((key) => number(frame, key)).filter((amount) => amount !== null);
    return amounts.length ? Math.max(...amounts) : null;
  }

  function nodeWords(frame, node) {
    const amount = nodeKw(frame, node);
    const estimate = (frame.estimated_nodes || []).includes(node) && amount !== null;
    return (estimate ? '≈ ' : '') + written(amount);
  }

  function useRows(frame) {
    const uses = frame.uses || {};
    const rows = Object.keys(USES).filter((key) => known(uses[key])).map((key) => [key, USES[key], uses[key]])
      .sort((a, b) => b[2] - a[2]);
    return rows.concat([['unmetered', 'Unmetered rest', number(frame, 'unmetered_kw') || 0]]);
  }

  function flowWords(frame) {
    if (!current(frame)) return 'Energy flow: no current values.';
    const flows = shownFlows(frame);
    const parts = Object.keys(flows).map((key) => {
      const [from, to] = key.split('_');
      return written(flows[key]) + ' kW from ' + NAMES[from] + ' to ' + NAMES[to];
    });
    return 'The building uses ' + written(number(frame, 'consumption_kw')) + ' kW. Energy flow: ' + (parts.join('; ') || 'none') + '.';
  }

  function balanceWords(frame) {
    const inward = number(frame, 'in_kw'), outward = number(frame, 'out_kw');
    return inward === null || outward === null ? '' : 'In ' + written(inward) + ' = out ' + written(outward) + ' kW';
  }

  const api = { ribbonsMarkup: ribbonsMarkup, flowWords: flowWords, useRows: useRows, balanceWords: balanceWords, nodeWords: nodeWords };
  if (typeof module !== 'undefined' && module.exports) { module.exports = api; return; }
  root.wbFlow = api;

  // ---- the page
  const setText = (el, text) => { if (el && el.textContent !== text) el.textContent = text; };

  function drawNodes(picture, frame) {
    picture.querySelectorAll('[data-node-kw]').forEach((el) => setText(el, nodeWords(frame, el.dataset.nodeKw)));
    picture.querySelectorAll('[data-node-word]').forEach((el) => {
      const word = frame[el.dataset.nodeWord + '_word'] || '';
      setText(el, word === 'unknown' ? '' : word);
      el.style.color = 'var(--wb-' + (WORD_TOKENS[word] || 'text-3') + ')';
    });
    const soc = number(frame, 'soc_percent');
    setText(picture.querySelector('[data-node-soc]'), soc === null ? '' : formats().fixed(soc, 0) + ' % full');
  }

  // Rows keep their place while the page is open; those that draw nothing are hidden.
  function drawUses(picture, frame) {
    const rows = useRows(frame);
    const most = Math.max(...rows.map((row) => row[2]), 1e-9);
    picture.querySelectorAll('[data-use]').forEach((el) => {
      const index = rows.findIndex((row) => row[0] === el.dataset.use);
      const kw = index < 0 ? 0 : rows[index][2];
      if (kw < DEAD_BAND_KW) el.dataset.empty = '1'; else delete el.dataset.empty;
      setText(el.querySelector('.wb-use-kw'), written(kw));
      el.querySelector('.wb-bar-fill').style.width = (Math.max(0, kw) / most * 100).toFixed(1) + '%';
    });
  }

  function drawPicture(picture, frame) {
    const svg = picture.querySelector('.wb-flow-svg');
    const peak = Number(picture.dataset.peak) || null;
    const old = svg.querySelector('svg');
    const holder = document.createElement('span');
    holder.innerHTML = ribbonsMarkup(frame, picture.dataset.flow, peak);
    morph(old, holder.firstChild, svg);
    drawNodes(picture, frame);
    drawUses(picture, frame);
    setText(picture.querySelector('[data-flow-text]'), flowWords(frame));
  }

  // Attributes are changed in place where the same flows run, so that the drift does not start again.
  function morph(old, fresh, holder) {
    const before = old ? Array.from(old.querySelectorAll('*')) : [], after = Array.from(fresh.querySelectorAll('*'));
    const same = old && before.length === after.length && before.every((el, i) => el.tagName === after[i].tagName && el.id === after[i].id);
    if (!same) { holder.replaceChildren(fresh); return; }
    after.forEach((el, i) => {
      for (const attribute of el.attributes) {
        if (before[i].getAttribute(attribute.name) !== attribute.value) before[i].setAttribute(attribute.name, attribute.value);
      }
      if (el.tagName === 'text') setText(before[i], el.textContent);
    });
  }

  function drawBars(bars, frame) {
    bars.querySelectorAll('[data-io-total]').forEach((el) => {
      setText(el, written(number(frame, el.dataset.ioTotal === 'In' ? 'in_kw' : 'out_kw')) + ' kW');
    });
    bars.querySelectorAll('[data-field]').forEach((el) => {
      const amount = number(frame, el.dataset.field), kw = amount || 0;
      const none = kw < DEAD_BAND_KW;
      if (none) el.dataset.empty = '1'; else delete el.dataset.empty;
      if (el.dataset.ioPart) { el.style.flexGrow = kw.toFixed(1); setText(el, none ? '' : written(kw)); }
      else setText(el.querySelector('b'), written(amount));
    });
    setText(bars.querySelector('[data-flow-text]'), flowWords(frame));
  }

  document.addEventListener('wb:frame', (event) => {
    const frame = event.detail;
    if (frame.topic !== 'energy' || !frame.data || !frame.data.flows) return;
    document.querySelectorAll('[data-flow]').forEach((picture) => drawPicture(picture, frame.data));
    document.querySelectorAll('[data-io="1"]').forEach((bars) => drawBars(bars, frame.data));
    document.querySelectorAll('[data-flow-balance]').forEach((el) => setText(el, balanceWords(frame.data)));
  });
})(typeof window === 'undefined' ? globalThis : window);
