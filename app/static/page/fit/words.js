/**
 * Says in words what a fit is and where it is in its life.
 * @module
 */

import { counted, numberText } from "../numbers/texts.js";
import { h } from "../shell/elements.js";

/** @typedef {import("../service/requests.js").Fit} Fit */
/** @typedef {import("../service/requests.js").Schemas} Schemas */

const KINDS = /** @type {Record<string, string>} */ ({
  succeeded: "good",
  failed: "bad",
  queued: "busy",
  running: "busy",
  cancelling: "busy",
});

/**
 * Return the status as a badge.
 * @param {string} status
 */
export function statusBadge(status) {
  return h("span", { class: `badge ${KINDS[status] ?? ""}` }, status);
}

/**
 * Return whether a fit has ended.
 * @param {string} status
 */
export function hasEnded(status) {
  return !["queued", "running", "cancelling"].includes(status);
}

/**
 * Return the name of a fit: its label `title`, else what was fitted.
 * @param {Fit} fit
 */
export function titleOf(fit) {
  return fit.metadata.title || modelName(fit);
}

/**
 * Return the model by the name or formula that people know it by.
 * @param {Fit} fit
 */
export function modelName(fit) {
  const { model } = fit;
  if (typeof model === "string") return model;
  if (typeof model.name === "string") return model.name;
  if (Array.isArray(model.sum)) return model.sum.map((part) => part.name).join(" + ");
  return typeof model.series === "string" ? `${model.series} series` : (fit.formula ?? "model");
}

/**
 * Return how many curves a fit has; null for a fit of one.
 * @param {Fit} fit As a minimal answer tells it.
 * @returns {number | null}
 */
export function curveCount({ target }) {
  return "curves" in target ? (target.curves ?? null) : null;
}

/**
 * Return what the fit is fitted to, in a few words.
 * @param {Fit} fit As a minimal answer tells it.
 */
export function targetText(fit) {
  const target = /** @type {Schemas["FunctionTarget"] & Schemas["DataTargetSummary"]} */ (fit.target);
  if (target.function) {
    const [first, last] = (target.domain ?? []).map((end) => numberText(end, 4));
    return `${target.function} on ${first} to ${last}, ${counted(target.points, "point")}`;
  }
  const points = counted(target.points, "point");
  const curves = curveCount(fit);
  return curves === null ? points : `${counted(curves, "curve")}, ${points}`;
}
