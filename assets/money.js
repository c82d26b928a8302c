// Tells an open Money page when the socket told of a posting, or came back after a break.
(function () {
  'use strict';
  const GATHER_MS = 2000; // a settlement posts day after day: one renewal for many
  let timer = null;

  function news() {
    if (timer !== null || !document.querySelector('[data-live-watch~="money/postings"]')) return;
    timer = window.setTimeout(() => {
      timer = null;
      const dash = window.dash_clientside;
      if (dash && dash.set_props && document.querySelector('[data-live-watch~="money/postings"]')) {
        dash.set_props('wb-money-news', { data: Date.now() });
      }
    }, GATHER_MS);
  }

  document.addEventListener('wb:frame', (event) => {
    const frame = event.detail;
    if ((frame.topic === 'money' && frame.type === 'update') || frame.type === 'gap') news();
  });
})();
