/**
 * Finds the ends of axes.
 * @module
 */

/** @typedef {number | null} Value Null where there is no number. */

/**
 * Return the least and the largest of some numbers, null where there are none.
 * @param {Iterable<Value>[]} lists
 * @param {boolean} [isPositive] Whether only numbers above 0 count, as on a logarithmic axis.
 * @returns {[number, number] | null}
 */
export function extent(lists, isPositive = false) {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const list of lists) {
    for (const value of list) {
      if (value === null || !Number.isFinite(value) || (isPositive && value <= 0)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : null;
}

const WIDE = 50;
const CROWDED = 0.2;

/**
 * Tell whether numbers want a logarithmic axis: all positive, over a wide range, and crowded at its lower end.
 * @param {Value[]} values
 */
export function wantLogarithm(values) {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  const [low, high] = [sorted[0], sorted[sorted.length - 1]];
  return low > 0 && high / low >= WIDE && sorted[Math.floor(sorted.length / 2)] < CROWDED * high;
}

/**
 * Return the ends of an axis with a margin beyond the numbers on it.
 * @param {[number, number] | null} ends
 * @param {boolean} isLogarithmic
 * @param {number} [share] Margin on each side, as a share of the whole.
 * @returns {[number, number]}
 */
export function withMargin(ends, isLogarithmic, share = 0.05) {
  if (ends === null) return isLogarithmic ? [1, 10] : [0, 1];
  const [low, high] = isLogarithmic ? [Math.log10(ends[0]), Math.log10(ends[1])] : ends;
  const margin = (high - low) * share || Math.abs(high) * share || 1;
  const wide = /** @type {[number, number]} */ ([low - margin, high + margin]);
  return isLogarithmic ? [10 ** wide[0], 10 ** wide[1]] : wide;
}

/**
 * Return the ends of the y axis for a picture: the data decide, and a curve that runs away is cut off.
 * @param {[number, number] | null} data
 * @param {[number, number] | null} curve
 * @param {boolean} isLogarithmic
 * @returns {[number, number]}
 */
export function heights(data, curve, isLogarithmic) {
  if (data === null || curve === null) return withMargin(data ?? curve, isLogarithmic);
  const [low, high] = withMargin(data, isLogarithmic, isLogarithmic ? 0.3 : 0.6);
  const both = /** @type {[number, number]} */ ([
    Math.min(data[0], Math.max(curve[0], low)),
    Math.max(data[1], Math.min(curve[1], high)),
  ]);
  return withMargin(both, isLogarithmic);
}
