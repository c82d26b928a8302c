// Tells Dash when a rule may have decided something: lists and log are drawn anew.
(function () {
  'use strict';
  const GATHER_MS = 300; // a firing is several commands

  const hears = (frame) => frame.type === 'update' && (frame.topic === 'command' || frame.topic === 'event');
  window.wattboard_news(GATHER_MS, hears, (setProps) => {
    const page = document.querySelector('.wb-automation');
    if (page) setProps(page.dataset.news, { data: Date.now() });
  });
})();
