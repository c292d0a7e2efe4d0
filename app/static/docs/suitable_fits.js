// @ts-check
/** Which of the fits that are there an operation is shown with. */

/** @typedef {import("openapi").components["schemas"]["Fit"]} Fit */

/** @type {(fit: Fit) => boolean} */
const hasEnded = (fit) => fit.finished_at !== null;
/** @type {(fit: Fit) => boolean} */
const isOfMany = (fit) => Boolean(fit.result?.curves);
/** @type {(fit: Fit) => boolean} */
const isOneOfX = (fit) => fit.status === "succeeded" && !isOfMany(fit) && /\bx\b/.test(fit.formula ?? "");

/** @type {Record<string, (fit: Fit) => boolean>} */
const SUITABLE = {
  cancelFit: (fit) => !hasEnded(fit),
  streamFit: hasEnded,
  streamFits: hasEnded,
  deleteFit: hasEnded,
  getData: (fit) => !("function" in fit.target),
  getCurves: isOfMany,
  viewCurves: isOfMany,
  predictFit: isOneOfX,
  findUnknowns: isOneOfX,
  deriveQuantities: isOneOfX,
  exportFit: isOneOfX,
  viewFit: isOneOfX,
  drawFit: (fit) => fit.status === "succeeded",
};

/**
 * Return the id of the newest fit with which an operation can do something, or of the newest at all.
 *
 * @param {string} operation @param {Fit[]} fits newest first
 */
export function suitableFit(operation, fits) {
  return (fits.find(SUITABLE[operation] ?? (() => true)) ?? fits[0]).id;
}

/**
 * Return the ids of the two newest fits that look as if they were of the same data, or of the two newest at all.
 *
 * @param {Fit[]} fits newest first
 */
export function comparableFits(fits) {
  const succeeded = fits.filter((fit) => fit.status === "succeeded");
  for (const fit of succeeded) {
    const like = succeeded.filter((other) => dataOf(other) === dataOf(fit));
    if (like.length > 1) return like.slice(0, 2).map((other) => other.id);
  }
  return fits.slice(0, 2).map((fit) => fit.id);
}

/** @param {Fit} fit */
function dataOf(fit) {
  return JSON.stringify([fit.target, fit.loss, isOfMany(fit)]);
}
