// An open page whose session has ended goes to the login, and comes back after it.
// (Dash loads this after live.js, which asks for it only when a socket closes.)
(function () {
  'use strict';
  const plainFetch = window.fetch;
  const LEAVING_MS = 4000; // a download also begins like leaving, but the page stays
  let leavingAt = -LEAVING_MS, going = false;

  const leaving = () => performance.now() - leavingAt < LEAVING_MS;
  window.addEventListener('beforeunload', () => { leavingAt = performance.now(); });

  function signIn() {
    if (going || leaving()) return;
    going = true;
    if (location.pathname === '/kiosk') location.reload(); // the wall shows how to pair again
    else location.assign('/login?next=' + encodeURIComponent(location.pathname + location.search));
  }

  window.fetch = function (resource, options) {
    return plainFetch.call(this, resource, options).then((response) => {
      const own = new URL(response.url || location.href, location.href).origin === location.origin;
      if (response.status === 401 && own) signIn();
      return response;
    });
  };

  window.wbSession = { leaving: leaving, signIn: signIn };
})();
