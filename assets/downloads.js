// A click on a download link, seen through: what comes, how far it is, Cancel, and then a file to save.
// The links stay links: the browser itself downloads without this script, with a key held down, and what is
// larger than may be gathered here.
(function () {
  'use strict';
  const ROWS = 'X-Wattboard-Rows';
  const CLOSED_MS = 500;
  const PAINT_MS = 500, SPEAK_MS = 5000; // screen readers are told less often
  const FOLD_BYTES = 16e6; // gathered pieces become one blob, which the browser may keep on disk
  const JUDGE_BYTES = 1e6; // from here on the size of the whole can be foretold
  const BESIDE_ROWS = { 'text/csv': 1, 'application/json': 2 }; // lines that are no rows; other files have no lines
  const settings = { largestBytes: 512e6 };
  const running = new Map();
  const count = (number) => wbFormats.fixed(number, 0);

  function size(bytes) {
    if (bytes < 1e3) return bytes + ' B';
    if (bytes < 1e6) return count(bytes / 1e3) + ' kB';
    return bytes < 1e9 ? wbFormats.fixed(bytes / 1e6, 1) + ' MB' : wbFormats.fixed(bytes / 1e9, 2) + ' GB';
  }

  function lines(piece) {
    let found = 0;
    for (let at = piece.indexOf(10); at !== -1; at = piece.indexOf(10, at + 1)) found++;
    return found;
  }

  const rows = (job) => Math.max(0, job.lines - job.beside);
  const took = (job) => wbFormats.span((performance.now() - job.startedAt) / 1000);
  const percent = (job) => (job.total && job.beside ? Math.min(99, Math.floor(100 * rows(job) / job.total)) : null);

  function progress(job) {
    if (!job.name) return 'waiting for the first byte · ' + took(job);
    const whole = percent(job), told = [];
    if (whole !== null) told.push(whole + ' %', count(rows(job)) + ' of about ' + count(job.total) + ' rows');
    else if (job.beside) told.push(count(rows(job)) + ' rows');
    else if (job.total) told.push('about ' + count(job.total) + ' rows in all');
    return told.concat(size(job.bytes), took(job)).join(' · ');
  }

  function paint(job) {
    const whole = percent(job);
    job.notice.tell({ words: progress(job) });
    job.bar.hidden = whole === null;
    if (whole === null) return;
    job.bar.setAttribute('aria-valuenow', whole);
    job.bar.firstChild.style.width = whole + '%';
  }

  function speak(job) {
    const whole = percent(job);
    wbNotices.announce(job.what + ': ' + (whole === null ? size(job.bytes) : whole + ' percent'));
  }

  // ---- the file
  function nameOf(response, href) {
    const told = /filename="([^"]+)"/.exec(response.headers.get('Content-Disposition') || '');
    return told ? told[1] : decodeURIComponent(new URL(href).pathname.split('/').pop());
  }

  function leaveToBrowser(href, name) {
    const link = wbNotices.made('a');
    link.href = href;
    link.download = name;
    link.dataset.plain = '1';
    document.body.append(link);
    link.click();
    link.remove();
  }

  function tooLarge(job) {
    const foretold = job.bytes > JUDGE_BYTES && percent(job) !== null ? job.bytes / rows(job) * job.total : 0;
    return Math.max(job.bytes, foretold) > settings.largestBytes;
  }

  async function receive(job, response) {
    const type = response.headers.get('Content-Type') || '', reader = response.body.getReader();
    job.beside = BESIDE_ROWS[type.split(';')[0]] || 0;
    job.total = Number(response.headers.get(ROWS)) || 0;
    job.name = nameOf(response, job.href);
    let parts = [], pieces = [], loose = 0;
    const fold = () => { parts.push(new Blob(pieces)); pieces = []; loose = 0; };
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      pieces.push(value);
      loose += value.length;
      job.bytes += value.length;
      if (job.beside) job.lines += lines(value);
      if (loose > FOLD_BYTES) fold();
      if (tooLarge(job)) { job.handedOver = true; job.stop.abort(); }
    }
    fold();
    return new Blob(parts, { type: type });
  }

  function save(job, blob) {
    const url = URL.createObjectURL(blob);
    leaveToBrowser(url, job.name);
    window.setTimeout(() => URL.revokeObjectURL(url), 60000);
    const told = job.beside ? [count(rows(job)) + ' rows'] : [];
    return { tone: 'ok', icon: 'check', words: ['Saved as ' + job.name].concat(told, size(job.bytes), took(job)).join(' · ') };
  }

  // ---- its course
  async function fetched(job) {
    const response = await fetch(job.href, { signal: job.stop.signal });
    if (response.redirected && new URL(response.url).pathname === '/login') {
      wbSession.signIn();
      return { tone: 'late', icon: 'clock', words: 'You were signed out. Nothing was saved.' };
    }
    if (response.ok) return save(job, await receive(job, response));
    const said = await wbNotices.refusal(response);
    return { tone: 'fault', icon: 'fault', words: said.title + ': ' + said.words };
  }

  function broken(job) {
    if (job.handedOver) {
      leaveToBrowser(job.href, '');
      const words = 'Larger than ' + size(settings.largestBytes) + ': your browser downloads it from the start, and shows how far it is.';
      return { tone: 'accent', icon: 'info', words: words };
    }
    if (job.stop.signal.aborted) return { tone: 'late', icon: 'clock', words: 'Cancelled after ' + size(job.bytes) + '. Nothing was saved.' };
    const words = job.name ? 'The connection broke off after ' + size(job.bytes) + '.' : 'The server could not be reached.';
    return { tone: 'fault', icon: 'fault', words: words + ' Nothing was saved.' };
  }

  function end(job, outcome) {
    const held = job.notice.root.contains(document.activeElement);
    running.delete(job.href);
    window.clearInterval(job.painting);
    window.clearInterval(job.speaking);
    job.bar.remove();
    job.notice.tell(Object.assign({ label: 'Close' }, outcome));
    wbNotices.announce(job.what + ': ' + outcome.words);
    if (held) (job.link.isConnected ? job.link : document.getElementById('wb-main')).focus();
    if (outcome.tone !== 'fault' && !job.handedOver) job.notice.fade();
  }

  function begin(link, byKeyboard) {
    const what = link.title || link.textContent;
    const job = { link: link, href: link.href, what: what, stop: new AbortController(), startedAt: performance.now(),
      name: '', bytes: 0, lines: 0, beside: 0, total: 0, handedOver: false };
    const cancel = { label: 'Cancel', act: () => job.stop.abort() };
    job.notice = wbNotices.open(Object.assign({ tone: 'accent', icon: 'download', title: what }, cancel));
    job.bar = wbNotices.made('div', 'wb-notice-bar');
    job.bar.append(wbNotices.made('span'));
    for (const [name, value] of [['role', 'progressbar'], ['aria-label', 'Received'], ['aria-valuemin', 0], ['aria-valuemax', 100]]) {
      job.bar.setAttribute(name, value);
    }
    job.notice.text.append(job.bar);
    running.set(job.href, job);
    paint(job);
    wbNotices.announce(what + ': download begun. Cancel stands at the end of the page.');
    job.painting = window.setInterval(() => paint(job), PAINT_MS);
    job.speaking = window.setInterval(() => speak(job), SPEAK_MS);
    // A dialog that closes over its link keeps the focus until it has gone.
    if (byKeyboard) window.setTimeout(() => job.notice.press.focus(), link.closest('.modal') ? CLOSED_MS : 0);
    fetched(job).catch(() => broken(job)).then((outcome) => end(job, outcome));
  }

  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[download]');
    if (!link || link.dataset.plain || link.origin !== location.origin || event.defaultPrevented) return;
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (!document.getElementById('wb-notices')) return;
    event.preventDefault();
    const before = running.get(link.href);
    if (before) before.notice.press.focus();
    else begin(link, event.detail === 0);
  });
  // What is gathered in the page is lost with it.
  window.addEventListener('beforeunload', (event) => { if (running.size) event.preventDefault(); });

  window.wbDownloads = settings;
})();
