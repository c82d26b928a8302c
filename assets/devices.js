// Tells Dash when a device or a command has news that no live value shows: the cards are drawn anew.
// Power and its age are written by live-page.js; a report that says the same again is no news.
(function () {
  'use strict';
  const GATHER_MS = 150;
  const said = new Map();
  let timer = null;

  function news() {
    if (timer !== null) return;
    timer = window.setTimeout(() => {
      timer = null;
      const dash = window.dash_clientside;
      const page = document.querySelector('.wb-devices');
      if (dash && dash.set_props && page) dash.set_props(page.dataset.news, { data: Date.now() });
    }, GATHER_MS);
  }

  function words(device) {
    const state = Object.assign({}, device.state, { power_kw: null, soc_percent: null });
    return JSON.stringify([state, device.status, device.available, device.version, device.controlled_by]);
  }

  let lost = false;
  document.addEventListener('wb:frame', (event) => {
    const frame = event.detail;
    if (frame.type === 'gap' || (frame.topic === 'command' && frame.type === 'update')) news();
    if (frame.topic !== 'device' || frame.type !== 'update') return;
    const now = words(frame.data), before = said.get(frame.data.device_id);
    said.set(frame.data.device_id, now);
    if (before !== now) news();
  });
  document.addEventListener('wb:live', (event) => {
    if (event.detail.state === 'lost') lost = true;
    else if (event.detail.state === 'live' && lost) { lost = false; news(); }
  });
})();
