/**
 * Shows what a fit has found: coefficients with errors, goodness of fit, what is to be known about the numbers.
 * @module
 */

import { durationText, limitsText, numberText, withError } from "../numbers/texts.js";
import { h } from "../shell/elements.js";
import { notes } from "../shell/router.js";

/** @typedef {import("../service/requests.js").Fit} Fit */
/** @typedef {import("../service/requests.js").Schemas} Schemas */

/**
 * Return a table of coefficients.
 * @param {Record<string, number | null>} coefficients
 * @param {Schemas["Statistics"] | null | undefined} statistics
 * @param {Fit["parameters"]} parameters As they were asked for.
 */
export function coefficientsTable(coefficients, statistics, parameters) {
  const level = Math.round((statistics?.confidence_level ?? 0.95) * 1000) / 10;
  const rows = Object.entries(coefficients).map(([name, value]) => {
    const error = statistics?.stderr[name];
    const interval = statistics?.confidence_intervals?.[name];
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, name),
      h("td", { class: "number", title: String(value) }, withError(value, error)),
      h("td", { class: "number wide-only" }, relativeText(value, error)),
      h("td", { class: "number" }, interval ? limitsText(interval, value, error) : remark(parameters[name])),
    );
  });
  return h(
    "table",
    {},
    h("caption", {}, statistics ? "Coefficients with standard errors" : "Coefficients; they have no standard errors"),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col" }, "Parameter"),
        h("th", { scope: "col", class: "number" }, "Value"),
        h("th", { scope: "col", class: "number wide-only" }, "Error, %"),
        h("th", { scope: "col", class: "number" }, `${level} % interval`),
      ),
    ),
    h("tbody", {}, rows),
  );
}

const MOST_PERCENT = 1000;

/**
 * @param {number | null} value
 * @param {number | null | undefined} error
 */
function relativeText(value, error) {
  if (!value || !error) return "";
  const percent = Math.abs(error / value) * 100;
  return percent < MOST_PERCENT ? numberText(percent, 2) : `> ${MOST_PERCENT}`;
}

/** @param {Fit["parameters"][string] | undefined} parameter */
function remark(parameter) {
  if (parameter?.tied) return `= ${parameter.tied}`;
  return parameter?.fixed ? "fixed" : "\u2013";
}

const GOODNESS = /** @type {[keyof Schemas["Statistics"], string, string][]} */ ([
  ["rsquared", "R\u00b2", "Share of the variance of y that the model explains"],
  ["rmse", "RMSE", "Root of the mean squared residual"],
  ["redchi", "Reduced \u03c7\u00b2", "Sum of squared weighted residuals by degrees of freedom"],
  ["chisqr", "\u03c7\u00b2", "Sum of squared weighted residuals"],
  ["chi2_pvalue", "p of \u03c7\u00b2", "Probability of a \u03c7\u00b2 as large if the model is right"],
  ["ndata", "Points", "Number of points that count"],
  ["nvarys", "Free parameters", "Parameters that were fitted"],
  ["nfree", "Degrees of freedom", "Points less free parameters"],
  ["aicc", "AICc", "Akaike information criterion, corrected for few points"],
  ["bic", "BIC", "Bayesian information criterion"],
  ["condition", "Condition", "Condition number of the Jacobian: how well the data tell the parameters apart"],
]);

/**
 * Return the goodness of fit as a list of numbers.
 * @param {Schemas["Statistics"]} statistics
 */
export function goodnessList(statistics) {
  const shown = GOODNESS.filter(([name]) => statistics[name] !== null && statistics[name] !== undefined);
  return h(
    "dl",
    { class: "numbers" },
    shown.map(([name, label, meaning]) =>
      h(
        "div",
        { title: meaning },
        h("dt", {}, label),
        h("dd", {}, numberText(/** @type {number} */ (statistics[name]), name === "rsquared" ? 6 : 5)),
      ),
    ),
  );
}

/**
 * Return everything that is to be known about a fit, in sentences: failures first.
 * @param {Fit} fit
 */
export function remarks(fit) {
  const failure = fit.error
    ? [fit.error.message]
    : fit.status === "succeeded"
      ? []
      : [fit.message ?? ""].filter(Boolean);
  const warnings = [...fit.warnings, ...(fit.result?.statistics?.warnings ?? []), ...otherMinima(fit)];
  return [notes(failure, "bad"), notes(warnings)];
}

/**
 * @param {Fit} fit
 * @returns {string[]}
 */
function otherMinima(fit) {
  const [best, next] = fit.result?.minima ?? [];
  if (!best || !next || next.loss > NEARLY_AS_GOOD * best.loss || !isElsewhere(best, next)) return [];
  const values = Object.entries(next.coefficients).map(([name, value]) => `${name} = ${numberText(value, 4)}`);
  return [`Another answer is nearly as good: ${values.join(", ")}.`];
}

const NEARLY_AS_GOOD = 1.1;
const ELSEWHERE = 0.2;

/**
 * Tell whether two minima differ by so much that they are two answers.
 * @param {Schemas["Minimum"]} one
 * @param {Schemas["Minimum"]} other
 */
function isElsewhere(one, other) {
  return Object.entries(one.coefficients).some(([name, value]) => {
    const size = Math.max(Math.abs(value), Math.abs(other.coefficients[name]));
    return Math.abs(value - other.coefficients[name]) > ELSEWHERE * size;
  });
}

/**
 * Return how a fit came to its end: optimizer, steps, times, as a list.
 * @param {Fit} fit
 */
export function wayList(fit) {
  const { result } = fit;
  if (!result) return null;
  const facts = [
    ["Optimizer", fit.hyperparameters.optimizer],
    ["Loss", `${fit.loss.name}${result.threshold ? `, threshold ${numberText(result.threshold, 4)}` : ""}`],
    ["Steps", String(result.steps)],
    ["Ended", `${fit.reason ?? ""}${result.criterion ? ` (${result.criterion})` : ""}`],
    ["Training", durationText(result.timings.training)],
    [
      "Start values",
      Object.entries(result.start ?? {})
        .map(([name, value]) => `${name} = ${numberText(value, 4)}`)
        .join(", "),
    ],
    ["Device", `${fit.device}, ${fit.dtype}`],
  ].filter(([, text]) => text);
  return h(
    "dl",
    { class: "numbers" },
    facts.map(([label, text]) => h("div", {}, h("dt", {}, label), h("dd", {}, text))),
  );
}
