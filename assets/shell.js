// The shell's clientside callbacks (pages/_shell.py).
window.dash_clientside = Object.assign({}, window.dash_clientside, {
  wattboard_shell: {
    close: (cancelled, crossed) => (cancelled || crossed ? false : window.dash_clientside.no_update),
    menu: function (more, menu, search, path, open) {
      const by = window.dash_clientside.callback_context.triggered_id;
      if (by === 'wb-more-open' || by === 'wb-menu-open') return !open;
      return open ? false : window.dash_clientside.no_update;
    },
  },
});
