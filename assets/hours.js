// The browser half of components/hours.py: devices × 24 hours, painted with mouse, finger or keyboard.
(function () {
  'use strict';
  const React = window.React;
  const h = React.createElement;
  const HOURS = 24;
  const two = (number) => String(number).padStart(2, '0');
  const span = (hour) => two(hour) + '–' + two(hour + 1);

  // What stands in a row now: what was painted, else what is stored.
  function lettersOf(row, edits) {
    const edit = edits[row.id];
    if (!edit) return row.hours;
    return edit.hours === '' ? row.standing : edit.hours;
  }

  // The edits of a day after `letters` were painted into a row; what is as stored is no edit.
  function edited(edits, row, letters) {
    const after = Object.assign({}, edits);
    delete after[row.id];
    if (letters === '' ? row.own : letters !== row.hours) after[row.id] = { hours: letters, version: row.version };
    return after;
  }

  function painted(rows, edits, box, letter) {
    let after = edits;
    for (let place = box.top; place <= box.bottom; place += 1) {
      const row = rows[place];
      const letters = lettersOf(row, after);
      after = edited(after, row, letters.slice(0, box.left) + letter.repeat(box.right - box.left + 1) + letters.slice(box.right + 1));
    }
    return after;
  }

  const boxOf = (one, other) => ({
    top: Math.min(one.row, other.row), bottom: Math.max(one.row, other.row),
    left: Math.min(one.hour, other.hour), right: Math.max(one.hour, other.hour),
  });
  const holds = (box, row, hour) => box && row >= box.top && row <= box.bottom && hour >= box.left && hour <= box.right;

  function HoursGrid(props) {
    const rows = props.rows || [];
    const brushes = props.brushes || [];
    const value = props.value || {};
    const day = props.day;
    const [brush, setBrush] = React.useState(brushes.length ? brushes[0].letter : '-');
    const [focus, setFocus] = React.useState({ row: 0, hour: 0 });
    const [anchor, setAnchor] = React.useState(null);
    const [draft, setDraft] = React.useState(null);
    const drag = React.useRef(null);
    const table = React.useRef(null);
    const stored = value[day] || {};
    const edits = draft || stored;
    const dirty = Object.keys(value).some((key) => Object.keys(value[key]).length);
    const brushOf = (letter) => brushes.find((one) => one.letter === letter) || brushes[brushes.length - 1];

    React.useEffect(() => {
      if (!dirty) return undefined;
      const warn = (event) => { event.preventDefault(); event.returnValue = ''; };
      window.addEventListener('beforeunload', warn);
      return () => window.removeEventListener('beforeunload', warn);
    }, [dirty]);

    const keep = (after) => {
      const days = Object.assign({}, value);
      if (Object.keys(after).length) days[day] = after; else delete days[day];
      props.setProps({ value: days });
    };

    // ---- mouse and finger
    const cellAt = (event) => {
      const cell = event.target.closest && event.target.closest('[data-hour]');
      return cell && table.current.contains(cell) ? { row: Number(cell.dataset.row), hour: Number(cell.dataset.hour) } : null;
    };
    const onPointerDown = (event) => {
      const cell = cellAt(event);
      if (!cell || !props.editable || event.button !== 0 || event.pointerType === 'touch') return;
      event.preventDefault();
      event.target.closest('[data-hour]').focus({ preventScroll: true });
      drag.current = { from: cell, base: stored };
      setAnchor(null);
      drawTo(cell);
    };
    const drawTo = (cell) => {
      setFocus(cell);
      drag.current.after = painted(rows, drag.current.base, boxOf(drag.current.from, cell), brush);
      setDraft(drag.current.after);
    };
    const onPointerMove = (event) => {
      const cell = drag.current && cellAt(event);
      if (cell) drawTo(cell);
    };
    React.useEffect(() => {
      const end = () => {
        if (!drag.current) return;
        keep(drag.current.after);
        drag.current = null;
        setDraft(null);
      };
      window.addEventListener('pointerup', end);
      window.addEventListener('pointercancel', end);
      return () => { window.removeEventListener('pointerup', end); window.removeEventListener('pointercancel', end); };
    });
    // A finger scrolls the row by moving and paints by a tap.
    const onClick = (event) => {
      const cell = cellAt(event);
      if (!cell || !props.editable || !event.nativeEvent || event.nativeEvent.pointerType !== 'touch') return;
      setFocus(cell);
      keep(painted(rows, stored, boxOf(cell, cell), brush));
    };

    // ---- keyboard
    const go = (to, extend) => {
      const next = { row: Math.max(0, Math.min(rows.length - 1, to.row)), hour: Math.max(0, Math.min(HOURS - 1, to.hour)) };
      setAnchor(extend ? anchor || focus : null);
      setFocus(next);
      const cell = table.current.querySelector('[data-row="' + next.row + '"][data-hour="' + next.hour + '"]');
      if (cell) cell.focus();
    };
    const paint = (letter) => props.editable && keep(painted(rows, stored, boxOf(anchor || focus, focus), letter));
    const onKeyDown = (event) => {
      if (!cellAt(event) || event.ctrlKey || event.metaKey || event.altKey) return;
      const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
      const move = moves[event.key];
      const number = Number(event.key) - 1;
      const named = brushes.find((one) => one.key === event.key.toUpperCase());
      if (move) go({ row: focus.row + move[0], hour: focus.hour + move[1] }, event.shiftKey);
      else if (event.key === 'Home') go({ row: focus.row, hour: 0 }, event.shiftKey);
      else if (event.key === 'End') go({ row: focus.row, hour: HOURS - 1 }, event.shiftKey);
      else if (event.key === 'Escape' && anchor) setAnchor(null);
      else if (event.key === 'Delete' || event.key === 'Backspace') paint('-');
      else if (event.key === ' ' || event.key === 'Enter') paint(brush);
      else if (named) paint(named.letter);
      else if (brushes[number]) paint(brushes[number].letter);
      else return;
      event.preventDefault();
    };

    const box = anchor ? boxOf(anchor, focus) : null;
    const count = ((props.event && props.event.count) || 0) + 1;
    const acts = (row) => h('td', { key: 'acts', className: 'wb-hours-acts' },
      h('button', {
        type: 'button', className: 'btn btn-link wb-btn wb-btn-sm', 'data-act': 'group',
        'aria-label': 'Apply the row of ' + row.name + ' to others',
        onClick: () => props.setProps({ event: { name: 'group', value: row.id, count: count } }),
      }, 'Apply to …'),
      day !== 'every' && (edits[row.id] ? edits[row.id].hours !== '' : row.own) ? h('button', {
        type: 'button', className: 'btn btn-link wb-btn wb-btn-sm', 'data-act': 'follow',
        'aria-label': row.name + ' as every day', onClick: () => keep(edited(stored, row, '')),
      }, 'As every day') : null);

    const cell = (row, place, letter, hour) => {
      const skipped = (props.skipped || []).includes(hour);
      const said = brushOf(letter);
      const meaning = letter === '-' ? said.label + ', ' + row.follows : said.label;
      const note = skipped ? ', skipped by the clock' : (props.twice || []).includes(hour) ? ', twice on this day' : '';
      const current = focus.row === place && focus.hour === hour;
      return h('td', {
        key: hour, role: 'gridcell', tabIndex: current ? 0 : -1,
        'data-row': place, 'data-hour': hour, 'data-letter': letter,
        'data-edited': letter !== row.hours[hour] ? 'true' : null,
        'data-skipped': skipped ? 'true' : null,
        'aria-selected': box ? String(holds(box, place, hour)) : null,
        'aria-label': row.name + ', ' + span(hour) + ': ' + meaning + note,
        title: span(hour) + ' · ' + meaning + note,
        className: 'wb-hour', onFocus: () => { if (!current) setFocus({ row: place, hour: hour }); },
      }, said.shown);
    };
    const head = h('thead', null, h('tr', null,
      h('th', { scope: 'col', className: 'wb-hours-name' }, 'Device'),
      Array.from({ length: HOURS }, (_, hour) => h('th', {
        key: hour, scope: 'col', title: span(hour) + ((props.twice || []).includes(hour) ? ', twice on this day' : ''),
      }, two(hour) + ((props.twice || []).includes(hour) ? '²' : ''))),
      props.editable ? h('th', { scope: 'col' }, h('span', { className: 'visually-hidden' }, 'Acts')) : null));
    const body = h('tbody', null, rows.map((row, place) => {
      const letters = lettersOf(row, edits);
      const own = edits[row.id] ? edits[row.id].hours !== '' : row.own;
      return h('tr', { key: row.id, 'data-device': row.id, 'data-inherited': day !== 'every' && !own ? 'true' : null },
        h('th', { scope: 'row', className: 'wb-hours-name' },
          h('span', { className: 'wb-hours-device' }, row.name),
          h('span', { className: 'wb-hours-place' }, row.place + (day !== 'every' && !own ? ' · as every day' : ''))),
        Array.from(letters, (letter, hour) => cell(row, place, letter, hour)),
        props.editable ? acts(row) : null);
    }));

    const chooser = h('div', { className: 'wb-hours-brushes', role: 'radiogroup', 'aria-label': 'Paint with' },
      brushes.map((one, place) => h('button', {
        key: one.letter, type: 'button', role: 'radio', className: 'wb-hours-brush', 'data-brush': one.letter,
        'aria-checked': String(one.letter === brush), title: one.meaning, disabled: !props.editable,
        onClick: () => setBrush(one.letter),
      }, h('span', { className: 'wb-hour wb-hour-swatch', 'data-letter': one.letter, 'aria-hidden': 'true' }, one.shown),
      h('span', null, one.label), props.editable ? h('kbd', null, place + 1) : null)));
    const devices = new Set();
    Object.keys(value).forEach((key) => Object.keys(value[key]).forEach((id) => devices.add(id)));
    const marker = h('span', { className: 'wb-hours-unsaved', role: 'status' },
      dirty ? h('span', { className: 'wb-chip wb-chip-late' }, 'Not saved: ' + devices.size + (devices.size === 1 ? ' device' : ' devices')) : null);
    return h('div', { id: props.id, className: 'wb-hours' },
      h('div', { className: 'wb-hours-bar' }, chooser, marker),
      h('div', { className: 'wb-hours-scroll' },
        h('table', {
          ref: table, role: 'grid', className: 'wb-hours-table' + (props.editable ? ' wb-hours-editable' : ''), 'aria-label': 'Hours by device',
          'aria-multiselectable': 'true', 'aria-readonly': String(!props.editable),
          onPointerDown, onPointerMove, onClick, onKeyDown,
        }, head, body)));
  }

  window.wattboard = Object.assign({}, window.wattboard, { HoursGrid: HoursGrid });
})();
