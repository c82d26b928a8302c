// The live connection: one socket a page, subscribed to what the page shows, resumed after a break.
// assets/live-data.js keeps what frames tell, assets/live-page.js writes it into the page.
(function () {
  'use strict';
  const RETRY_MS = [1000, 2000, 4000, 8000, 15000, 30000];
  const SILENT_MS = 15000; // the server says something every 5 s
  const NAMES_PER_FRAME = 150;
  const data = window.wbData, page = window.wbPage;
  const formats = () => window.wbFormats;
  const realNow = () => performance.now();

  const link = { state: 'connecting', socket: null, lastSeq: null, heardMs: 0, tries: 0, timer: null,
    retryAtMs: 0, lostAtMs: null, greeted: false, listener: null, resumeFrom: null };
  const wanted = { sensors: new Set(), rooms: new Set(), topics: new Set() };

  function split(keys) {
    const parts = { sensors: new Set(), rooms: new Set(), topics: new Set() };
    for (const key of keys) {
      const [kind, name] = key.split('/');
      if (kind === 'reading' && name) parts.sensors.add(name);
      else if (kind === 'room' && name) parts.rooms.add(name);
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
    if (frame.type === 'hello') greet(frame);
    else if (['update', 'snapshot', 'pong'].includes(frame.type)) take(frame);
    else if (frame.type === 'subscribed') noteDenied(frame.data.denied);
    document.dispatchEvent(new CustomEvent('wb:frame', { detail: frame }));
  }

  function take(frame) {
    for (const key of data.learnFrame(frame)) page.showNews(key);
    if (frame.topic === 'system') { link.listener = frame.data.listener; askAgain(); }
  }

  // A sensor the page names may be heard for the first time later: it is asked for again every few seconds.
  let unknown = [];
  function noteDenied(denied) {
    for (const entry of denied) if (entry.code === 'unknown_sensor') unknown.push(entry.key);
  }

  function askAgain() {
    const again = unknown.filter((name) => wanted.sensors.has(name));
    unknown = [];
    ask('subscribe', 'sensors', again);
  }

  function greet(frame) {
    const resuming = link.resumeFrom;
    link.resumeFrom = null;
    link.greeted = true;
    link.tries = 0;
    link.lostAtMs = null;
    take(frame);
    for (const name of ['sensors', 'rooms', 'topics']) {
      ask('subscribe', name, [...wanted[name]], resuming ? false : undefined);
    }
    if (resuming) send({ action: 'resume', last_seq: resuming });
    enter('live');
    everySecond();
  }

  function lost(code, opened) {
    link.socket = null;
    link.greeted = false;
    const leaving = window.wbSession.leaving();
    if (code === 4401 && !leaving) { window.wbSession.signIn(); return; }
    if (code === 4403 && !leaving) { location.reload(); return; }
    if (!opened) probe();
    link.resumeFrom = link.lastSeq;
    if (link.lostAtMs === null) link.lostAtMs = data.now();
    const pause = RETRY_MS[Math.min(link.tries, RETRY_MS.length - 1)] * (0.8 + Math.random() * 0.4);
    link.tries += 1;
    link.retryAtMs = realNow() + pause;
    link.timer = window.setTimeout(connect, pause);
    enter('lost');
  }

  // A browser does not say why a socket was refused; plain HTTP does, and assets/session.js acts on 401.
  const probe = () => fetch('/ws', { credentials: 'same-origin' }).catch(() => undefined);

  function enter(state) {
    if (link.state === state) { tellConnection(); return; }
    link.state = state;
    document.documentElement.dataset.live = state;
    document.dispatchEvent(new CustomEvent('wb:live', { detail: describe() }));
    tellConnection();
  }

  function describe() {
    return { state: link.state, lostAtMs: link.lostAtMs, newestMs: data.newest.ms, silent: data.silent(), tries: link.tries,
      retryInS: link.timer ? Math.max(0, Math.ceil((link.retryAtMs - realNow()) / 1000)) : 0,
      listener: link.listener };
  }

  function words() {
    if (link.state === 'connecting') return 'Connecting';
    const since = link.lostAtMs === null ? '' : ' at ' + formats().clock(link.lostAtMs, data.zone());
    const of = data.newest.ms === null ? ' No values yet,'
      : ' Showing values of ' + formats().moment(data.newest.ms, data.now(), data.zone()) + ',';
    const next = describe().retryInS;
    return 'Connection lost' + since + '.' + of + (next > 0 ? ' trying again in ' + next + ' s' : ' trying again now');
  }

  function chipWords() {
    if (link.state === 'connecting') return 'Connecting';
    if (link.state === 'lost') return 'Not live';
    if (data.newest.ms === null) return 'Live';
    return (data.silent() ? 'No data · ' : 'Live · ') + formats().span(Math.max(0, (data.now() - data.newest.ms) / 1000));
  }

  function tellConnection() {
    const banner = document.getElementById('wb-connection');
    if (banner) {
      page.setData(banner, 'state', link.state);
      const text = banner.querySelector('[data-part="text"]') || banner;
      page.setText(text, link.state === 'live' ? '' : words());
    }
    for (const chip of document.querySelectorAll('[data-connection]')) {
      page.setData(chip, 'state', link.state === 'live' && data.silent() ? 'silent' : link.state);
      page.setText(chip.querySelector('[data-part="text"]') || chip, chipWords());
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
  const watched = new Map(); // keys that charts ask for, counted
  function scan() {
    want(page.scan(watched.keys(), link.state === 'live'));
    everySecond();
  }

  function everySecond() {
    page.tick();
    tellConnection();
  }

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
      attributes: true, attributeFilter: page.ATTRIBUTES });
    document.addEventListener('click', (event) => {
      if (event.target.closest && event.target.closest('[data-part="retry"]')) retryNow();
    });
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) return;
      if (link.state !== 'live') retryNow();
      else { link.heardMs = Math.max(link.heardMs, realNow() - SILENT_MS + 3000); send({ action: 'ping' }); }
      everySecond();
    });
    window.addEventListener('online', retryNow);
    window.setInterval(() => { watchdog(); everySecond(); }, 1000);
    scan();
    connect();
  }

  window.wbLive = {
    now: data.now,
    zone: data.zone,
    value: data.lookUp,
    describe: describe,
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
