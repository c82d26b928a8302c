// Tells Dash of the drill under way: banner of every page, and the page that follows it. Prints reports.
(function () {
  'use strict';
  const GATHER_MS = 150;
  let before = null;

  document.addEventListener('wb:frame', (event) => {
    const frame = event.detail;
    if (frame.topic !== 'system' || !frame.data || frame.data.drill === undefined) return;
    const now = JSON.stringify(frame.data.drill);
    const known = before;
    before = now;
    if (known === null || known === now) return;
    const dash = window.dash_clientside;
    if (dash && dash.set_props && document.getElementById('wb-drill-banner')) dash.set_props('wb-drill-news', { data: Date.now() });
  });

  window.wattboard_news(GATHER_MS, (frame) => frame.topic === 'drill' && frame.type === 'update', (setProps) => {
    if (document.querySelector('.wb-drills')) setProps('drills-news', { data: Date.now() });
  });

  document.addEventListener('click', (event) => {
    if (event.target.closest('[data-print]')) window.print();
  });
})();
