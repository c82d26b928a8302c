// "What needs me" on the overview: a pushed frame fills the slots that pages/_overview_view.py drew.
// How a kind looks and where its button leads comes with the card (data-looks), only the words are here.
(function () {
  'use strict';
  const setText = (el, text) => window.wbPage.setText(el, text); // this file comes before live-page.js
  const setClass = (el, name) => { if (el.className !== name) el.className = name; };

  function evidence(need) {
    if (need.since_ms === null) return need.evidence;
    const at = Math.max(window.wbLive.now(), need.since_ms);
    const when = (need.kind === 'refused' ? 'last ' : 'since ')
      + window.wbFormats.moment(need.since_ms, at, window.wbLive.zone());
    return need.evidence ? need.evidence + ' · ' + when : when;
  }

  function fill(slot, need, look) {
    slot.hidden = !need || !look;
    if (slot.hidden) return;
    const soft = slot.querySelector('.wb-soft-icon'), button = slot.querySelector('a');
    setClass(soft, 'wb-soft-icon wb-soft-' + look.tone);
    setClass(soft.firstElementChild, 'wb-icon wb-i-' + look.icon);
    setText(slot.querySelector('strong'), need.fact);
    setText(slot.querySelector('.wb-needs-words span'), evidence(need));
    setText(button, look.verb);
    const href = need.target === null ? look.href : look.href_of + encodeURIComponent(need.target);
    if (button.getAttribute('href') !== href) button.setAttribute('href', href);
  }

  function draw(needs) {
    const list = document.querySelector('.wb-needs-slots');
    if (!list) return;
    const looks = JSON.parse(list.dataset.looks), slots = [...list.querySelectorAll('[data-part="need"]')];
    slots.forEach((slot, at) => fill(slot, needs.lines[at], needs.lines[at] && looks[needs.lines[at].kind]));
    list.querySelector('[data-part="nothing"]').hidden = needs.total > 0;
    const more = list.querySelector('[data-part="more"]'), left = needs.total - slots.length;
    more.hidden = left <= 0;
    if (left > 0) setText(more, left + ' more below these in urgency');
    const count = list.closest('.wb-card').querySelector('[data-part="count"]');
    setText(count, needs.total ? needs.total + ' open, by urgency' : '');
  }

  document.addEventListener('wb:frame', (event) => {
    const frame = event.detail;
    if (frame.topic === 'needs' && (frame.type === 'update' || frame.type === 'snapshot')) draw(frame.data);
  });
})();
