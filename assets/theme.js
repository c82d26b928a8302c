// The theme switch in the user menu and the phone's menu; theme-boot.js remembers and applies it.
(function () {
  'use strict';
  const root = document.documentElement;

  function paint() {
    document.querySelectorAll('[data-theme-choice]:not(html)').forEach((button) => {
      const on = String(button.dataset.themeChoice === root.dataset.themeChoice);
      if (button.getAttribute('aria-checked') !== on) button.setAttribute('aria-checked', on);
    });
  }

  document.addEventListener('click', (event) => {
    const button = event.target.closest('button[data-theme-choice]');
    if (button) { window.wbTheme.choose(button.dataset.themeChoice); paint(); }
    // A menu made of <details> closes when something else is clicked, or one of its links.
    document.querySelectorAll('details.wb-user[open]').forEach((menu) => {
      if (!menu.contains(event.target) || event.target.closest('.wb-menu-item')) menu.open = false;
    });
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    const menu = document.querySelector('details.wb-user[open]');
    if (menu) { menu.open = false; menu.querySelector('summary').focus(); }
  });
  new MutationObserver(paint).observe(root, { childList: true, subtree: true, attributes: true,
    attributeFilter: ['data-theme-choice'] });
})();
