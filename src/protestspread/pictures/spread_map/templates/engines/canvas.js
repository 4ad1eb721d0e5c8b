// The map without a library: two canvases, moved with pointer, wheel and keys.

function makeZoomButtons(host, words, zoom, fit) {
  const box = element("div", "zoom", host);
  iconButton(box, "plus", words.zoom_in, () => zoom(1.6));
  iconButton(box, "minus", words.zoom_out, () => zoom(1 / 1.6));
  iconButton(box, "fit", words.fit, fit);
}

// Ctrl and an arrow key move the map by a fifth of its size.
function panKey(event, camera) {
  const by = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
  if (!by || !event.ctrlKey) return null;
  event.preventDefault();
  return [(by[0] * camera.width) / 5, (by[1] * camera.height) / 5];
}

function canvasEngine(host, canvas, model, words, moved) {
  const { grid } = model.page;
  const camera = { k: 0, x: 0, y: 0, width: 0, height: 0 };
  let listeners = [];
  let fitted = 0; // scale that shows the whole map
  const fingers = new Map();
  let dragging = false;
  host.tabIndex = 0;
  host.setAttribute("role", "group");
  host.append(canvas.ground, canvas.story);
  makeZoomButtons(host, words, (factor) => zoom(factor, camera.width / 2, camera.height / 2), () => {
    fit();
    notify();
  });

  function fit() {
    const pad = Math.max(12, Math.min(26, 0.03 * camera.width));
    camera.k = fitted = Math.min((camera.width - 2 * pad) / grid.width, (camera.height - 2 * pad) / grid.height);
    camera.x = (camera.width - camera.k * grid.width) / 2;
    camera.y = (camera.height - camera.k * grid.height) / 2;
    host.classList.remove("zoomed");
  }

  function notify() {
    listeners.forEach((listener) => listener());
    moved();
  }

  function zoom(factor, x, y) {
    const k = Math.max(0.7 * fitted, Math.min(60 * fitted, factor * camera.k));
    camera.x = x - ((x - camera.x) * k) / camera.k;
    camera.y = y - ((y - camera.y) * k) / camera.k;
    camera.k = k;
    host.classList.toggle("zoomed", k > 1.01 * fitted);
    notify();
  }

  host.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !host.matches(":focus, :focus-within")) return; // otherwise the wheel scrolls the page
      event.preventDefault();
      const box = host.getBoundingClientRect();
      zoom(Math.exp(-0.002 * event.deltaY), event.clientX - box.left, event.clientY - box.top);
    },
    { passive: false },
  );
  host.addEventListener("keydown", (event) => {
    const by = event.target === host && panKey(event, camera);
    if (!by) return;
    camera.x += by[0];
    camera.y += by[1];
    notify();
  });
  host.addEventListener("pointerdown", (event) => {
    if (event.target.closest("button")) return;
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
  });
  host.addEventListener("pointermove", (event) => {
    const was = fingers.get(event.pointerId);
    if (!was) return;
    const [dx, dy] = [event.clientX - was[0], event.clientY - was[1]];
    if (!dragging && Math.hypot(dx, dy) < 4) return;
    if (event.pointerType === "touch" && fingers.size === 1 && !host.classList.contains("zoomed")) return;
    dragging = true;
    if (!host.hasPointerCapture(event.pointerId)) host.setPointerCapture(event.pointerId);
    const others = [...fingers].filter(([id]) => id !== event.pointerId).map(([, spot]) => spot);
    if (others.length) {
      const box = host.getBoundingClientRect();
      const away = (spot) => Math.hypot(spot[0] - others[0][0], spot[1] - others[0][1]) || 1;
      zoom(away([event.clientX, event.clientY]) / away(was), others[0][0] - box.left, others[0][1] - box.top);
    } else {
      camera.x += dx;
      camera.y += dy;
      notify();
    }
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
  });
  const release = (event) => {
    fingers.delete(event.pointerId);
    dragging = fingers.size > 0 && dragging;
  };
  for (const name of ["pointerup", "pointercancel", "pointerleave"]) host.addEventListener(name, release);
  host.addEventListener("dblclick", (event) => {
    const box = host.getBoundingClientRect();
    if (!event.target.closest("button")) zoom(2, event.clientX - box.left, event.clientY - box.top);
  });

  return {
    camera: () => ({ ...camera, fitted }),
    busy: () => dragging,
    onMove: (listener) => listeners.push(listener),
    resize() {
      const [width, height] = [host.clientWidth, host.clientHeight];
      if (width === camera.width && height === camera.height) return;
      const shift = [(width - camera.width) / 2, (height - camera.height) / 2];
      const all = !camera.width || Math.abs(camera.k - fitted) < 1e-9;
      Object.assign(camera, { width, height });
      if (all) fit();
      else {
        camera.x += shift[0];
        camera.y += shift[1];
      }
    },
  };
}
