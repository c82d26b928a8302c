// The browser half of components/native.py: three React components without a build step.
(function () {
  'use strict';
  const React = window.React;
  const h = React.createElement;
  const formats = () => window.wbFormats; // loaded after this file

  function Svg(props) {
    return h('span', {
      id: props.id,
      className: 'wb-svg ' + (props.className || ''),
      dangerouslySetInnerHTML: { __html: props.markup || '' },
    });
  }

  // ---- Events: one listener instead of a callback per button
  function Events(props) {
    const root = React.useRef(null);
    const latest = React.useRef(props);
    latest.current = props;

    const keys = () => Array.from(root.current.querySelectorAll('[data-select]'), (el) => el.dataset.select);
    const paint = () => {
      if (!root.current) return;
      const chosen = new Set(latest.current.selected || []);
      root.current.querySelectorAll('[data-select]').forEach((el) => {
        const on = String(chosen.has(el.dataset.select));
        if (el.getAttribute('aria-checked') !== on) el.setAttribute('aria-checked', on);
        const row = el.closest('[role=row], tr');
        if (row && row.getAttribute('aria-selected') !== on) row.setAttribute('aria-selected', on);
      });
      const all = root.current.querySelector('[data-select-all]');
      if (!all) return;
      const shown = keys();
      const count = shown.filter((key) => chosen.has(key)).length;
      const state = count === 0 ? 'false' : count === shown.length ? 'true' : 'mixed';
      if (all.getAttribute('aria-checked') !== state) all.setAttribute('aria-checked', state);
    };
    React.useEffect(() => {
      paint();
      const watcher = new MutationObserver(paint);
      watcher.observe(root.current, { childList: true, subtree: true });
      return () => watcher.disconnect();
    }, []);
    React.useEffect(paint);

    const act = (target) => {
      const el = target.closest('[data-set],[data-select],[data-select-all],[data-act]');
      if (!el || !root.current.contains(el)) return false;
      const now = latest.current;
      if (el.dataset.set) {
        now.setProps({ query: Object.assign({}, now.query, JSON.parse(el.dataset.set)) });
      } else if (el.dataset.select !== undefined) {
        const chosen = new Set(now.selected || []);
        if (!chosen.delete(el.dataset.select)) chosen.add(el.dataset.select);
        now.setProps({ selected: Array.from(chosen) });
      } else if (el.dataset.selectAll !== undefined) {
        const shown = keys();
        const chosen = new Set(now.selected || []);
        const full = shown.every((key) => chosen.has(key));
        shown.forEach((key) => (full ? chosen.delete(key) : chosen.add(key)));
        now.setProps({ selected: Array.from(chosen) });
      } else {
        const count = ((now.event && now.event.count) || 0) + 1;
        now.setProps({ event: { name: el.dataset.act, value: el.dataset.value || null, count: count } });
      }
      return true;
    };
    const onClick = (event) => {
      const link = event.target.closest('a, input, select, textarea');
      if (link && root.current.contains(link)) return;
      act(event.target);
    };
    const onKeyDown = (event) => {
      const row = event.target.closest('tr[tabindex], [role=row][tabindex]');
      if (!row || event.target !== row) return;
      if (event.key === 'Enter') {
        if (act(row)) event.preventDefault();
      } else if (event.key === ' ') {
        const box = row.querySelector('[data-select]');
        if (box) { event.preventDefault(); act(box); }
      } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        const rows = Array.from(root.current.querySelectorAll('tr[tabindex], [role=row][tabindex]'));
        const next = rows[rows.indexOf(row) + (event.key === 'ArrowDown' ? 1 : -1)];
        if (next) { event.preventDefault(); next.focus(); }
      }
    };
    return h('div', { id: props.id, className: props.className, ref: root, onClick, onKeyDown }, props.children);
  }

  // ---- PeriodPicker
  const DAY = 86400000;
  const asDate = (iso) => new Date(iso + 'T00:00:00Z');
  const asIso = (date) => date.toISOString().slice(0, 10);
  const add = (iso, days) => asIso(new Date(asDate(iso).getTime() + days * DAY));
  const KINDS = { day: 'Day', week: 'Week', month: 'Month', year: 'Year', custom: 'Custom' };
  const BEFORE = { day: 'day before', week: 'week before', month: 'month before', year: 'year before',
    custom: 'time before' };

  function start(kind, iso) {
    const date = asDate(iso);
    if (kind === 'week') return add(iso, -((date.getUTCDay() + 6) % 7));
    if (kind === 'month') return iso.slice(0, 8) + '01';
    if (kind === 'year') return iso.slice(0, 4) + '-01-01';
    return iso;
  }
  function end(kind, first, last) {
    const date = asDate(first);
    if (kind === 'week') return add(first, 6);
    if (kind === 'month') return asIso(new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)));
    if (kind === 'year') return first.slice(0, 4) + '-12-31';
    if (kind === 'custom') return last || first;
    return first;
  }
  function shift(value, steps) {
    const first = start(value.kind, value.date), date = asDate(first);
    if (value.kind === 'month') {
      return { date: asIso(new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + steps, 1))) };
    }
    if (value.kind === 'year') return { date: (date.getUTCFullYear() + steps) + '-01-01' };
    const last = end(value.kind, first, value.end);
    const days = Math.round((asDate(last) - asDate(first)) / DAY) + 1;
    return { date: add(first, steps * days), end: value.kind === 'custom' ? add(last, steps * days) : null };
  }
  function compared(value) {
    const back = Object.assign({}, value, shift(value, -1));
    const first = start(back.kind, back.date);
    const words = formats().period(back.kind, first, end(back.kind, first, back.end));
    return back.kind === 'day' || back.kind === 'week' || back.kind === 'custom' ? words.replace(/ \d{4}$/, '') : words;
  }

  function iconSpan(name) {
    return h('span', { className: 'wb-icon wb-i-' + name, 'aria-hidden': 'true' });
  }

  function PeriodPicker(props) {
    const value = Object.assign({ kind: 'day', date: props.today, end: null, compare: false }, props.value);
    const today = props.today || value.date;
    const first = start(value.kind, value.date);
    const last = end(value.kind, first, value.end);
    const change = (part) => props.setProps({ value: Object.assign({}, value, part) });
    const kinds = props.kinds || ['day', 'week', 'month', 'year', 'custom'];

    const choose = (kind) => {
      if (kind === 'custom') return change({ kind: kind, date: first, end: last < today ? last : today });
      // Going finer from a span that holds today lands on today, else on its first day.
      const inside = first <= today && today <= last;
      change({ kind: kind, date: start(kind, inside ? today : first), end: null });
    };
    const segments = h('div', { className: 'wb-segments', role: 'radiogroup', 'aria-label': 'Period' },
      kinds.map((kind) => h('button', {
        key: kind, type: 'button', role: 'radio', className: 'wb-segment',
        'aria-checked': String(kind === value.kind), onClick: () => choose(kind),
      }, KINDS[kind])));
    const future = last >= today;
    const past = props.first && first <= props.first;
    const arrow = (name, label, steps, disabled) => h('button', {
      type: 'button', className: 'btn btn-outline-secondary wb-btn wb-btn-icon', 'aria-label': label,
      title: label, disabled: Boolean(disabled), onClick: () => change(shift(value, steps)),
    }, iconSpan(name));
    const label = value.kind === 'custom'
      ? h('span', { className: 'wb-period-custom' },
        h('input', { type: 'date', className: 'form-control wb-date', 'aria-label': 'First day', value: first,
          min: props.first, max: today,
          onChange: (event) => event.target.value && change({ date: event.target.value,
            end: event.target.value > last ? event.target.value : last }) }),
        h('span', { className: 'wb-muted' }, 'to'),
        h('input', { type: 'date', className: 'form-control wb-date', 'aria-label': 'Last day', value: last,
          min: first, max: today,
          onChange: (event) => event.target.value && change({ end: event.target.value }) }))
      : h('span', { className: 'wb-period-label', 'aria-live': 'polite' }, formats().period(value.kind, first, last));
    const compare = props.comparable === false ? null : h('button', {
      type: 'button', className: 'btn btn-outline-secondary wb-btn wb-period-compare',
      'aria-pressed': String(Boolean(value.compare)), title: 'Draw the ' + BEFORE[value.kind] + ' too',
      onClick: () => change({ compare: !value.compare }),
    }, value.compare ? iconSpan('check') : null, value.compare ? 'Compare with ' + compared(value) : 'Compare');
    return h('div', { id: props.id, className: 'wb-period', role: 'group', 'aria-label': 'Period shown' },
      segments,
      h('span', { className: 'wb-period-move' },
        arrow('left', 'Back', -1, past), label, arrow('right', 'Forth', 1, future)),
      compare);
  }

  window.wattboard = { Svg: Svg, Events: Events, PeriodPicker: PeriodPicker };
})();
