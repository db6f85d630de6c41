/**
 * UTM on GRS80/WGS84 by Krüger's series to the fourth order in n: below a millimetre within a zone and its
 * neighbours. Only the zone of the municipality is asked for (18 South, EPSG:32718).
 */

const A = 6_378_137;
const F = 1 / 298.257_223_563;
const K0 = 0.9996;
const FALSE_EASTING = 500_000;
const FALSE_NORTHING_SOUTH = 10_000_000;
const CENTRAL_MERIDIAN_18 = -75;

const n = F / (2 - F);
const RECTIFYING = (A / (1 + n)) * (1 + n ** 2 / 4 + n ** 4 / 64);
const ALPHA = [
  n / 2 - (2 / 3) * n ** 2 + (5 / 16) * n ** 3 + (41 / 180) * n ** 4,
  (13 / 48) * n ** 2 - (3 / 5) * n ** 3 + (557 / 1440) * n ** 4,
  (61 / 240) * n ** 3 - (103 / 140) * n ** 4,
  (49561 / 161280) * n ** 4,
];
const BETA = [
  n / 2 - (2 / 3) * n ** 2 + (37 / 96) * n ** 3 - (1 / 360) * n ** 4,
  n ** 2 / 48 + n ** 3 / 15 - (437 / 1440) * n ** 4,
  (17 / 480) * n ** 3 - (37 / 840) * n ** 4,
  (4397 / 161280) * n ** 4,
];
const E = Math.sqrt(F * (2 - F));

export interface LonLat {
  readonly lon: number;
  readonly lat: number;
}

export interface Utm {
  readonly easting: number;
  readonly northing: number;
}

const radians = (degrees: number): number => (degrees * Math.PI) / 180;
const degrees = (angle: number): number => (angle * 180) / Math.PI;

/** Degrees to metres in UTM 18 South. */
export function toUtm({ lon, lat }: LonLat): Utm {
  const sine = Math.sin(radians(lat));
  const t = Math.sinh(Math.atanh(sine) - E * Math.atanh(E * sine));
  const away = radians(lon - CENTRAL_MERIDIAN_18);
  const xi = Math.atan2(t, Math.cos(away));
  const eta = Math.asinh(Math.sin(away) / Math.hypot(t, Math.cos(away)));
  let north = xi;
  let east = eta;
  ALPHA.forEach((alpha, index) => {
    const order = 2 * (index + 1);
    north += alpha * Math.sin(order * xi) * Math.cosh(order * eta);
    east += alpha * Math.cos(order * xi) * Math.sinh(order * eta);
  });
  return {
    easting: FALSE_EASTING + K0 * RECTIFYING * east,
    northing: FALSE_NORTHING_SOUTH + K0 * RECTIFYING * north,
  };
}

/** Metres in UTM 18 South to degrees. */
export function fromUtm({ easting, northing }: Utm): LonLat {
  const north = (northing - FALSE_NORTHING_SOUTH) / (K0 * RECTIFYING);
  const east = (easting - FALSE_EASTING) / (K0 * RECTIFYING);
  let xi = north;
  let eta = east;
  BETA.forEach((beta, index) => {
    const order = 2 * (index + 1);
    xi -= beta * Math.sin(order * north) * Math.cosh(order * east);
    eta -= beta * Math.cos(order * north) * Math.sinh(order * east);
  });
  const conformal = Math.asin(Math.sin(xi) / Math.cosh(eta));
  let sine = Math.sin(conformal);
  const isometric = Math.atanh(sine);
  // The conformal latitude is undone by fixed point iteration; e² is small, so it converges at once.
  for (let step = 0; step < 6; step++) sine = Math.tanh(isometric + E * Math.atanh(E * sine));
  return {
    lon: CENTRAL_MERIDIAN_18 + degrees(Math.atan2(Math.sinh(eta), Math.cos(xi))),
    lat: degrees(Math.asin(sine)),
  };
}

/** How much longer a line is on the grid than on the ellipsoid, near this place. */
export function gridScale({ lat }: LonLat, { easting }: Utm): number {
  const e2 = E ** 2;
  const bend = 1 - e2 * Math.sin(radians(lat)) ** 2;
  const squaredRadius = (A ** 2 * (1 - e2)) / bend ** 2;
  const offset = (easting - FALSE_EASTING) / K0;
  return K0 * (1 + offset ** 2 / (2 * squaredRadius) + offset ** 4 / (24 * squaredRadius ** 2));
}
