// The equal-area projections of the map as coordinate systems of Leaflet, so that markers have the right position.
// Formulas for the ellipsoid WGS 84: J. P. Snyder (1987), Map Projections: A Working Manual, USGS Professional Paper 1395,
// doi:10.3133/pp1395, with its equation numbers.

const WGS84 = { a: 6378137, e2: 0.0066943799901413165 };
const RADIAN = Math.PI / 180;

// (3-12): area from the equator to a latitude. (14-15): radius of its parallel.
function areaTo(phi) {
  const e = Math.sqrt(WGS84.e2);
  const s = Math.sin(phi);
  return (1 - WGS84.e2) * (s / (1 - WGS84.e2 * s * s) - Math.log((1 - e * s) / (1 + e * s)) / (2 * e));
}
function parallel(phi) {
  return Math.cos(phi) / Math.sqrt(1 - WGS84.e2 * Math.sin(phi) ** 2);
}

// (3-16): latitude up to which the area is q, by iteration.
function latitudeOf(q) {
  let phi = Math.asin(Math.max(-1, Math.min(1, q / 2)));
  for (let i = 0; i < 12; i++) {
    const s = Math.sin(phi);
    const d = 1 - WGS84.e2 * s * s;
    const step = ((d * d) / (2 * Math.max(1e-12, Math.cos(phi)))) * ((q - areaTo(phi)) / (1 - WGS84.e2));
    phi += step;
    if (Math.abs(step) < 1e-12) break;
  }
  return phi;
}

// Angle from the central meridian in radians, from -pi to pi.
function fromMeridian(lon, from) {
  return ((((lon - from + 180) % 360) + 360) % 360 - 180) * RADIAN;
}

// Albers' equal-area conic: (14-1) to (14-21).
function albers(plane) {
  const [phi0, phi1, phi2] = [plane.lat_0, plane.lat_1, plane.lat_2].map((degrees) => degrees * RADIAN);
  const [m1, m2] = [parallel(phi1) ** 2, parallel(phi2) ** 2];
  const n = Math.abs(phi1 - phi2) < 1e-10 ? Math.sin(phi1) : (m1 - m2) / (areaTo(phi2) - areaTo(phi1));
  const c = m1 + n * areaTo(phi1);
  const rho = (q) => (WGS84.a * Math.sqrt(Math.max(0, c - n * q))) / n;
  const rho0 = rho(areaTo(phi0));
  return {
    forward(lat, lon) {
      const r = rho(areaTo(lat * RADIAN));
      const theta = n * fromMeridian(lon, plane.lon_0);
      return [r * Math.sin(theta), rho0 - r * Math.cos(theta)];
    },
    inverse(x, y) {
      const sign = Math.sign(n);
      const r = Math.hypot(x, rho0 - y);
      const theta = Math.atan2(sign * x, sign * (rho0 - y));
      return [latitudeOf((c - ((r * n) / WGS84.a) ** 2) / n) / RADIAN, plane.lon_0 + theta / n / RADIAN];
    },
  };
}

// Lambert's azimuthal equal-area: (24-17) to (24-28), oblique and equatorial.
function lambert(plane) {
  const phi0 = plane.lat_0 * RADIAN;
  const qp = areaTo(Math.PI / 2);
  const beta0 = Math.asin(areaTo(phi0) / qp);
  const radius = WGS84.a * Math.sqrt(qp / 2);
  const d = (WGS84.a * parallel(phi0)) / (radius * Math.cos(beta0));
  return {
    forward(lat, lon) {
      const beta = Math.asin(Math.max(-1, Math.min(1, areaTo(lat * RADIAN) / qp)));
      const lambda = fromMeridian(lon, plane.lon_0);
      const facing = 1 + Math.sin(beta0) * Math.sin(beta) + Math.cos(beta0) * Math.cos(beta) * Math.cos(lambda);
      const b = radius * Math.sqrt(2 / Math.max(1e-9, facing));
      const up = Math.cos(beta0) * Math.sin(beta) - Math.sin(beta0) * Math.cos(beta) * Math.cos(lambda);
      return [b * d * Math.cos(beta) * Math.sin(lambda), (b / d) * up];
    },
    inverse(x, y) {
      const rho = Math.hypot(x / d, d * y);
      if (rho < 1e-9) return [plane.lat_0, plane.lon_0];
      const ce = 2 * Math.asin(Math.min(1, rho / (2 * radius)));
      const q = qp * (Math.cos(ce) * Math.sin(beta0) + (d * y * Math.sin(ce) * Math.cos(beta0)) / rho);
      const lambda = Math.atan2(x * Math.sin(ce), d * rho * Math.cos(beta0) * Math.cos(ce) - d * d * y * Math.sin(beta0) * Math.sin(ce));
      return [latitudeOf(q) / RADIAN, plane.lon_0 + lambda / RADIAN];
    },
  };
}

// Coordinate system of Leaflet for a projection; at zoom 0 the longer side of the grid is 256 pixels.
function planeCRS(plane, grid, insets = []) {
  if (plane.proj === "merc") return L.CRS.EPSG3857;
  const formulasOf = (one) => (one.proj === "aea" ? albers(one) : lambert(one));
  const formulas = formulasOf(plane);
  const moved = insets.map((inset) => ({ ...inset, formulas: formulasOf(inset.plane) }));
  const near = 0.3; // degrees: a place on the coast may lie outside its region
  const holds = ({ bounds: [west, south, east, north] }, lat, lng) => (((lng - west + near) % 360) + 360) % 360 <= (((east - west) % 360) + 360) % 360 + 2 * near && lat >= south - near && lat <= north + near;
  const size = grid.step * Math.max(grid.width, grid.height);
  const projection = {
    project(latlng) {
      const inset = moved.find((one) => holds(one, latlng.lat, latlng.lng));
      const [x, y] = (inset || { formulas }).formulas.forward(latlng.lat, latlng.lng);
      return inset ? new L.Point(x * inset.scale + inset.shift[0], y * inset.scale + inset.shift[1]) : new L.Point(x, y);
    },
    unproject(point) {
      const [lat, lng] = formulas.inverse(point.x, point.y);
      return new L.LatLng(lat, lng);
    },
  };
  return L.extend({}, L.CRS, {
    code: "equal area",
    projection,
    transformation: new L.Transformation(1 / size, -grid.x / size, -1 / size, grid.y / size),
    infinite: true,
    distance: L.CRS.Earth.distance,
    R: L.CRS.Earth.R,
  });
}
