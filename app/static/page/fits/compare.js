/**
 * Fits side by side: their pictures, and what the criteria and tests say of them.
 * @module
 */

import { fitPicture } from "../fit/picture.js";
import { coefficientsTable } from "../fit/results.js";
import { titleOf } from "../fit/words.js";
import { numberText } from "../numbers/texts.js";
import { ProblemError, post, send } from "../service/requests.js";
import { fill, h, scrolling } from "../shell/elements.js";
import { notes } from "../shell/router.js";
import { chosen, setChosen } from "./chosen.js";

/** @typedef {import("../service/requests.js").Fit} Fit */
/** @typedef {import("../service/requests.js").Schemas["Comparison"]} Comparison */

/**
 * Return the view of fits that are compared: those of the address, else those that were chosen.
 * @type {import("../shell/router.js").MakeView}
 */
export function compareView(_, query) {
  const ids = query.get("fits")?.split(",") ?? chosen();
  const element = h("div", { class: "column" }, h("h1", {}, "Compare"));
  /** @type {(() => void)[]} */
  const closing = [];
  if (ids.length < 2) {
    element.append(
      h(
        "p",
        {},
        "Choose two fits or more in the ",
        h("a", { href: "#/fits" }, "list of fits"),
        ", or by the button Compare of a fit.",
      ),
    );
  } else {
    void showAll(element, ids, closing);
  }
  return { element, title: "Compare", close: () => closing.forEach((end) => void end()) };
}

/**
 * @param {HTMLElement} element
 * @param {string[]} ids
 * @param {(() => void)[]} closing
 */
async function showAll(element, ids, closing) {
  const table = h("section", { class: "card" });
  const pictures = h("div", { class: "columns" });
  element.append(table, pictures);
  try {
    const fits = await Promise.all(
      ids.map(
        async (id) =>
          /** @type {Fit} */ (await (await send("GET", `fit/${id}`, { headers: { Prefer: "return=minimal" } })).json()),
      ),
    );
    fill(
      pictures,
      fits.map((fit) => fitColumn(fit, closing)),
    );
    fill(
      table,
      comparisonTables(await post("compare", { fits: ids }), new Map(fits.map((fit) => [fit.id, titleOf(fit)]))),
    );
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    fill(
      table,
      notes(error.sentences, "bad"),
      h("button", { type: "button", onclick: () => chooseOthers(ids) }, "Choose others"),
    );
  }
}

/** @param {string[]} ids */
function chooseOthers(ids) {
  for (const id of ids) setChosen(id, false);
  location.hash = "#/fits";
}

/**
 * @param {Fit} fit
 * @param {(() => void)[]} closing
 */
function fitColumn(fit, closing) {
  const picture = fitPicture(fit.id, { height: 260 });
  closing.push(picture.close);
  return h(
    "section",
    { class: "card" },
    h("h2", {}, h("a", { href: `#/fit/${fit.id}` }, titleOf(fit))),
    picture.element,
    fit.result?.coefficients
      ? h(
          "div",
          scrolling("Coefficients"),
          coefficientsTable(fit.result.coefficients, fit.result.statistics, fit.parameters),
        )
      : null,
  );
}

/**
 * @param {Comparison} comparison
 * @param {Map<string, string>} titles
 */
function comparisonTables(comparison, titles) {
  const heads = ["Fit", "Points", "k", "\u03c7\u00b2", "AICc", "BIC", "\u0394", "Weight"];
  const rows = comparison.fits.map((one) =>
    h(
      "tr",
      {},
      h(
        "th",
        { scope: "row" },
        titles.get(one.fit) ?? one.fit,
        one.fit === comparison.best ? h("span", { class: "badge good" }, "best") : null,
      ),
      [one.ndata, one.k, one.loss, one.aicc, one.bic, one.delta, one.weight].map((value) =>
        h("td", { class: "number" }, numberText(value, 5)),
      ),
    ),
  );
  const tests = comparison.tests.map(
    (test) =>
      `${titles.get(test.smaller)} is a special case of ${titles.get(test.larger)} (${test.why_nested}): ${test.test.replaceAll("_", " ")} ${numberText(test.statistic, 4)}, p = ${numberText(test.p_value, 3)}.`,
  );
  return [
    h(
      "div",
      scrolling("Comparison"),
      h(
        "table",
        {},
        h("caption", {}, `By ${comparison.criterion}; the smaller, the better`),
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            heads.map((name, index) => h("th", { scope: "col", class: index ? "number" : null }, name)),
          ),
        ),
        h("tbody", {}, rows),
      ),
    ),
    tests.map((words) => h("p", {}, words)),
    comparison.message ? h("p", { class: "quiet" }, comparison.message) : null,
  ];
}
