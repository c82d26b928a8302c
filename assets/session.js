// An open page whose session has ended goes to the login, and comes back after it.
(function () {
  'use strict';
  const plainFetch = window.fetch;
  let leaving = false;

  function signIn() {
    if (leaving) return;
    leaving = true;
    if (location.pathname === '/kiosk') location.reload(); // the wall page shows how to pair again
    else location.assign('/login?next=' + encodeURIComponent(location.pathname + location.search));
  }

  window.fetch = function (resource, options) {
    return plainFetch.call(this, resource, options).then((response) => {
      const own = new URL(response.url || location.href, location.href).origin === location.origin;
      if (response.status === 401 && own) signIn();
      return response;
    });
  };
})();
