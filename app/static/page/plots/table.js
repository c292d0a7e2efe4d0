/**
 * Writes the numbers of a plot as tables, for those who would rather read than look.
 * @module
 */

import { numberText } from "../numbers/texts.js";
import { h } from "../shell/elements.js";

/** @typedef {import("./plot.js").Picture} Picture */
/** @typedef {import("./plot.js").Values} Values */

const MOST_ROWS = 500;

/**
 * Return tables of the points and curves of a picture.
 * @param {Picture} picture
 */
export function tableOf({ points, x, lines, bands, xLabel = "x", yLabel = "y" }) {
  const tables = [];
  if (points) {
    const columns = [points.x, points.y, ...(points.sigma ? [points.sigma] : [])];
    tables.push(numbersTable("Points", [xLabel, yLabel, ...(points.sigma ? ["sigma"] : [])], columns));
  }
  if (lines.length + bands.length) {
    const names = [
      ...lines.map((line) => line.label),
      ...bands.flatMap((band) => [`${band.label}, lower`, `${band.label}, upper`]),
    ];
    const columns = [...lines.map((line) => line.y), ...bands.flatMap((band) => [band.lower, band.upper])];
    tables.push(numbersTable("Curves", [xLabel, ...names], [x, ...columns]));
  }
  return tables;
}

/**
 * @param {string} caption
 * @param {string[]} names
 * @param {Values[]} columns
 */
function numbersTable(caption, names, columns) {
  const count = columns[0].length;
  const step = Math.ceil(count / MOST_ROWS) || 1;
  const rows = [];
  for (let row = 0; row < count; row += step) {
    rows.push(
      h(
        "tr",
        {},
        columns.map((column) => h("td", { class: "number" }, numberText(column[row]))),
      ),
    );
  }
  const part = step > 1 ? `, each ${step}th row` : "";
  return h(
    "table",
    { class: "small" },
    h("caption", {}, `${caption}${part}`),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        names.map((name) => h("th", { scope: "col", class: "number" }, name)),
      ),
    ),
    h("tbody", {}, rows),
  );
}
