// Tells Dash when a device or a command has news that no live value shows: the cards are drawn anew.
// Power and its age are written by live-page.js; a report that says the same again is no news.
(function () {
  'use strict';
  const GATHER_MS = 150;
  const said = new Map();

  function words(device) {
    const state = Object.assign({}, device.state, { power_kw: null, soc_percent: null });
    return JSON.stringify([state, device.status, device.available, device.version, device.controlled_by]);
  }

  function hears(frame) {
    if (frame.type !== 'update') return false;
    if (frame.topic === 'command') return true;
    if (frame.topic !== 'device') return false;
    const now = words(frame.data), before = said.get(frame.data.device_id);
    said.set(frame.data.device_id, now);
    return before !== now;
  }

  window.wattboard_news(GATHER_MS, hears, (setProps) => {
    const page = document.querySelector('.wb-devices');
    if (page) setProps(page.dataset.news, { data: Date.now() });
  });
})();
