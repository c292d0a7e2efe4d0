/**
 * Says in words what a fit is and where it is in its life.
 * @module
 */

import { h } from "../shell/elements.js";

/** @typedef {import("../service/requests.js").Fit} Fit */

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
 * Return what the fit is fitted to, in a few words.
 * @param {Fit} fit
 */
export function targetText(fit) {
  const target = /** @type {any} */ (fit.target);
  if (target.function)
    return `${target.function} on ${target.domain[0].toPrecision(4)} to ${target.domain[1].toPrecision(4)}, ${target.points} points`;
  return `${pointCount(target).toLocaleString("en")} points`;
}

/** @param {any} target */
function pointCount(target) {
  if (typeof target.points === "number") return target.points;
  return target.y.reduce(
    (/** @type {number} */ count, /** @type {any} */ item) => count + (Array.isArray(item) ? item.length : 1),
    0,
  );
}
