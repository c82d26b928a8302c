// How numbers, ages and times are written; the twin of components/formats.py.
// Both run against tests/formats_cases.json. Values in default units, times in epoch milliseconds.
(function (root) {
  'use strict';
  const MISSING = '–', MINUS = '−';
  const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
  const MONTH_NAMES = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August',
    'September', 'October', 'November', 'December'];
  const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
  const plain = (decimals, unit) => [[Infinity, 1, decimals, unit]];
  // Steps of [below, factor, decimals, unit].
  const FORMATS = {
    power: [[1000, 1000, 0, 'W'], [1000, 1, 1, 'kW'], [Infinity, 0.001, 2, 'MW']],
    kw: plain(1, 'kW'),
    energy: [[1000, 1000, 0, 'Wh'], [10, 1, 2, 'kWh'], [100, 1, 1, 'kWh'], [10000, 1, 0, 'kWh'],
      [Infinity, 0.001, 2, 'MWh']],
    temperature: plain(1, '°C'),
    outside: plain(0, '°C'),
    humidity: plain(0, '%'),
    percent: plain(0, '%'),
    co2: plain(0, 'ppm'),
    voc: plain(0, 'ppb'),
    light: plain(0, 'lx'),
    people: plain(0, ''),
    voltage: plain(1, 'V'),
    current: plain(1, 'A'),
    frequency: plain(2, 'Hz'),
    power_factor: plain(2, ''),
    irradiance: plain(0, 'W/m²'),
    wind: plain(1, 'm/s'),
    volume: [[10, 1, 2, 'm³'], [100, 1, 1, 'm³'], [Infinity, 1, 0, 'm³']],
    money: plain(2, '€'),
    price: plain(3, '€/kWh'),
    carbon: plain(0, 'g/kWh'),
    carbon_mass: plain(1, 'kg'),
    number: [[10, 1, 2, ''], [100, 1, 1, ''], [Infinity, 1, 0, '']],
  };
  const WORDS = { state: ['off', 'on'], door: ['closed', 'open'], motion: ['still', 'motion'] };

  const known = (value) => typeof value === 'number' && Number.isFinite(value);

  function fixed(value, decimals, sign) {
    if (!known(value)) return MISSING;
    const written = Math.abs(value).toFixed(decimals);
    const [whole, part] = written.split('.');
    const text = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',') + (part ? '.' + part : '');
    if (Number(written) === 0) return text;
    if (value < 0) return MINUS + text;
    return sign ? '+' + text : text;
  }

  function quantity(fmt, value, unit) {
    if (WORDS[fmt]) return [known(value) ? WORDS[fmt][value ? 1 : 0] : MISSING, ''];
    const steps = FORMATS[fmt] || FORMATS.number;
    const given = unit !== undefined && unit !== null;
    if (!known(value)) {
      const base = steps.find((step) => step[1] === 1) || steps[0];
      return [MISSING, given ? unit : base[3]];
    }
    let last = steps[steps.length - 1];
    for (const step of steps) {
      if (Number(Math.abs(value * step[1]).toFixed(step[2])) < step[0]) { last = step; break; }
    }
    return [fixed(value * last[1], last[2]), given ? unit : last[3]];
  }

  function text(fmt, value, unit) {
    const [number, sign] = quantity(fmt, value, unit);
    return sign ? number + ' ' + sign : number;
  }

  function addUp(parts, decimals, total) {
    const scale = Math.pow(10, decimals);
    // 1e-7 of a step takes out binary dust, so that 0.3 is three tenths here as it is in decimal.
    const clean = (value) => Math.round(value * 1e7) / 1e7;
    const present = parts.filter(known);
    const whole = known(total) ? total : present.reduce((sum, part) => sum + part, 0);
    const floors = present.map((part) => Math.floor(clean(part * scale)));
    const aim = Math.sign(whole) * Math.floor(clean(Math.abs(whole) * scale) + 0.5);
    let spare = aim - floors.reduce((sum, part) => sum + part, 0);
    spare = Math.max(0, Math.min(spare, present.length));
    present.map((part, index) => [clean(part * scale - floors[index]), index])
      .sort((a, b) => b[0] - a[0] || a[1] - b[1])
      .slice(0, spare)
      .forEach((pair) => { floors[pair[1]] += 1; });
    let next = 0;
    return parts.map((part) => (known(part) ? fixed(floors[next++] / scale, decimals) : MISSING));
  }

  const writers = {};
  function wall(ts, zone) {
    // Wall clock of the building as numbers; Intl knows the zone's rules.
    if (!writers[zone]) {
      writers[zone] = new Intl.DateTimeFormat('en-GB', {
        timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric',
        hour: 'numeric', minute: 'numeric', second: 'numeric',
      });
    }
    const found = {};
    for (const part of writers[zone].formatToParts(ts)) found[part.type] = Number(part.value);
    found.date = Date.UTC(found.year, found.month - 1, found.day) / 86400000;
    found.weekday = new Date(found.date * 86400000).getUTCDay();
    return found;
  }
  const two = (number) => String(number).padStart(2, '0');

  function clock(ts, zone, seconds) {
    const at = wall(ts, zone);
    return two(at.hour) + ':' + two(at.minute) + (seconds ? ':' + two(at.second) : '');
  }

  function dayWords(at, year) {
    const words = WEEKDAYS[at.weekday] + ' ' + at.day + ' ' + MONTHS[at.month - 1];
    return year ? words + ' ' + at.year : words;
  }
  const day = (ts, zone, year) => dayWords(wall(ts, zone), year);

  function moment(ts, now, zone) {
    const at = wall(ts, zone), today = wall(now, zone);
    const days = today.date - at.date;
    const time = two(at.hour) + ':' + two(at.minute);
    if (days === 0) return time;
    if (days > 0 && days < 7) return WEEKDAYS[at.weekday] + ' ' + time;
    const words = at.day + ' ' + MONTHS[at.month - 1];
    return at.year === today.year ? words : words + ' ' + at.year;
  }

  function age(ts, now, zone) {
    if (!known(ts)) return MISSING;
    const seconds = Math.floor((now - ts) / 1000);
    if (seconds < 1) return 'now';
    if (seconds < 60) return seconds + ' s ago';
    if (seconds < 3600) return Math.floor(seconds / 60) + ' min ago';
    return moment(ts, now, zone);
  }

  function span(seconds) {
    const whole = Math.max(0, Math.trunc(seconds));
    if (whole < 60) return whole + ' s';
    const minutes = Math.floor(whole / 60);
    if (minutes < 60) return minutes + ' min';
    const hours = Math.floor(minutes / 60), rest = minutes % 60;
    if (hours < 24) return rest ? hours + ' h ' + rest + ' min' : hours + ' h';
    const days = Math.floor(hours / 24), left = hours % 24;
    return left ? days + ' d ' + left + ' h' : days + ' d';
  }

  // Calendar dates are ISO strings here: they have no zone.
  function parts(iso) {
    const [year, month, dayOfMonth] = iso.split('-').map(Number);
    const weekday = new Date(Date.UTC(year, month - 1, dayOfMonth)).getUTCDay();
    return { year: year, month: month, day: dayOfMonth, weekday: weekday };
  }

  function period(kind, first, last) {
    const from = parts(first);
    if (kind === 'day') return dayWords(from, true);
    if (kind === 'month') return MONTH_NAMES[from.month - 1] + ' ' + from.year;
    if (kind === 'year') return String(from.year);
    const end = parts(last || new Date(Date.UTC(from.year, from.month - 1, from.day + 6)).toISOString().slice(0, 10));
    if (end.year === from.year && end.month === from.month && end.day === from.day) return dayWords(from, true);
    const tail = end.day + ' ' + MONTHS[end.month - 1] + ' ' + end.year;
    if (end.year === from.year && end.month === from.month) return from.day + ' to ' + tail;
    const head = from.day + ' ' + MONTHS[from.month - 1];
    return (from.year === end.year ? head : head + ' ' + from.year) + ' to ' + tail;
  }

  function comparison(value, before) {
    if (!known(value) || !known(before) || before <= 0 || value > 100 * before) return '';
    if (value >= 4 * before) return fixed(value / before, 0) + ' times as much';
    const percent = (value - before) / before * 100;
    const written = fixed(Math.abs(percent), 0);
    if (written === '0') return 'as much';
    return written + ' % ' + (percent > 0 ? 'more' : 'less');
  }

  function compared(fmt, value, before, name) {
    const words = comparison(value, before);
    if (words) return [words, (words.endsWith('as much') ? ' as ' : ' than ') + name];
    return known(before) && value ? ['', name + ': ' + text(fmt, before)] : ['', ''];
  }

  function points(value, before) {
    if (!known(value) || !known(before)) return '';
    const written = fixed(Math.abs(value - before), 0);
    if (written === '0') return 'the same';
    return written + (written === '1' ? ' point ' : ' points ') + (value > before ? 'up' : 'down');
  }

  const wbFormats = { MISSING, fixed, quantity, text, addUp, wall, clock, day, moment, age, span, period,
    comparison, compared, points };
  if (typeof module !== 'undefined' && module.exports) module.exports = wbFormats;
  else root.wbFormats = wbFormats;
})(typeof window === 'undefined' ? globalThis : window);
