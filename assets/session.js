// An open page whose session has ended goes to the login, and comes back after it; a callback that is
// refused for another reason says so.
// (Dash loads this after live.js, which asks for it only when a socket closes.)
(function () {
  'use strict';
  const plainFetch = window.fetch;
  const LEAVING_MS = 4000; // a download also begins like leaving, but the page stays
  const CALLBACKS = '/_dash-update-component';
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
      const url = new URL(response.url || location.href, location.href);
      if (response.ok || url.origin !== location.origin) return response;
      if (response.status === 401) signIn();
      else if (url.pathname === CALLBACKS && !leaving()) window.wbNotices.refused(response);
      return response;
    });
  };

  window.wbSession = { leaving: leaving, signIn: signIn };
})();
