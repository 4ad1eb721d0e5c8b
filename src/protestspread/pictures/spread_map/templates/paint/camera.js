// The map while it is moved, and its scale.

const REST = 140; // milliseconds without a move after which the map is drawn again

// Returns a function that draws a copy of the last picture, moved as the camera has moved since, until the map rests.
function makeMover(canvas, rest) {
  let copies = null;
  let timer = 0;
  return function move(from, to, theme) {
    if (!copies) {
      copies = [canvas.ground, canvas.story].map((one) => {
        const copy = document.createElement("canvas");
        [copy.width, copy.height] = [one.width, one.height];
        copy.getContext("2d").drawImage(one, 0, 0);
        return copy;
      });
    }
    const factor = to.k / from.k;
    [canvas.ground, canvas.story].forEach((one, i) => {
      const g = prepareCanvas(one, to.width, to.height);
      if (i === 0) {
        g.fillStyle = theme.land;
        g.fillRect(0, 0, to.width, to.height);
      }
      g.imageSmoothingEnabled = false;
      g.drawImage(copies[i], to.x - factor * from.x, to.y - factor * from.y, factor * from.width, factor * from.height);
    });
    clearTimeout(timer);
    timer = setTimeout(() => {
      copies = null;
      rest();
    }, REST);
  };
}

// Move a box on the map to the corner where it covers the least of the regions; return its place.
function placeBox(box, mapBox, camera, model, find, corners, taken) {
  const [wide, high] = [box.offsetWidth + 20, box.offsetHeight + 20];
  const bare = { showCities: false, squares: [], radii: [] };
  const insets = (model.page.insets || []).map((inset) => insetBox(camera, inset)).map(([x, y, w, h]) => [x, y, x + w, y + h]);
  const places = corners.map((corner, i) => {
    const [right, low] = [corner.includes("right"), corner.includes("low")];
    const [x, y] = [right ? camera.width - wide : 0, low ? camera.height - high - (right ? 0 : 16) : 0];
    const place = [x, y, x + wide, y + high];
    const blocked = overlaps(place, taken) || overlaps(place, insets) || mapBox.querySelector(`.leaflet-${low ? "bottom" : "top"}.leaflet-${right ? "right" : "left"} > *`);
    const shares = [0, 0.25, 0.5, 0.75, 1];
    const covered = shares.flatMap((a) => shares.map((b) => find(camera, bare, x + b * wide, y + a * high))).filter(Boolean).length;
    return { corner, place, cost: (blocked ? 100 : 0) + covered + i / 10 };
  });
  const best = places.sort((a, b) => a.cost - b.cost)[0];
  for (const corner of ["right", "low"]) box.classList.toggle(corner, best.corner.includes(corner));
  return best.place;
}

// A round number of kilometers, at most 120 pixels long, at the center of the map.
function scaleBar(page, camera) {
  let metres = page.grid.step / camera.k;
  if (page.plane.proj === "merc") {
    const middle = page.grid.y - ((camera.height / 2 - camera.y) / camera.k) * page.grid.step;
    metres /= Math.cosh(middle / 6378137);
  }
  return roundBar(metres, 120);
}

// A round number of kilometers that is at most some pixels long.
function roundBar(metres, pixels) {
  const most = (metres * pixels) / 1000;
  const power = 10 ** Math.floor(Math.log10(most));
  const km = [5, 2, 1].map((n) => n * power).find((n) => n <= most) || power;
  return { pixels: (km * 1000) / metres, text: `${km < 1 ? Number(km.toPrecision(1)) : km} km` };
}
