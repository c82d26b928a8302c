// Tells an open Money page when the ledger holds other postings than those it was drawn with.
(function () {
  'use strict';
  const GATHER_MS = 2000; // a settlement posts day after day: one renewal for many
  const page = () => document.querySelector('[data-live-watch~="money/postings"]');

  function hears(frame) {
    const shown = page();
    if (frame.topic !== 'money' || !shown || !frame.data) return false;
    const postings = String(frame.data.postings);
    if (postings === shown.dataset.postings) return false;
    shown.dataset.postings = postings;
    return true;
  }

  window.wattboard_news(GATHER_MS, hears, (setProps) => {
    if (page()) setProps('wb-money-news', { data: Date.now() });
  });
})();
