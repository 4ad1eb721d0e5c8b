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

// Move the zoom buttons to a corner where they cover no region, if there is one; return their box.
function placeButtons(mapBox, camera, find) {
  const buttons = mapBox.querySelector(".zoom");
  const [wide, high] = [buttons.offsetWidth + 14, buttons.offsetHeight + 14];
  const bare = { showCities: false, squares: [], radii: [] };
  const corners = [["", 0], ["low", 1]].map(([name, bottom]) => {
    const [x, y] = [camera.width - wide, bottom * (camera.height - high)];
    const taken = mapBox.querySelector(`.leaflet-${bottom ? "bottom" : "top"}.leaflet-right > *`);
    return { name, taken, box: [x, y, x + wide, y + high] };
  });
  const free = ({ box, taken }) => !taken && [0, 0.25, 0.5, 0.75, 1].every((a) => [0, 0.5, 1].every((b) => !find(camera, bare, box[0] + b * wide, box[1] + a * high)));
  const corner = corners.find(free) || corners[0];
  buttons.className = `zoom ${corner.name}`;
  return corner.box;
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
