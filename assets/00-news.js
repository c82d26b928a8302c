// Gathers news for Dash: many frames at once, and a socket that came back after a break, are one renewal.
// hears(frame) tells whether a frame of the socket is news; tell() passes it on.
window.wattboard_news = function (gatherMs, hears, tell) {
  'use strict';
  let timer = null, lost = false;

  function news() {
    if (timer !== null) return;
    timer = window.setTimeout(() => {
      timer = null;
      if (window.dash_clientside && window.dash_clientside.set_props) tell(window.dash_clientside.set_props);
    }, gatherMs);
  }

  document.addEventListener('wb:frame', (event) => {
    if (event.detail.type === 'gap' || hears(event.detail)) news();
  });
  document.addEventListener('wb:live', (event) => {
    if (event.detail.state === 'lost') lost = true;
    else if (event.detail.state === 'live' && lost) { lost = false; news(); }
  });
};
