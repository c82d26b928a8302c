// What live frames have told: building time, and the newest value of each key.
// Keys are reading/<sensor>/<metric>, room/<id>/<metric>, energy/<field> and system/<field>; times are
// epoch milliseconds of building time, intervals seconds.
(function () {
  'use strict';
  const SLACK_S = 2, LATE_AT_LEAST_S = 60, DEAD_AFTER_S = 86400, DEFAULT_INTERVAL_S = 60;
  const WORST = ['fresh', 'late', 'stale', 'dead', 'missing'];
  const realNow = () => performance.now();

  // ---- building time
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

  // ---- what is known: key -> {value, ts, interval, state}
  const known = new Map();
  let energy = null, system = null;
  const newest = { ms: null, interval: null };

  function noteTime(ts, interval) {
    if (ts === null || ts === undefined || (newest.ms !== null && ts <= newest.ms)) return;
    newest.ms = ts;
    newest.interval = interval;
  }

  function learn(key, value, ts, interval, more) {
    const before = known.get(key);
    if (before && ts !== null && before.ts !== null && ts < before.ts) return false;
    known.set(key, Object.assign({ value: value, ts: ts, interval: interval, state: null }, more));
    noteTime(ts, interval);
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

  function isEstimate(key, path) {
    const money = path[0] === 'money' && energy.money;
    return money ? (money.estimates || []).includes(path[1])
      : energy.estimated && key === 'energy/consumption_kw';
  }

  function lookUp(key) {
    const [kind, ...path] = key.split('/');
    if (kind === 'energy') {
      return energy ? { value: walk(energy, path), ts: energy.ts_ms, interval: energy.interval_s,
        state: energy.state, estimate: isEstimate(key, path) } : undefined;
    }
    if (kind !== 'system') return known.get(key);
    const part = system && system[path[0]];
    return part ? { value: walk(system, path), ts: toMs(part.timestamp), interval: part.interval_s, state: null }
      : undefined;
  }

  function learnEnergy(data) {
    if (energy && data.ts_ms !== null && energy.ts_ms !== null && data.ts_ms < energy.ts_ms) return [];
    energy = data;
    noteTime(data.ts_ms, data.interval_s);
    return ['energy/'];
  }

  function learnSystem(data) {
    setTime(data);
    system = data;
    if (data.newest) noteTime(toMs(data.newest.timestamp), data.newest.interval_s);
    return ['system/'];
  }

  // Takes a frame in and tells which keys have news; one that ends with / stands for all below it.
  function learnFrame(frame) {
    switch (frame.topic) {
      case 'reading': return learnReadings(frame.data);
      case 'room': return learnRooms(frame.data);
      case 'energy': return learnEnergy(frame.data);
      case 'system': return learnSystem(frame.data);
      default: return [];
    }
  }

  // ---- freshness, by the same rule as domain/telemetry/freshness.py
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

  // Whether the newest value of all is older than its own sensor's rhythm allows.
  function silent() {
    const at = now();
    return newest.ms !== null && at !== null && !['fresh', 'late'].includes(stateOf(at - newest.ms, newest.interval));
  }

  window.wbData = { now: now, zone: zone, newest: newest, learnFrame: learnFrame, learnSystem: learnSystem, lookUp: lookUp,
    judged: judged, silent: silent };
})();
