// The wall page: the order of rooms, the lines below the totals, and the band that says when nothing is
// live. Numbers, words, ages and clocks are live.js's, the picture is flow.js's; this listens to them.
(function () {
  'use strict';
  const BAND_AFTER_MS = 5000; // a shorter break is caught up before anybody has read about it
  const RELOAD_EVERY_MS = 60000;
  const RANK = { warning: 0, cool: 1, stale: 2, missing: 3, ok: 4 };
  const real = () => performance.now();
  const formats = () => window.wbFormats;
  const wall = () => document.querySelector('.wall');
  const one = (css) => document.querySelector('.wall ' + css);
  const all = (css) => document.querySelectorAll('.wall ' + css);
  const value = (key) => (window.wbLive.value(key) || {}).value;

  function write(el, text) { if (el && el.textContent !== text) el.textContent = text; }

  // ---- lines below the totals ------------------------------------------------------------------------
  function note(name) {
    const at = window.wbLive.now(), zone = window.wbLive.zone();
    if (name === 'today') {
      const change = value('energy/today/consumption_kwh_change');
      if (!change) return '';
      const lastWeek = formats().day(at - 7 * 86400000, zone).split(' ').slice(1).join(' ');
      return change + (change === 'as much' ? ' as ' : ' than ') + lastWeek;
    }
    if (name === 'solar') {
      const here = value('energy/today/self_consumption_percent');
      return typeof here === 'number' ? formats().text('percent', here) + ' used here' : '';
    }
    if (name === 'bought') {
      const bought = value('energy/today/import_kwh');
      return typeof bought === 'number' ? formats().text('energy', bought) + ' bought' : '';
    }
    const ts = value('energy/peak_month/ts_ms');
    return typeof ts === 'number' ? formats().day(ts, zone) + ' ' + formats().clock(ts, zone) : '';
  }

  // ---- rooms ---------------------------------------------------------------------------------------------
  function orderRooms() {
    const rows = [...all('.wall-room')];
    const rank = (row) => (RANK[row.dataset.tone] === undefined ? 3 : RANK[row.dataset.tone]);
    const sorted = rows.map((row, index) => [rank(row), index, row]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    sorted.forEach((entry, place) => { entry[2].style.order = String(place); });
    const list = one('.wall-rooms-list');
    if (!list || !rows.length) return;
    const line = parseFloat(getComputedStyle(rows[0]).minHeight) || 1;
    const fit = Math.max(1, Math.floor((list.clientHeight + 2) / line));
    sorted.forEach((entry, place) => entry[2].classList.toggle('wall-beyond', place >= fit));
    tellRooms(sorted, fit);
  }

  const rooms = (count) => count + ' more ' + (count === 1 ? 'room' : 'rooms');
  function tellRooms(sorted, fit) {
    const count = (list, low, high) => list.filter((entry) => entry[0] >= low && entry[0] <= high).length;
    const fine = count(sorted, RANK.ok, RANK.ok), unknown = count(sorted, RANK.stale, RANK.missing);
    write(one('.wall-rooms-fact'), `${fine} of ${sorted.length} ` + (unknown ? `· ${unknown} unknown` : 'comfortable'));
    const hidden = sorted.slice(fit), wrong = count(hidden, RANK.warning, RANK.cool);
    const dark = count(hidden, RANK.stale, RANK.missing), more = one('.wall-rooms-more');
    more.dataset.tone = wrong ? 'warning' : dark ? 'stale' : hidden.length ? 'ok' : 'none';
    write(more.querySelector('span:last-child'), wrong ? rooms(wrong) + ' not comfortable'
      : dark ? rooms(dark) + ' without current values' : rooms(hidden.length) + ' comfortable');
  }

  // A room was added, removed or renamed, a use of energy is new, or the server started anew: so is the
  // page, at most once a minute.
  let version = null, outdated = false;
  const keptUntil = real() + RELOAD_EVERY_MS;
  function compare(said) {
    outdated = outdated || (version !== null && said !== version);
    version = said;
  }

  // ---- not live --------------------------------------------------------------------------------------------
  // Of what the wall itself shows: a weather station that still speaks does not make it live.
  function newestShown() {
    const keys = ['energy', ...[...all('.wall-room')].map((row) => 'room/' + row.dataset.room)];
    const times = keys.map((key) => (window.wbLive.value(key) || {}).ts).filter((ts) => typeof ts === 'number');
    return times.length ? Math.max(...times) : null;
  }

  let lostAt = null;
  function band() {
    const live = window.wbLive.describe(), at = window.wbLive.now(), newest = newestShown();
    lostAt = live.state === 'live' ? null : lostAt === null ? real() : lostAt;
    const old = newest !== null && !one(':is(.wb-flow, .wall-room):is([data-state="fresh"], [data-state="late"])');
    const lost = lostAt !== null && real() - lostAt > BAND_AFTER_MS;
    const page = wall();
    page.classList.toggle('wall-not-live', old || lost);
    if (!old && !lost) return;
    const zone = window.wbLive.zone(), since = newest === null ? live.lostAtMs : newest;
    write(one('.wall-band-title'), since === null ? 'Not live' : 'Not live since ' + formats().clock(since, zone));
    const last = newest === null ? 'No data yet.' : `Last data ${formats().day(newest, zone)} ` +
      `${formats().clock(newest, zone, true)}, ${formats().span(Math.max(0, (at - newest) / 1000))} ago. ` +
      'Values behind are old.';
    write(one('.wall-band-words'), last + (lostAt === null ? ' Nothing comes from the meters.'
      : ` Reconnecting, attempt ${Math.max(1, live.tries)}.`));
  }

  // ---- when -----------------------------------------------------------------------------------------------
  function refresh() {
    if (!wall() || !window.wbLive) return;
    if (outdated && real() > keptUntil) { location.reload(); return; }
    const frame = value('energy');
    if (frame) {
      for (const el of all('[data-note]')) write(el, note(el.dataset.note));
      outdated = outdated || window.wbFlow.useRows(frame).some((row) => !one(`[data-use="${row[0]}"]`));
    }
    orderRooms();
    band();
  }

  document.addEventListener('wb:frame', (event) => {
    const frame = event.detail;
    if (frame.type === 'hello' || (frame.topic === 'system' && frame.type === 'update')) compare(frame.data.version);
    else if (frame.topic === 'energy' || frame.topic === 'room') refresh();
  });
  window.addEventListener('resize', refresh);
  window.setInterval(refresh, 1000);
})();
