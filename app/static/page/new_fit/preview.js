/**
 * Shows a table as it was read, in which people say what each column is.
 * @module
 */

import { counted, numberText } from "../numbers/texts.js";
import { fill, h, scrolling } from "../shell/elements.js";
import { readingOptions } from "./reading_options.js";

/** @typedef {import("./draft.js").Draft} Draft */
/** @typedef {import("./draft.js").Role} Role */
/** @typedef {import("../service/requests.js").Schemas["TableReading"]} TableReading */

/**
 * Choose what the columns mean as the service suggests it, where nobody has chosen.
 * @param {Draft} draft
 * @param {TableReading} table
 */
export function suggestRoles(draft, { columns, suggestion }) {
  if (columns.some(({ name }) => draft.roles[name])) return;
  draft.roles = Object.fromEntries(columns.map(({ name }) => [name, /** @type {Role} */ ("")]));
  draft.allOthers = suggestion.y === "*";
  const roles = /** @type {[Role, string | null | undefined][]} */ ([
    ["x", suggestion.x],
    ["y", draft.allOthers ? null : suggestion.y],
    ["sigma", suggestion.sigma],
    ["curve", suggestion.curve],
  ]);
  for (const [role, name] of roles) if (name) draft.roles[name] = role;
}

const ROLES = /** @type {[Role, string][]} */ ([
  ["", "\u2013"],
  ["x", "x"],
  ["y", "y"],
  ["sigma", "sigma"],
  ["weights", "weight"],
  ["curve", "curve"],
]);
const MOST_SHOWN = 40;

/**
 * Return the first rows of a table, with a choice above each column of what it is.
 * @param {Draft} draft
 * @param {TableReading} table
 * @param {(table: TableReading) => void} changed Is told whenever a column is something else.
 * @param {() => void} readAgain Reads the file anew, as the draft says.
 */
export function previewOf(draft, table, changed, readAgain) {
  const cells = h("tbody", {});
  const all = h("input", {
    type: "checkbox",
    checked: draft.allOthers,
    onchange: () => {
      draft.allOthers = all.checked;
      tell();
    },
  });
  const heads = table.columns.map(({ name, unit }) => {
    const role = h(
      "select",
      { "aria-label": `What column ${name} is`, onchange: () => choose(name, /** @type {Role} */ (role.value)) },
      ROLES.map(([value, label]) => h("option", { value }, label)),
    );
    role.value = draft.roles[name] ?? "";
    return h("th", { scope: "col" }, h("div", {}, name, unit ? h("span", { class: "quiet" }, ` ${unit}`) : null), role);
  });

  /** @param {string} name @param {Role} role */
  function choose(name, role) {
    draft.roles[name] = role;
    tell();
  }

  function tell() {
    const kinds = table.columns.map(({ name }) => draft.roles[name] || (draft.allOthers ? "y" : ""));
    fill(
      cells,
      table.rows.slice(0, MOST_SHOWN).map((row) =>
        h(
          "tr",
          {},
          row.map((cell, column) =>
            h("td", { class: kinds[column] }, cell === null ? "" : typeof cell === "number" ? numberText(cell) : cell),
          ),
        ),
      ),
    );
    changed(table);
  }
  fill(cells, []);
  tell();
  return [
    h(
      "p",
      { class: "small", style: "margin-top: 0.6rem" },
      `${counted(table.total_rows, "row")}, ${counted(table.columns.length, "column")}. What is each column?`,
    ),
    h(
      "div",
      scrolling("The data as they were read", "preview"),
      h("table", {}, h("thead", {}, h("tr", {}, heads)), cells),
    ),
    table.columns.length > 2
      ? h("label", { class: "row small" }, all, "All other columns are curves of one fit")
      : null,
    readingOptions(draft, table, readAgain),
  ];
}
