// Tells an open Money page when the ledger holds other postings than those it was drawn with.
(function () {
  'use strict';
  const GATHER_MS = 2000; // a settlement posts day after day: one renewal for many
  const page = () => document.querySelector('[data-live-watch~="money/postings"]');
  let timer = null;

  function news() {
    if (timer !== null) return;
    timer = window.setTimeout(() => {
      timer = null;
      const dash = window.dash_clientside;
      if (dash && dash.set_props && page()) dash.set_props('wb-money-news', { data: Date.now() });
    }, GATHER_MS);
  }

  document.addEventListener('wb:frame', (event) => {
    const frame = event.detail, shown = page();
    if (frame.topic !== 'money' || !shown || !frame.data) return;
    const postings = String(frame.data.postings);
    if (postings === shown.dataset.postings) return;
    shown.dataset.postings = postings;
    news();
  });
})();
