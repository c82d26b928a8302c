// Runs in the head, before the first paint: the remembered theme, else the system's.
(function () {
  'use strict';
  const root = document.documentElement;
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const KEY = 'wb-theme';
  function choice() {
    try { return localStorage.getItem(KEY) || 'system'; } catch (error) { return 'system'; }
  }
  function apply() {
    const chosen = choice();
    const theme = chosen === 'system' ? (dark.matches ? 'dark' : 'light') : chosen;
    root.dataset.themeChoice = chosen;
    if (root.getAttribute('data-bs-theme') === theme) return;
    root.setAttribute('data-bs-theme', theme);
    document.dispatchEvent(new CustomEvent('wb:theme', { detail: theme }));
  }
  window.wbTheme = {
    choose(name) {
      try { localStorage.setItem(KEY, name); } catch (error) { /* private window: for this page only */ }
      root.dataset.themeChoice = name;
      apply();
    },
    choice: choice,
  };
  dark.addEventListener('change', apply);
  window.addEventListener('storage', (event) => { if (event.key === KEY) apply(); });
  apply();
})();
