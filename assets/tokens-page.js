// The Tokens page: a closed sheet keeps no secret; buttons that copy a text.
(function () {
  'use strict';
  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    wattboard_tokens: { empty: (open) => (open ? window.dash_clientside.no_update : []) },
  });

  function select(text) {
    const range = document.createRange();
    range.selectNodeContents(text);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  }

  // Without TLS, on another host than this machine, browsers have no clipboard object.
  function copy(text) {
    if (navigator.clipboard) return navigator.clipboard.writeText(text.textContent);
    select(text);
    return document.execCommand('copy') ? Promise.resolve() : Promise.reject(new Error('refused'));
  }

  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-copy]');
    const text = button && document.querySelector(button.dataset.copy);
    if (!text) return;
    const say = (words) => { button.lastChild.textContent = words; };
    copy(text).then(
      () => {
        say('Copied');
        setTimeout(() => say('Copy'), 2000);
      },
      () => { select(text); say('Press Ctrl C'); },
    );
  });
})();
