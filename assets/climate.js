// Draws a room's climate anew: at once when something was told in it, within half a minute when it was
// measured. Single values are written by live-page.js.
(function () {
  'use strict';
  const TOLD_MS = 400, MEASURED_MS = 30000;

  function place() {
    const section = document.querySelector('.wb-room-climate');
    return section ? section.dataset : null;
  }

  function told(frame) {
    const here = place();
    return Boolean(here) && frame.type === 'update' && frame.topic === 'command'
      && String(frame.data.room_id) === here.room;
  }

  function measured(frame) {
    const here = place();
    return Boolean(here) && frame.type === 'update' && frame.topic === 'room'
      && [].concat(frame.data).some((room) => String(room.room_id) === here.room);
  }

  function tell(setProps) {
    const here = place();
    if (here) setProps(here.news, { data: Date.now() });
  }

  window.wattboard_news(TOLD_MS, told, tell);
  window.wattboard_news(MEASURED_MS, measured, tell);
})();
