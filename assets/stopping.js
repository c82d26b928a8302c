// Tells Dash when the socket says that automatic control was stopped or resumed: banner and button are drawn anew.
(function () {
  'use strict';
  let before = null;
  document.addEventListener('wb:frame', (event) => {
    const frame = event.detail;
    if (frame.topic !== 'system' || !frame.data || !frame.data.automatic) return;
    const now = JSON.stringify(frame.data.automatic);
    const known = before;
    before = now;
    if (known === null || known === now) return;
    const dash = window.dash_clientside;
    if (dash && dash.set_props && document.getElementById('wb-stop-slot')) dash.set_props('wb-stop-news', { data: Date.now() });
  });
})();
