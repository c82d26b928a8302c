// Live values: one socket a page, each value written straight into its element.
// What is shown is found by attributes (data-live, data-live-word, data-live-tone, data-live-width,
// data-live-left, data-age, data-fresh, data-clock, data-live-watch); keys are reading/<sensor>/<metric>,
// room/<id>/<metric>, energy/<field> and system/<field>. Times are epoch milliseconds of building time.
(function () {
  'use strict';
  const PARTS = { live: 'values', liveWord: 'words', liveTone: 'tones', liveWidth: 'widths', liveLeft: 'lefts' };
  const ATTRIBUTES = ['data-live', 'data-live-word', 'data-live-tone', 'data-live-width', 'data-live-left',
    'data-age', 'data-fresh', 'data-clock', 'data-live-watch'];
  const SELECTOR = ATTRIBUTES.map((name) => '[' + name + ']').join(',');
  const RETRY_MS = [1000, 2000, 4000, 8000, 15000, 30000];
  const SILENT_MS = 15000; // the server says something every 5 s
  const TINT_MS = 200, TINT_EVERY_MS = 1000, NAMES_PER_FRAME = 150;
  const SLACK_S = 2, LATE_AT_LEAST_S = 60, DEAD_AFTER_S = 86400, DEFAULT_INTERVAL_S = 60;
  const WORST = ['fresh', 'late', 'stale', 'dead', 'missing'];

  const formats = () => window.wbFormats;
  const realNow = () => performance.now();
  const quiet = window.matchMedia('(prefers-reduced-motion: reduce)');

  // ---- building time ----------------------------------------------------------------------
  const time = { baseMs: null, atMs: 0, speed: 1, zone: 'UTC' };
  const zone = () => time.zone;
  const now = () => (time.baseMs === null ? null : time.baseMs + (realNow() - time.atMs) * time.speed);

  function setTime(data) {
    if (typeof data.building_time_ms !== 'number') return;
    time.baseMs = data.building_time_ms;
    time.atMs = realNow();
    time.speed = data.speed || 1;
    time.zone = data.timezone || time.zone;
  }

  // ---- what is known: key -> {value, ts, interval, state} ------------------------------------
  const known = new Map();
  let energy = null, system = null, newestMs = null;

  function learn(key, value, ts, interval, more) {
    const before = known.get(key);
    if (before && ts !== null && before.ts !== null && ts < before.ts) return false;
    known.set(key, Object.assign({ value: value, ts: ts, interval: interval, state: null }, more));
    if (ts !== null && (newestMs === null || ts > newestMs)) newestMs = ts;
    return true;
  }

  const toMs = (seconds) => (typeof seconds === 'number' ? Math.round(seconds * 1000) : null);

  function learnReadings(list) {
    const keys = [];
    for (const r of list) {
      const key = 'reading/' + r.sensor_id + '/' + r.metric;
      if (learn(key, r.value, toMs(r.timestamp), r.interval_s)) keys.push(key);
    }
    return keys;
  }

  function learnRooms(list) {
    const keys = [];
    for (const room of list) {
      const base = 'room/' + room.room_id, ts = toMs(room.timestamp);
      for (const name in room.metrics) {
        const m = room.metrics[name];
        if (learn(base + '/' + name, m.value, toMs(m.timestamp), m.interval_s)) keys.push(base + '/' + name);
      }
      learn(base + '/power_kw', room.power_kw, toMs(room.power_timestamp), room.power_interval_s,
        { state: room.power_kw === null ? 'missing' : null,
          estimate: room.power_kw !== null && !room.power_complete });
      for (const part of ['word', 'step', 'tone']) {
        for (const key of [base + '/' + part, base + '/comfort/' + part]) {
          learn(key, room.comfort[part], ts, null);
          keys.push(key);
        }
      }
      learn(base, null, ts, null);
      keys.push(base + '/power_kw');
    }
    return keys;
  }

  function walk(data, path) {
    let value = data;
    for (const part of path) value = value === null || typeof value !== 'object' ? undefined : value[part];
    return value === undefined ? null : value;
  }

  function lookUp(key) {
    const [kind, ...path] = key.split('/');
    if (kind === 'energy') {
      return energy ? { value: walk(energy, path), ts: energy.ts_ms, interval: energy.interval_s,
        state: energy.state, estimate: energy.estimated && key === 'energy/consumption_kw' } : undefined;
    }
    if (kind !== 'system') return known.get(key);
    const part = system && system[path[0]];
    return part ? { value: walk(system, path), ts: toMs(part.timestamp), interval: part.interval_s, state: null }
      : undefined;
  }

  // ---- the page's elements by key -------------------------------------------------------------
  const nothing = () => ({ values: new Map(), words: new Map(), tones: new Map(), widths: new Map(),
    lefts: new Map(), ages: [], fresh: [], clocks: [] });
  let shown = nothing();
  const watched = new Map(); // keys that charts ask for, counted
  const tinted = new Map();

  function put(map, key, entry) {
    const list = map.get(key);
    if (list) list.push(entry); else map.set(key, [entry]);
  }

  function scan() {
    const found = nothing();
    const keys = new Set(watched.keys());
    for (const el of document.querySelectorAll(SELECTOR)) {
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
    want(keys);
    for (const key of shownKeys()) if (fresherThanPage(key)) show(key, true);
    tick();
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

  // A layout that has just arrived is as new as the server's answer; only a connected page knows better.
  const fresherThanPage = (key) => link.state === 'live' && lookUp(key) !== undefined;

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
    if (at - (tinted.get(el) || -TINT_EVERY_MS) < TINT_EVERY_MS) return;
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
  function stateOf(ageMs, interval) {
    const expected = interval || DEFAULT_INTERVAL_S, age = ageMs / 1000;
    if (age <= expected * 2.5 + SLACK_S) return 'fresh';
    if (age <= Math.max(expected * 6, LATE_AT_LEAST_S)) return 'late';
    return age <= Math.max(DEAD_AFTER_S, expected * 100) ? 'stale' : 'dead';
  }

  function judged(record, at) {
    if (record.ts === null || record.ts === undefined) return record.state || 'missing';
    const aged = stateOf(at - record.ts, record.interval);
    return WORST.indexOf(record.state) > WORST.indexOf(aged) ? record.state : aged;
  }

  function tick() {
    const at = now();
    if (at !== null) {
      for (const el of shown.ages) writeAge(el, at);
      for (const el of shown.fresh) {
        const record = lookUp(el.dataset.fresh);
        if (record) setState(el, judged(record, at));
      }
      for (const el of shown.clocks) writeClock(el, at);
    }
    tellConnection();
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

  // ---- the connection -----------------------------------------------------------------------------
  const link = { state: 'connecting', socket: null, lastSeq: null, heardMs: 0, tries: 0, timer: null,
    retryAtMs: 0, lostAtMs: null, greeted: false, listener: null, resumeFrom: null };
  const wanted = { sensors: new Set(), rooms: new Set(), topics: new Set() };

  function split(keys) {
    const parts = { sensors: new Set(), rooms: new Set(), topics: new Set() };
    for (const key of keys) {
      const [kind, name] = key.split('/');
      if (kind === 'reading') parts.sensors.add(name);
      else if (kind === 'room') parts.rooms.add(name);
      else if (kind && kind !== 'system') parts.topics.add(kind);
    }
    return parts;
  }

  function want(keys) {
    const next = split(keys);
    for (const name of ['sensors', 'rooms', 'topics']) {
      const more = [...next[name]].filter((x) => !wanted[name].has(x));
      const less = [...wanted[name]].filter((x) => !next[name].has(x));
      wanted[name] = next[name];
      ask('subscribe', name, more);
      ask('unsubscribe', name, less);
    }
  }

  function ask(action, name, list, snapshot) {
    if (!link.greeted) return;
    for (let start = 0; start < list.length; start += NAMES_PER_FRAME) {
      const message = { action: action };
      message[name] = list.slice(start, start + NAMES_PER_FRAME);
      if (name !== 'topics') message.topics = [name === 'sensors' ? 'reading' : 'room'];
      if (snapshot === false) message.snapshot = false;
      send(message);
    }
  }

  function send(message) {
    if (link.socket && link.socket.readyState === WebSocket.OPEN) link.socket.send(JSON.stringify(message));
  }

  function connect() {
    window.clearTimeout(link.timer);
    link.timer = null;
    if (link.socket) drop(link.socket);
    const scheme = location.protocol === 'https:' ? 'wss://' : 'ws://';
    const socket = new WebSocket(scheme + location.host + '/ws');
    let opened = false;
    link.socket = socket;
    link.greeted = false;
    link.heardMs = realNow();
    socket.onopen = () => { opened = true; };
    socket.onmessage = (event) => { if (link.socket === socket) hear(JSON.parse(event.data)); };
    socket.onclose = (event) => { if (link.socket === socket) lost(event.code, opened); };
    tellConnection();
  }

  function drop(socket) {
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  function hear(frame) {
    link.heardMs = realNow();
    if (typeof frame.seq === 'number') link.lastSeq = Math.max(link.lastSeq || 0, frame.seq);
    if (frame.type === 'hello') greet(frame.data);
    else if (frame.type === 'update' || frame.type === 'snapshot') take(frame);
    else if (frame.type === 'pong') hearSystem(frame.data);
    document.dispatchEvent(new CustomEvent('wb:frame', { detail: frame }));
  }

  function take(frame) {
    if (frame.topic === 'reading') learnReadings(frame.data).forEach((key) => show(key));
    else if (frame.topic === 'room') learnRooms(frame.data).forEach((key) => show(key));
    else if (frame.topic === 'energy') showEnergy(frame.data);
    else if (frame.topic === 'system') hearSystem(frame.data);
  }

  function showEnergy(data) {
    if (energy && data.ts_ms !== null && energy.ts_ms !== null && data.ts_ms < energy.ts_ms) return;
    energy = data;
    if (data.ts_ms !== null && (newestMs === null || data.ts_ms > newestMs)) newestMs = data.ts_ms;
    showAll('energy/');
  }

  function showAll(kind) {
    for (const key of shownKeys()) if (key.startsWith(kind)) show(key);
  }

  function hearSystem(data) {
    setTime(data);
    system = data;
    link.listener = data.listener;
    showAll('system/');
  }

  function greet(data) {
    const resuming = link.resumeFrom;
    link.resumeFrom = null;
    link.greeted = true;
    link.tries = 0;
    link.lostAtMs = null;
    hearSystem(data);
    for (const name of ['sensors', 'rooms', 'topics']) {
      ask('subscribe', name, [...wanted[name]], resuming ? false : undefined);
    }
    if (resuming) send({ action: 'resume', last_seq: resuming });
    enter('live');
    tick();
  }

  function lost(code, opened) {
    link.socket = null;
    link.greeted = false;
    if (code === 4401) return signIn();
    if (code === 4403) return location.reload();
    if (!opened) probe();
    link.resumeFrom = link.lastSeq;
    if (link.lostAtMs === null) link.lostAtMs = now();
    const pause = RETRY_MS[Math.min(link.tries, RETRY_MS.length - 1)] * (0.8 + Math.random() * 0.4);
    link.tries += 1;
    link.retryAtMs = realNow() + pause;
    link.timer = window.setTimeout(connect, pause);
    enter('lost');
    return undefined;
  }

  // A browser does not say why a socket was refused; plain HTTP does, and assets/session.js acts on 401.
  const probe = () => fetch('/ws', { credentials: 'same-origin' }).catch(() => undefined);

  function signIn() {
    if (location.pathname === '/kiosk') location.reload();
    else location.assign('/login?next=' + encodeURIComponent(location.pathname + location.search));
  }

  function enter(state) {
    if (link.state === state) { tellConnection(); return; }
    link.state = state;
    document.documentElement.dataset.live = state;
    document.dispatchEvent(new CustomEvent('wb:live', { detail: describe() }));
    tellConnection();
  }

  function describe() {
    return { state: link.state, lostAtMs: link.lostAtMs, newestMs: newestMs, tries: link.tries,
      retryInS: link.timer ? Math.max(0, Math.ceil((link.retryAtMs - realNow()) / 1000)) : 0,
      listener: link.listener };
  }

  function words() {
    const at = now();
    if (link.state === 'connecting') return 'Connecting';
    if (link.state === 'live') {
      if (newestMs === null || at === null) return 'Live';
      return 'Live · ' + formats().span(Math.max(0, (at - newestMs) / 1000));
    }
    const since = link.lostAtMs === null ? '' : ' at ' + formats().clock(link.lostAtMs, zone());
    const of = newestMs === null ? '' : ' Showing values of ' + formats().moment(newestMs, at, zone()) + ',';
    const next = describe().retryInS;
    const then = next > 0 ? ' trying again in ' + next + ' s' : ' trying again now';
    return 'Connection lost' + since + '.' + (of || ' No values yet,') + then;
  }

  function tellConnection() {
    const banner = document.getElementById('wb-connection');
    if (banner) {
      setData(banner, 'state', link.state);
      const text = banner.querySelector('[data-part="text"]') || banner;
      setText(text, words());
    }
    for (const chip of document.querySelectorAll('[data-connection]')) {
      setData(chip, 'state', link.state);
      const text = chip.querySelector('[data-part="text"]') || chip;
      setText(text, link.state === 'lost' ? 'Not live' : words());
    }
  }

  function retryNow() {
    if (link.state !== 'live') { link.tries = 0; connect(); }
  }

  function watchdog() {
    if (!link.socket) return;
    const silent = realNow() - link.heardMs;
    if (silent > SILENT_MS) { const dead = link.socket; drop(dead); lost(1006, true); }
  }

  // ---- the page ---------------------------------------------------------------------------------
  let scanning = false;
  function scanSoon() {
    if (scanning) return;
    scanning = true;
    window.setTimeout(() => { scanning = false; scan(); }, 0);
  }

  const isElement = (node) => node.nodeType === 1;
  function onMutations(records) {
    for (const record of records) {
      if (record.type === 'attributes') { scanSoon(); return; }
      for (const node of record.addedNodes) if (isElement(node)) { scanSoon(); return; }
      for (const node of record.removedNodes) if (isElement(node)) { scanSoon(); return; }
    }
  }

  function start() {
    document.documentElement.dataset.live = link.state;
    new MutationObserver(onMutations).observe(document.body, { subtree: true, childList: true,
      attributes: true, attributeFilter: ATTRIBUTES });
    document.addEventListener('click', (event) => {
      if (event.target.closest && event.target.closest('[data-part="retry"]')) retryNow();
    });
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) return;
      if (link.state !== 'live') retryNow();
      else { link.heardMs = Math.max(link.heardMs, realNow() - SILENT_MS + 3000); send({ action: 'ping' }); }
      tick();
    });
    window.addEventListener('online', retryNow);
    window.setInterval(() => { watchdog(); tick(); }, 1000);
    scan();
    connect();
  }

  window.wbLive = {
    now: now,
    zone: zone,
    value: lookUp,
    describe: describe,
    stateOf: stateOf,
    get state() { return link.state; },
    watch: (keys) => { for (const key of keys) watched.set(key, (watched.get(key) || 0) + 1); scanSoon(); },
    unwatch: (keys) => {
      for (const key of keys) {
        const left = (watched.get(key) || 0) - 1;
        if (left > 0) watched.set(key, left); else watched.delete(key);
      }
      scanSoon();
    },
  };

  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
  else start();
})();
