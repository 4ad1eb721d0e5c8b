// Playing: date after date, at a pace that does not flash.

function makePlayback(state, model, seek, onChange) {
  const last = model.dates - 1;
  let played = 0;
  let clock = 0;
  let fresh = true; // the page opens at the peak; playing first starts at the beginning

  // Milliseconds per date. At 1× all dates take at most 24 seconds where possible; single dates change at most 8 times a second.
  const interval = () => {
    const fastest = state.view.key === "so_far" ? 1000 / 30 : 125;
    return Math.max(fastest, Math.max(125, Math.min(900, 24000 / model.dates)) / state.pace);
  };
  function play(now) {
    if (!state.playing) return;
    if (now - played >= interval()) {
      played = now;
      if (state.t < last) seek(state.t + 1);
      else if (state.loop) seek(0);
      else return toggle();
    }
    clock = requestAnimationFrame(play);
  }
  function toggle() {
    state.playing = !state.playing;
    if (state.playing) {
      if (fresh || state.t === last) seek(0);
      played = performance.now();
      clock = requestAnimationFrame(play);
    } else cancelAnimationFrame(clock);
    fresh = false;
    onChange(state.playing);
  }
  return toggle;
}
