// Live values in the page: what it shows is found by attributes and written straight into the elements,
// without React (1 ms per 100 values). data-live: number and unit; data-live-word: text; data-live-tone:
// data-tone; data-live-width, data-live-left: where a value lies between data-min and data-max;
// data-age, data-fresh, data-clock: every second; data-live-watch: subscribed, not shown.
(function () {
  'use strict';
  const PARTS = { live: 'values', liveWord: 'words', liveTone: 'tones', liveWidth: 'widths', liveLeft: 'lefts' };
  const ATTRIBUTES = ['data-live', 'data-live-word', 'data-live-tone', 'data-live-width', 'data-live-left',
    'data-age', 'data-fresh', 'data-clock', 'data-live-watch'];
  const SELECTOR = ATTRIBUTES.map((name) => '[' + name + ']').join(',');
  const TINT_MS = 200, TINT_EVERY_MS = 1000;
  const TINTS = 24; // where everything changes, a tint tells nothing and costs the browser its time
  const formats = () => window.wbFormats;
  const realNow = () => performance.now();
  const quiet = window.matchMedia('(prefers-reduced-motion: reduce)');
  const now = window.wbData.now, zone = window.wbData.zone, lookUp = window.wbData.lookUp, judged = window.wbData.judged;

  // ---- elements by key
  const nothing = () => ({ values: new Map(), words: new Map(), tones: new Map(), widths: new Map(),
    lefts: new Map(), ages: [], fresh: [], clocks: [] });
  let shown = nothing();
  const tinted = new Map();

  function put(map, key, entry) {
    const list = map.get(key);
    if (list) list.push(entry); else map.set(key, [entry]);
  }

  // Finds what the page shows; tells the keys it needs, besides those of `watched`.
  function scan(watched, live) {
    const found = nothing();
    const keys = new Set(watched);
    for (const el of document.body.querySelectorAll(SELECTOR)) {
      const d = el.dataset;
      for (const name in PARTS) {
        if (!d[name]) continue;
        put(found[PARTS[name]], d[name], name === 'live' ? valueEntry(el) : el);
        keys.add(d[name]);
      }
      if (d.age !== undefined) found.ages.push(el);
      if (d.age) keys.add(d.age);
      if (d.fresh) { found.fresh.push(el); keys.add(d.fresh); }
      if (d.clock) found.clocks.push(el);
      if (d.liveWatch) for (const key of d.liveWatch.split(/\s+/)) keys.add(key);
    }
    shown = found;
    // A layout that has just arrived is as new as the server's answer; only a connected page knows better.
    if (live) for (const key of shownKeys()) show(key, true);
    return keys;
  }

  function valueEntry(el) {
    return { el: el, num: el.querySelector('.wb-num'), unit: el.querySelector('.wb-unit'),
      approx: el.querySelector('.wb-approx'), format: el.dataset.format || 'number',
      ownUnit: el.dataset.unit };
  }

  function shownKeys() {
    const keys = new Set();
    for (const part of Object.values(PARTS)) for (const key of shown[part].keys()) keys.add(key);
    return keys;
  }

  function setText(el, text) {
    const node = el.firstChild;
    if (node && node.nodeType === 3 && !node.nextSibling) {
      if (node.nodeValue === text) return false;
      node.nodeValue = text;
    } else {
      if (el.textContent === text) return false;
      el.textContent = text;
    }
    return true;
  }

  function show(key, silently) {
    const record = lookUp(key);
    if (!record) return;
    for (const entry of shown.values.get(key) || []) writeValue(entry, record, silently);
    for (const el of shown.words.get(key) || []) setText(el, record.value === null ? '–' : String(record.value));
    for (const el of shown.tones.get(key) || []) setData(el, 'tone', String(record.value));
    for (const el of shown.widths.get(key) || []) el.style.width = percent(el, record.value);
    for (const el of shown.lefts.get(key) || []) el.style.left = percent(el, record.value);
  }

  // Where a value lies between data-min (0 when not said) and data-max.
  function percent(el, value) {
    const low = Number(el.dataset.min || 0), high = Number(el.dataset.max);
    const part = typeof value === 'number' && high > low ? (value - low) / (high - low) : 0;
    return (Math.min(1, Math.max(0, part)) * 100).toFixed(1) + '%';
  }

  function writeValue(entry, record, silently) {
    const [number, unit] = formats().quantity(entry.format, record.value, entry.ownUnit);
    const sign = record.estimate ? '≈ ' : '';
    const full = entry.approx ? number : sign + number;
    if (entry.approx) setText(entry.approx, sign);
    const changed = entry.num ? setText(entry.num, full) : setText(entry.el, unit ? full + ' ' + unit : full);
    if (entry.unit) setText(entry.unit, unit);
    if (changed && !silently && !quiet.matches) tint(entry.el);
  }

  function tint(el) {
    const at = realNow();
    if (tinted.size >= TINTS || at - (tinted.get(el) || -TINT_EVERY_MS) < TINT_EVERY_MS) return;
    if (!tinted.size) window.setTimeout(fade, TINT_MS);
    tinted.set(el, at);
    el.classList.add('wb-changed');
  }

  function fade() {
    const at = realNow();
    for (const [el, since] of tinted) {
      if (at - since >= TINT_MS) el.classList.remove('wb-changed');
      if (at - since >= TINT_EVERY_MS || !el.isConnected) tinted.delete(el);
    }
    if (tinted.size) window.setTimeout(fade, TINT_MS / 2);
  }

  // ---- ages, freshness, clocks: once a second ----------------------------------------------------
  function tick() {
    const at = now();
    if (at === null) return;
    for (const el of shown.ages) writeAge(el, at);
    for (const el of shown.fresh) {
      const record = lookUp(el.dataset.fresh);
      if (record) setState(el, judged(record, at));
    }
    for (const el of shown.clocks) writeClock(el, at);
  }

  // Shows a key, or with a / at its end all shown keys below it.
  function showNews(key) {
    if (!key.endsWith('/')) show(key);
    else for (const each of shownKeys()) if (each.startsWith(key)) show(each);
  }

  function writeAge(el, at) {
    const record = el.dataset.age ? lookUp(el.dataset.age) : undefined;
    const given = Number(el.dataset.ts);
    const ts = record && record.ts !== null ? record.ts : (el.dataset.ts && given) || null;
    if (ts === null) return;
    setText(el, formats().age(ts, Math.max(at, ts), zone()));
  }

  function writeClock(el, at) {
    if (el.dataset.clock === 'date') setText(el, formats().day(at, zone()));
    else setText(el, formats().clock(at, zone(), el.dataset.clock === 'seconds'));
  }

  // What the server knows beyond age (an estimate, a fault) is not talked over by a fresh value.
  function setState(el, state) {
    const told = el.dataset.state;
    if (told !== 'fault' && !(told === 'estimate' && state === 'fresh')) setData(el, 'state', state);
  }

  function setData(el, name, value) {
    if (el.dataset[name] !== value) el.dataset[name] = value;
  }

  window.wbPage = { ATTRIBUTES: ATTRIBUTES, scan: scan, tick: tick, showNews: showNews, setText: setText, setData: setData };
})();
