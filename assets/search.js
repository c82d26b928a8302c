// The search dialog (components/search.py): Ctrl K or Cmd K opens it, arrows choose, Enter goes there
// without loading the page anew. The list is asked for by one callback per typed text (pages/_shell.py).
(function () {
  'use strict';
  const dialog = () => document.getElementById('wb-find');
  const field = () => document.getElementById('wb-find-text');
  const list = () => document.getElementById('wb-find-list');
  const options = () => [...(list() ? list().children : [])];
  let entering = false; // Enter was pressed before the answer to what is typed had come

  function open() {
    const box = dialog();
    if (!box || box.open || document.querySelector('.modal.show, .wb-wall')) return;
    describe(field());
    if (field().value) write('');
    box.showModal();
    field().focus();
    choose(options()[0]);
  }

  // As a person would type it, so that React hears of it.
  function write(text) {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field(), text);
    field().dispatchEvent(new Event('input', { bubbles: true }));
  }

  function describe(input) {
    const words = { role: 'combobox', 'aria-label': 'Page, room or sensor', 'aria-autocomplete': 'list',
      'aria-controls': 'wb-find-list', 'aria-expanded': 'true', 'aria-haspopup': 'listbox', spellcheck: 'false' };
    for (const name in words) input.setAttribute(name, words[name]);
  }

  const chosen = () => options().find((option) => option.getAttribute('aria-selected') === 'true');

  function choose(option) {
    for (const each of options()) each.setAttribute('aria-selected', String(each === option));
    if (!option) { field().removeAttribute('aria-activedescendant'); return; }
    field().setAttribute('aria-activedescendant', option.id);
    option.scrollIntoView({ block: 'nearest' });
  }

  function step(by) {
    const all = options();
    if (all.length) choose(all[(all.indexOf(chosen()) + by + all.length) % all.length]);
  }

  const answered = () => list() && list().dataset.query === field().value;

  function enter() {
    if (!answered()) { entering = true; return; }
    entering = false;
    const option = chosen();
    if (option) go(option.getAttribute('href'));
  }

  // The way of Dash's own links.
  function go(href) {
    dialog().close();
    if (href === location.pathname + location.search) return;
    history.pushState({}, '', href);
    window.dispatchEvent(new CustomEvent('_dashprivate_pushstate'));
    window.scrollTo(0, 0);
  }

  function onKey(event) {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k') {
      if (!dialog()) return;
      event.preventDefault();
      if (dialog().open) dialog().close(); else open();
      return;
    }
    if (!dialog() || !dialog().open || event.isComposing) return;
    if (event.key === 'ArrowDown') step(1);
    else if (event.key === 'ArrowUp') step(-1);
    else if (event.key === 'Enter' && event.target === field()) enter();
    else return;
    event.preventDefault();
  }

  function onClick(event) {
    const at = event.target;
    if (!at.closest) return;
    if (at.closest('[data-search-open]')) { open(); return; }
    if (at === dialog() || at.closest('.wb-find [data-part="close"]')) { dialog().close(); return; }
    const option = at.closest('.wb-find-hit');
    if (!option || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(option.getAttribute('href'));
  }

  let shownFor = null;
  function onChange() {
    const now = list();
    if (!now || !dialog().open) return;
    if (now.dataset.query !== shownFor || !chosen()) {
      shownFor = now.dataset.query;
      choose(options()[0]);
    }
    if (entering && answered()) enter();
  }

  function start() {
    document.addEventListener('keydown', onKey);
    document.addEventListener('click', onClick);
    document.addEventListener('input', (event) => { if (event.target === field()) entering = false; });
    new MutationObserver(onChange).observe(document.body, { subtree: true, childList: true,
      attributes: true, attributeFilter: ['data-query'] });
  }

  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
  else start();
})();
