/**
 * Finds the numbers at which a logarithmic axis has its ticks.
 * @module
 */

const FEWEST = 4;
const MOST = 10;
const STEPS = [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 4, 5, 7]];

/**
 * Return round numbers between two ends, few enough to have a label each.
 * @param {number} low Above 0.
 * @param {number} high
 * @returns {number[]}
 */
export function logarithmicTicks(low, high) {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const stride = Math.max(1, Math.ceil((last - first) / MOST));
  const decades = Array.from(
    { length: Math.floor((last - first) / stride) + 1 },
    (_, index) => 10 ** (first + index * stride),
  );
  for (const steps of STEPS) {
    const ticks = decades.flatMap((decade) => steps.map((step) => round(step * decade)));
    const inside = ticks.filter((tick) => tick >= low && tick <= high);
    if (inside.length >= FEWEST) return inside;
  }
  return evenTicks(low, high);
}

/**
 * @param {number} low
 * @param {number} high
 */
function evenTicks(low, high) {
  const rough = (high - low) / FEWEST;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const ticks = [];
  for (let index = Math.ceil(low / step); index * step <= high; index += 1) ticks.push(round(index * step));
  return ticks;
}

/** @param {number} value */
function round(value) {
  return Number(value.toPrecision(12));
}
