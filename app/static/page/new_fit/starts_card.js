/**
 * Start values: found by the service, typed, or dragged while the curve follows.
 * @module
 */

import { fill, h, scrolling } from "../shell/elements.js";
import { plainStart } from "./draft.js";

/** @typedef {import("./draft.js").Draft} Draft */
/** @typedef {import("./draft.js").Start} Start */

/**
 * Return the card for start values.
 * @param {Draft} draft
 * @param {() => void} changed Is told whenever a start value is another.
 */
export function startsCard(draft, changed) {
  const rows = h("tbody");
  const table = h(
    "table",
    { class: "starts" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        ["Parameter", "Start", "Drag", "Fixed"].map((name) => h("th", { scope: "col" }, name)),
        ["At least", "At most"].map((name) => h("th", { scope: "col", class: "wide-only" }, name)),
      ),
    ),
    rows,
  );
  const empty = h("p", { class: "quiet" }, "The parameters appear here once there is a model.");
  const element = h(
    "section",
    { class: "card", "aria-label": "Start values" },
    h("h2", {}, "3. Start values"),
    h("p", { class: "quiet small" }, "Empty: the service searches for them. Drag one to see the curve follow."),
    empty,
    h("div", scrolling("Start values of the parameters"), table),
  );
  /** @type {Map<string, (value: number) => void>} */
  const found = new Map();

  return {
    element,
    /**
     * Show the parameters of a model.
     * @param {string[]} names
     */
    showParameters(names) {
      draft.starts = Object.fromEntries(names.map((name) => [name, draft.starts[name] ?? plainStart()]));
      empty.hidden = names.length > 0;
      table.hidden = names.length === 0;
      found.clear();
      fill(
        rows,
        names.map((name) => startRow(name, draft.starts[name], changed, found)),
      );
    },
    /**
     * Show the values that the service would begin with.
     * @param {Record<string, number | null>} values
     */
    showFound(values) {
      for (const [name, value] of Object.entries(values)) if (value !== null) found.get(name)?.(value);
    },
  };
}

/**
 * @param {string} name
 * @param {Start} start
 * @param {() => void} changed
 * @param {Map<string, (value: number) => void>} found
 */
function startRow(name, start, changed, found) {
  let guess = typeof start.start === "number" ? start.start : 1;
  const value = h("input", {
    type: "number",
    step: "any",
    class: "number",
    placeholder: "auto",
    "aria-label": `Start of ${name}`,
    "data-pointer": `#/parameters/${name}`,
    value: start.start === "auto" ? "" : String(start.start),
    oninput: typed,
  });
  const slider = h("input", {
    type: "range",
    min: -1,
    max: 1,
    step: 0.01,
    value: "0",
    "aria-label": `Drag ${name}`,
    oninput: dragged,
    onchange: centred,
  });
  const fixed = h("input", { type: "checkbox", checked: start.fixed, "aria-label": `${name} is fixed`, onchange: fix });
  const bound = (/** @type {"lower" | "upper"} */ end) => {
    const input = h("input", {
      type: "number",
      step: "any",
      class: "number",
      "aria-label": `${name} is at ${end === "lower" ? "least" : "most"}`,
      value: start[end] === null ? "" : String(start[end]),
      oninput: () => {
        start[end] = input.value === "" ? null : input.valueAsNumber;
        changed();
      },
    });
    return input;
  };
  let centre = guess;

  function typed() {
    start.start = value.value === "" ? "auto" : value.valueAsNumber;
    if (typeof start.start === "number") {
      guess = start.start;
      centred();
    }
    if (start.start === "auto") start.fixed = fixed.checked = false;
    changed();
  }

  function dragged() {
    const moved = centre + slider.valueAsNumber * (Math.abs(centre) * 1.5 || 1);
    guess = Number(moved.toPrecision(4));
    start.start = guess;
    value.value = String(guess);
    changed();
  }

  function centred() {
    centre = guess;
    slider.value = "0";
  }

  function fix() {
    if (fixed.checked && start.start === "auto") {
      start.start = Number(guess.toPrecision(6));
      value.value = String(start.start);
    }
    start.fixed = fixed.checked;
    changed();
  }

  found.set(name, (other) => {
    if (start.start !== "auto") return;
    guess = other;
    value.placeholder = `auto: ${other.toPrecision(3)}`;
    centred();
  });
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, name),
    h("td", {}, value),
    h("td", {}, slider),
    h("td", {}, fixed),
    h("td", { class: "wide-only" }, bound("lower")),
    h("td", { class: "wide-only" }, bound("upper")),
  );
}
