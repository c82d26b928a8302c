// Tells Dash when the socket told of an event, or came back after a break: bell and list are read anew.
// Another page of the list begins at its top.
(function () {
  'use strict';
  const GATHER_MS = 300; // many events together are one renewal

  document.addEventListener('click', (event) => {
    if (event.target.closest('#events-list .wb-pager button')) document.getElementById('events-part').scrollIntoView();
  });

  const hears = (frame) => frame.topic === 'event' && frame.type === 'update';
  window.wattboard_news(GATHER_MS, hears, (setProps) => {
    if (document.querySelector('.wb-bell-slot')) setProps('wb-events-news', { data: Date.now() });
  });
})();
