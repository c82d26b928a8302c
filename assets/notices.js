// Notices at the lower right that the browser makes by itself: a refused callback, a download under way.
// One mapping from a refusal to words: the server's own message, or what its status means.
(function () {
  'use strict';
  const STAYS_MS = 6000;
  const TITLES = { 400: 'Not understood', 403: 'Not allowed', 404: 'Not found', 409: 'Changed meanwhile', 413: 'Too much at once',
    422: 'Not accepted', 429: 'Too many requests', 503: 'Not available now' };
  const WORDS = { 403: 'You may not do this.', 404: 'It is not there any more.', 413: 'Send less at once.', 429: 'Wait a moment, then try again.' };
  const FAILED = 'The server could not do this. Try again in a moment.';

  function refusal(response) {
    const status = response.status, wait = Number(response.headers.get('Retry-After'));
    return response.clone().json().then((body) => body.error.message, () => null).then((message) => ({
      title: TITLES[status] || (status >= 500 ? 'Something failed' : 'Refused'),
      words: (message || WORDS[status] || FAILED) + (wait > 0 ? ' Try again in ' + wbFormats.span(Math.ceil(wait)) + '.' : ''),
    }));
  }

  const made = (tag, css, text) => {
    const el = document.createElement(tag);
    if (css) el.className = css;
    if (text) el.textContent = text;
    return el;
  };

  function button(label, act) {
    const el = made('button', 'btn btn-outline-secondary wb-btn wb-btn-sm', label);
    el.type = 'button';
    el.addEventListener('click', act);
    return el;
  }

  // A notice with an icon, a title, words, and one button; without a place for it (the wall) there is none.
  function open(options) {
    const place = document.getElementById('wb-notices');
    if (!place) return null;
    const root = made('section', 'wb-notice'), icon = made('span'), title = made('strong'), words = made('div');
    const text = made('div', 'wb-notice-words');
    let act = null, timer = null;
    const close = () => { window.clearTimeout(timer); root.remove(); };
    const press = button('Close', () => (act || close)());
    title.id = 'wb-notice-' + open.count++;
    root.setAttribute('aria-labelledby', title.id);
    text.append(title, words);
    root.append(icon, text, press);

    const notice = {
      root: root, text: text, press: press, close: close,
      // What it tells now: {tone, icon, title, words, label, act}; what is left out stays.
      tell: function (news) {
        if (news.tone) icon.className = 'wb-icon wb-i-' + news.icon + ' wb-tone-' + news.tone;
        if (news.title) title.textContent = news.title;
        if (news.words !== undefined) words.textContent = news.words;
        if (news.label) { press.textContent = news.label; act = news.act || null; }
      },
      // Closes by itself, but not under somebody's pointer or focus.
      fade: function () {
        timer = window.setTimeout(() => (root.matches(':hover, :focus-within') ? notice.fade() : close()), STAYS_MS);
      },
    };
    notice.tell(options);
    if (options.alert) root.setAttribute('role', 'alert');
    place.append(root);
    return notice;
  }
  open.count = 1;

  // A region that is there before it speaks, or screen readers would not hear it.
  function announce(words) {
    const region = document.getElementById('wb-announce');
    if (region) region.textContent = words;
  }

  const shown = new Map();
  // What was refused, once however many requests it befell; it stays until it is closed.
  function refused(response) {
    return refusal(response).then((said) => {
      const key = said.title + ' ' + said.words, before = shown.get(key);
      if (before && before.root.isConnected) return;
      shown.set(key, open({ tone: 'fault', icon: 'fault', title: said.title, words: said.words, alert: true }));
    });
  }

  window.wbNotices = { open: open, announce: announce, refusal: refusal, refused: refused, made: made };
})();
