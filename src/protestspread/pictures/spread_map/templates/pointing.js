// Pointing at places: the mouse shows a tooltip, a click or tap pins a place.

const FINGER = 14; // pixels around a tap

// Returns a function that updates the tooltip after the map has changed below the pointer.
function makePointing(mapBox, state, find, tip, pin, repaint) {
  let pointer = null;
  let pressed = null;
  const spot = (event) => {
    const box = mapBox.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  function show() {
    const found = pointer && find(...pointer);
    const same = JSON.stringify(found) === JSON.stringify(state.hover);
    state.hover = found;
    tip(found, state, ...(pointer || [0, 0]));
    if (!same) repaint();
  }
  mapBox.addEventListener("pointermove", (event) => {
    pointer = event.pointerType === "touch" || event.target.closest("button") ? null : spot(event);
    show();
  });
  mapBox.addEventListener("pointerleave", () => {
    pointer = null;
    show();
  });
  mapBox.addEventListener("pointerdown", (event) => (pressed = spot(event)));
  mapBox.addEventListener("click", (event) => {
    if (!pressed || event.target.closest("button, a, .leaflet-interactive, .leaflet-control")) return;
    const [x, y] = spot(event);
    if (Math.hypot(x - pressed[0], y - pressed[1]) > 6) return; // the map was dragged
    const found = find(x, y, event.pointerType === "touch" ? FINGER : undefined);
    if (found || state.pin) pin(found);
  });
  return show;
}
