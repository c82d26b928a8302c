// Tells Dash when jobs began, ended or are overdue: the list, or the page of one job, is drawn anew.
(function () {
  'use strict';
  const GATHER_MS = 700;
  const page = () => document.querySelector('.wb-jobs');

  function hears(frame) {
    const shown = page();
    if (frame.topic !== 'job' || frame.type !== 'update' || !shown) return false;
    return !shown.dataset.job || frame.data.jobs.includes(shown.dataset.job);
  }

  window.wattboard_news(GATHER_MS, hears, (setProps) => {
    if (page()) setProps(page().dataset.news, { data: Date.now() });
  });
})();
