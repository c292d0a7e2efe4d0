/**
 * Where data come in: pasted, dropped, chosen as a file, or a function; shown as they were read.
 * @module
 */

import { counted, numberText } from "../numbers/texts.js";
import { latestOnly } from "../service/latest.js";
import { ProblemError, send } from "../service/requests.js";
import { field, fill, h, setFault } from "../shell/elements.js";
import { tabs } from "../shell/tabs.js";
import { EXAMPLES } from "./examples.js";
import { previewOf, suggestRoles } from "./preview.js";
import { readingOptions } from "./reading_options.js";

/** @typedef {import("./draft.js").Draft} Draft */
/** @typedef {import("./draft.js").Role} Role */
/** @typedef {import("../service/requests.js").Schemas["TableReading"]} TableReading */

/**
 * Return the card for data.
 * @param {Draft} draft
 * @param {(table: TableReading | null) => void} changed Is told whenever the data are others, with what was read.
 * @param {(model: Draft["model"]) => void} useModel Is told the model that belongs to example data.
 */
export function dataCard(draft, changed, useModel) {
  const names = /** @type {[string, string][]} */ ([
    ["table", "Data"],
    ["function", "Function"],
  ]);
  if (draft.source === "kept") names.unshift(["kept", "Data of the other fit"]);
  const body = h("div");
  const element = h(
    "section",
    { class: "card", "aria-label": "Data" },
    h("h2", {}, "1. Data"),
    tabs(names, draft.source, show),
    body,
  );

  /** @param {string} source */
  function show(source) {
    draft.source = /** @type {Draft["source"]} */ (source);
    if (source === "function")
      fill(
        body,
        functionFields(draft, () => changed(null)),
      );
    else if (source === "kept") fill(body, h("p", {}, keptText(draft)));
    else fill(body, tableFields(draft, changed, useModel));
    if (source !== "table") changed(null);
  }
  show(draft.source);
  return { element };
}

/** @param {Draft} draft */
function keptText({ target }) {
  const y = /** @type {any[]} */ (target?.y ?? []);
  return Array.isArray(y[0])
    ? `${counted(y.length, "curve")} of the fit that you change.`
    : `${counted(y.length, "point")} of the fit that you change.`;
}

/**
 * @param {Draft} draft
 * @param {() => void} changed
 */
function functionFields({ sampled }, changed) {
  const formula = h("input", {
    type: "text",
    class: "formula",
    value: sampled.function,
    spellcheck: "false",
    oninput: take,
  });
  const lower = h("input", {
    type: "number",
    step: "any",
    class: "number",
    value: String(sampled.lower),
    oninput: take,
  });
  const upper = h("input", {
    type: "number",
    step: "any",
    class: "number",
    value: String(sampled.upper),
    oninput: take,
  });
  const points = h("input", { type: "number", class: "number", min: 2, value: String(sampled.points), oninput: take });
  function take() {
    Object.assign(sampled, {
      function: formula.value,
      lower: lower.valueAsNumber,
      upper: upper.valueAsNumber,
      points: points.valueAsNumber,
    });
    changed();
  }
  formula.dataset.pointer = "#/target/function";
  lower.dataset.pointer = "#/target/domain";
  points.dataset.pointer = "#/target/points";
  return h(
    "div",
    {},
    field("Function of x", formula, "By name, sin, or by formula: exp(-x/3) * sin(x)"),
    h("p", {}),
    h("div", { class: "row" }, field("From x", lower), field("To x", upper), field("Points", points)),
  );
}

/**
 * @param {Draft} draft
 * @param {(table: TableReading | null) => void} changed
 * @param {(model: Draft["model"]) => void} useModel
 */
function tableFields(draft, changed, useModel) {
  const text = h("textarea", {
    placeholder: "Paste rows from a spreadsheet, or drop a file here",
    value: draft.text,
    spellcheck: "false",
    oninput: pasted,
  });
  text.dataset.pointer = "#/target";
  const file = h("input", { type: "file", class: "unseen", onchange: () => file.files?.[0] && opened(file.files[0]) });
  const preview = h("div", { "aria-live": "polite" });
  const example = h(
    "select",
    { "aria-label": "Example data", onchange: () => useExample() },
    h("option", { value: "" }, "Example\u2026"),
    Object.keys(EXAMPLES).map((name) => h("option", {}, name)),
  );
  const drop = h(
    "div",
    { class: "drop", ondragover: over, ondragleave: () => drop.classList.remove("over"), ondrop: dropped },
    field("Data", text),
    h(
      "div",
      { class: "row", style: "margin-top: 0.5rem" },
      h("label", { class: "button" }, "Choose a file", file),
      example,
      h("span", { class: "quiet small" }, "CSV, text, XLSX, ODS, Parquet, Arrow"),
    ),
  );

  const ask = latestOnly(async () => {
    if (!draft.file) {
      fill(preview);
      changed(null);
      return;
    }
    const form = new FormData();
    form.append("data", draft.file, draft.file.name);
    form.append("reading", new Blob([JSON.stringify(draft.reading)], { type: "application/json" }));
    try {
      const table = await (await send("POST", "read", { form })).json();
      setFault(text, "");
      suggestRoles(draft, table);
      fill(
        preview,
        previewOf(draft, table, changed, () => ask(null)),
      );
      changed(table);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      setFault(text, error.sentences.join(" "));
      fill(
        preview,
        readingOptions(draft, null, () => ask(null), true),
      );
      changed(null);
    }
  }, 250);

  function pasted() {
    draft.text = text.value;
    draft.file = text.value.trim() ? new File([text.value], "pasted.txt", { type: "text/plain" }) : null;
    draft.roles = {};
    ask(null);
  }

  /** @param {File} chosen */
  function opened(chosen) {
    Object.assign(draft, { file: chosen, text: "", roles: {}, reading: {} });
    text.value = "";
    text.placeholder = `${chosen.name}, ${numberText(chosen.size / 1024, 3)} KiB`;
    ask(null);
  }

  /** @param {DragEvent} event */
  function over(event) {
    event.preventDefault();
    drop.classList.add("over");
  }

  /** @param {DragEvent} event */
  function dropped(event) {
    event.preventDefault();
    drop.classList.remove("over");
    const chosen = event.dataTransfer?.files[0];
    if (chosen) opened(chosen);
  }

  function useExample() {
    const found = EXAMPLES[example.value];
    if (!found) return;
    text.value = found.text;
    draft.reading = {};
    useModel(found.model);
    pasted();
  }

  if (draft.file) ask(null);
  return h("div", {}, drop, preview);
}
