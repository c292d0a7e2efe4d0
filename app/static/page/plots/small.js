/**
 * Small pictures of single curves, as many as stand on a page.
 * @module
 */

import { extent, wantLogarithm, withMargin } from "./ranges.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [120, 70];

/** @typedef {{x: (number | null)[], y: (number | null)[]}} Series */

/**
 * Return points and a line as a small picture without axes.
 * @param {Series} points
 * @param {Series | null} line
 */
export function smallPicture(points, line) {
  const isLogarithmic = wantLogarithm(points.x);
  const place = (/** @type {number} */ x) => (isLogarithmic ? Math.log10(x) : x);
  const [left, right] = withMargin(extent([points.x.map((x) => (x === null ? null : place(x)))]), false);
  const [bottom, top] = withMargin(extent([points.y, line?.y ?? []]), false);
  const across = (/** @type {number} */ x) => (((place(x) - left) / (right - left)) * WIDTH).toFixed(1);
  const down = (/** @type {number} */ y) => (((top - y) / (top - bottom)) * HEIGHT).toFixed(1);
  const picture = node("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  if (line) {
    const places = line.x.flatMap((x, index) =>
      x === null || line.y[index] === null ? [] : [`${across(x)},${down(/** @type {number} */ (line.y[index]))}`],
    );
    picture.append(
      node("polyline", {
        points: places.join(" "),
        fill: "none",
        stroke: "var(--curve)",
        "stroke-width": "1.5",
        "vector-effect": "non-scaling-stroke",
      }),
    );
  }
  const dots = points.x.flatMap((x, index) =>
    x === null || points.y[index] === null ? [] : [`M${across(x)} ${down(/** @type {number} */ (points.y[index]))}h0`],
  );
  picture.append(
    node("path", {
      d: dots.join(""),
      stroke: "var(--data)",
      "stroke-width": "4",
      "stroke-linecap": "round",
      "vector-effect": "non-scaling-stroke",
    }),
  );
  return picture;
}

/**
 * @param {string} name
 * @param {Record<string, string>} attributes
 */
function node(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  return element;
}
