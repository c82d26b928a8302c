// Tells Dash when the socket told of an event, or came back after a break: bell and list are read anew.
// Another page of the list begins at its top.
(function () {
  'use strict';
  const GATHER_MS = 300; // many events together are one renewal
  let timer = null;

  function news() {
    if (timer !== null) return;
    timer = window.setTimeout(() => {
      timer = null;
      const dash = window.dash_clientside;
      if (dash && dash.set_props && document.querySelector('.wb-bell-slot')) dash.set_props('wb-events-news', { data: Date.now() });
    }, GATHER_MS);
  }

  document.addEventListener('click', (event) => {
    if (event.target.closest('#events-list .wb-pager button')) document.getElementById('events-part').scrollIntoView();
  });

  let lost = false;
  document.addEventListener('wb:frame', (event) => {
    if (event.detail.topic === 'event' && event.detail.type === 'update') news();
    if (event.detail.type === 'gap') news();
  });
  document.addEventListener('wb:live', (event) => {
    if (event.detail.state === 'lost') lost = true;
    else if (event.detail.state === 'live' && lost) { lost = false; news(); }
  });
})();
