/**
 * Says how a file was read, and lets people say it otherwise.
 * @module
 */

import { field, h } from "../shell/elements.js";

/** @typedef {import("./draft.js").Draft} Draft */
/** @typedef {import("../service/requests.js").Schemas["TableReading"]} TableReading */

const CHOICES = /** @type {[string, string, [string, string][]][]} */ ([
  [
    "decimal",
    "Decimal mark",
    [
      [".", "point: 1.5"],
      [",", "comma: 1,5"],
    ],
  ],
  [
    "separator",
    "Between cells",
    [
      ["\t", "tab"],
      [";", "semicolon"],
      [",", "comma"],
      [" ", "blanks"],
    ],
  ],
  [
    "thousands",
    "Thousands",
    [
      ["none", "none"],
      [".", "1.000"],
      [",", "1,000"],
      [" ", "1 000"],
      ["'", "1'000"],
    ],
  ],
  [
    "date_order",
    "Order of dates",
    [
      ["dmy", "day, month, year"],
      ["mdy", "month, day, year"],
      ["ymd", "year, month, day"],
    ],
  ],
]);

/**
 * Return the options of reading, folded up unless they are needed.
 * @param {Draft} draft
 * @param {TableReading | null} table What was read; null where it could not be.
 * @param {() => void} readAgain
 * @param {boolean} [isOpen]
 */
export function readingOptions(draft, table, readAgain, isOpen = false) {
  /** @param {string} name @param {unknown} value */
  function take(name, value) {
    if (value === "" || Number.isNaN(value)) delete draft.reading[name];
    else draft.reading[name] = value;
    readAgain();
  }
  const found = /** @type {Record<string, any>} */ (table?.reading ?? {});
  const selects = CHOICES.map(([name, label, values]) => {
    const select = h(
      "select",
      { onchange: () => take(name, select.value) },
      h(
        "option",
        { value: "" },
        found[name]
          ? `found: ${values.find(([value]) => value === found[name])?.[1] ?? found[name]}`
          : "found by itself",
      ),
      values.map(([value, words]) => h("option", { value }, words)),
    );
    select.value = /** @type {string} */ (draft.reading[name] ?? "");
    return field(label, select);
  });
  const header = h("input", {
    type: "number",
    class: "number",
    min: 0,
    placeholder: String(found.header_row ?? ""),
    value: String(draft.reading.header_row ?? ""),
    onchange: () => take("header_row", header.valueAsNumber),
  });
  const sheet = h("input", {
    type: "text",
    placeholder: found.sheet ?? "",
    value: String(draft.reading.sheet ?? ""),
    onchange: () => take("sheet", sheet.value),
  });
  const transposed = h("input", {
    type: "checkbox",
    checked: Boolean(draft.reading.transpose),
    onchange: () => take("transpose", transposed.checked || ""),
  });
  return h(
    "details",
    { class: "small", open: isOpen, style: "margin-top: 0.5rem" },
    h(
      "summary",
      {},
      table
        ? `Read as ${found.format ?? "a table"}${found.decimal === "," ? ", decimal commas" : ""}: change`
        : "How it is read",
    ),
    h(
      "div",
      { class: "row", style: "margin-top: 0.5rem" },
      selects,
      field("Row of names", header, "0: none"),
      found.sheet || draft.reading.sheet ? field("Sheet", sheet) : null,
    ),
    h("label", { class: "row" }, transposed, "x stands in a row"),
  );
}
