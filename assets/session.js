// An open page whose session has ended goes to the login, and comes back after it; a callback that is
// refused for another reason says so.
// (Dash loads this after live.js, which asks for it only when a socket closes.)
(function () {
  'use strict';
  const plainFetch = window.fetch;
  const LEAVING_MS = 4000; // a download also begins like leaving, but the page stays
  const CALLBACKS = '/_dash-update-component';
  const ANSWER_MS = 400; // a callback that ended the session says itself where the page goes
  const PATIENCE_MS = 4000;
  let leavingAt = -LEAVING_MS, going = false, asked = 0, answeredAt = -ANSWER_MS;

  const leaving = () => performance.now() - leavingAt < LEAVING_MS;
  window.addEventListener('beforeunload', () => { leavingAt = performance.now(); });

  const answering = () => asked > 0 || performance.now() - answeredAt < ANSWER_MS;

  function signIn(until) {
    if (going || leaving()) return;
    const end = typeof until === 'number' ? until : performance.now() + PATIENCE_MS;
    if (answering() && performance.now() < end) { window.setTimeout(signIn, 50, end); return; }
    going = true;
    if (location.pathname === '/kiosk') location.reload(); // the wall shows how to pair again
    else location.assign('/login?next=' + encodeURIComponent(location.pathname + location.search));
  }

  window.fetch = function (resource, options) {
    const callback = new URL(resource.url || resource, location.href).pathname === CALLBACKS;
    if (callback) asked += 1;
    const done = () => { if (callback) { asked -= 1; answeredAt = performance.now(); } };
    return plainFetch.call(this, resource, options).finally(done).then((response) => {
      const url = new URL(response.url || location.href, location.href);
      if (response.ok || url.origin !== location.origin) return response;
      if (response.status === 401) signIn();
      else if (url.pathname === CALLBACKS && !leaving()) window.wbNotices.refused(response);
      return response;
    });
  };

  window.wbSession = { leaving: leaving, signIn: signIn };
})();
