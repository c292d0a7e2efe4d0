/**
 * Reads unknowns off a fitted curve, and works out quantities that follow from its coefficients.
 * @module
 */

import { numberText, withError } from "../numbers/texts.js";
import { ProblemError, post } from "../service/requests.js";
import { field, fill, h, scrolling, setFault } from "../shell/elements.js";

/**
 * Return a form that finds x for measured y.
 * @param {string} fit Id of the fit.
 * @param {() => number | null} curve The curve that is shown, of many.
 * @param {(marks: {x: number, y: number}[]) => void} show Marks the answers on the plot.
 */
export function unknownsForm(fit, curve, show) {
  const measured = h("input", {
    type: "text",
    inputmode: "decimal",
    placeholder: "3.2  or  3.1 3.3, 4.9",
    autocomplete: "off",
  });
  const answers = h("div", { ...scrolling("Unknowns"), "aria-live": "polite" });
  const form = h(
    "form",
    { onsubmit: ask },
    field("Measured y", measured, "Several unknowns with commas between them; blanks between repeats of one."),
    h("p", {}),
    h("button", { type: "submit" }, "Find x"),
  );

  /** @param {Event} event */
  async function ask(event) {
    event.preventDefault();
    const y = numbersOf(measured.value);
    if (y === null) {
      setFault(measured, "Give numbers, such as 3.2, 4.9");
      return;
    }
    try {
      const answer = await post(`fit/${fit}/inverse`, { y, ...(curve() === null ? {} : { curve: curve() }) });
      setFault(measured, "");
      fill(answers, unknownsTable(answer));
      show(answer.data.flatMap((/** @type {any} */ { x, y }) => (x === null ? [] : [{ x, y }])));
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      setFault(measured, error.sentences.join(" "));
    }
  }
  return h("div", {}, form, answers);
}

/**
 * @param {string} text
 * @returns {(number | number[])[] | null}
 */
export function numbersOf(text) {
  const unknowns = text.split(/[,;]/).map((part) => part.trim().split(/\s+/).filter(Boolean).map(Number));
  const filled = unknowns.filter((repeats) => repeats.length);
  if (filled.length === 0 || filled.flat().some(Number.isNaN)) return null;
  return filled.map((repeats) => (repeats.length === 1 ? repeats[0] : repeats));
}

/** @param {import("../service/requests.js").Schemas["InversePrediction"]} answer */
function unknownsTable(answer) {
  const level = Math.round(answer.level * 1000) / 10;
  const rows = answer.data.map((one) =>
    h(
      "tr",
      {},
      h("td", { class: "number" }, numberText(one.y)),
      h(
        "td",
        { class: "number" },
        one.x === null
          ? one.solutions.map((solution) => numberText(solution.x, 5)).join(" or ") || "none"
          : withError(one.x, one.stderr),
      ),
      h("td", { class: "number" }, `${numberText(one.lower, 5)} to ${numberText(one.upper, 5)}`),
      h("td", { class: "small" }, one.message ?? (one.extrapolated ? "beyond the data" : "")),
    ),
  );
  return h(
    "table",
    {},
    h("caption", {}, `Unknowns${answer.message ? `: ${answer.message}` : ""}`),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        ["y", "x", `${level} % limits`, "Remark"].map((name, index) =>
          h("th", { scope: "col", class: index < 3 ? "number" : null }, name),
        ),
      ),
    ),
    h("tbody", {}, rows),
  );
}

/**
 * Return a form that works out a formula in the coefficients.
 * @param {string} fit Id of the fit.
 * @param {string[]} names Parameters of the fit.
 * @param {() => number | null} curve The curve that is shown, of many.
 */
export function derivedForm(fit, names, curve) {
  const formula = h("input", {
    type: "text",
    class: "formula",
    placeholder: `log(2) / ${names[0] ?? "a"}`,
    autocomplete: "off",
    spellcheck: "false",
  });
  const answer = h("p", { "aria-live": "polite" });
  const form = h(
    "form",
    { onsubmit: ask },
    field("Formula in the coefficients", formula, `They are ${names.join(", ")}.`),
    h("p", {}),
    h("button", { type: "submit" }, "Work out"),
  );

  /** @param {Event} event */
  async function ask(event) {
    event.preventDefault();
    try {
      const page = await post(`fit/${fit}/derive`, {
        quantities: { quantity: formula.value },
        ...(curve() === null ? {} : { curves: [curve()] }),
      });
      const { value, stderr, lower, upper } = page.data[0].quantities.quantity;
      setFault(formula, "");
      fill(answer, h("b", {}, withError(value, stderr)), ` (${numberText(lower, 5)} to ${numberText(upper, 5)})`);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      setFault(formula, error.sentences.join(" "));
    }
  }
  return h("div", {}, form, answer);
}
