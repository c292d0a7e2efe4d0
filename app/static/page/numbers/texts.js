/**
 * Writes numbers as people write them.
 * @module
 */

const MINUS = "\u2212";

/**
 * Return a number with so many digits, in powers of ten where it is very large or small; null and NaN are a dash.
 * @param {number | null | undefined} value
 * @param {number} [digits] Significant digits.
 */
export function numberText(value, digits = 7) {
  if (value === null || value === undefined || Number.isNaN(value)) return "\u2013";
  if (!Number.isFinite(value)) return value > 0 ? "\u221e" : `${MINUS}\u221e`;
  const size = Math.abs(value);
  const isPlain = size === 0 || (size >= 1e-4 && size < 1e7);
  const text = isPlain ? trimmed(value.toPrecision(digits)) : powerText(value, digits);
  return text.replace("-", MINUS);
}

/** @param {string} text */
function trimmed(text) {
  const plain = text.includes("e") ? String(Number(text)) : text;
  return plain.includes(".") ? plain.replace(/\.?0+$/, "") : plain;
}

/**
 * @param {number} value
 * @param {number} digits
 */
function powerText(value, digits) {
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  return `${trimmed(mantissa)}\u00b710${superscript(Number(exponent))}`;
}

/** @param {number} exponent */
function superscript(exponent) {
  const digits = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079";
  return (
    (exponent < 0 ? "\u207b" : "") + [...String(Math.abs(exponent))].map((digit) => digits[Number(digit)]).join("")
  );
}

const MOST_PLAIN = 6;
const LEAST_PLAIN = -4;

/**
 * Return a value with its standard error, both rounded to two digits of the error: 5.571 ± 0.048.
 * @param {number | null | undefined} value
 * @param {number | null | undefined} error
 */
export function withError(value, error) {
  if (value === null || value === undefined || !error || !Number.isFinite(error)) return numberText(value);
  const [power, decimals] = places(value, error);
  const [first, second] = [fixed(value, power, decimals), fixed(error, power, decimals)];
  return power ? `(${first} ± ${second})·10${superscript(power)}` : `${first} ± ${second}`;
}

/**
 * Return the two limits of a value, rounded as the value is to two digits of its error.
 * @param {[number, number]} limits
 * @param {number | null | undefined} value
 * @param {number | null | undefined} error
 */
export function limitsText(limits, value, error) {
  if (!value || !error || !Number.isFinite(error)) return limits.map((limit) => numberText(limit, 5)).join(" to ");
  const [power, decimals] = places(value, error);
  const [lower, upper] = limits.map((limit) => fixed(limit, power, decimals));
  return power ? `(${lower} to ${upper})·10${superscript(power)}` : `${lower} to ${upper}`;
}

/**
 * Return by which power of ten a value and its error are divided, and how many decimals they have then.
 * @param {number} value
 * @param {number} error
 */
function places(value, error) {
  const last = Math.floor(Math.log10(Number(error.toPrecision(2)))) - 1;
  const top = Math.floor(Math.log10(Math.max(Math.abs(value), error)));
  const power = top > MOST_PLAIN || top < LEAST_PLAIN ? top : 0;
  return [power, power - last];
}

/**
 * @param {number} number
 * @param {number} power
 * @param {number} decimals Below 0: digits before the point that are rounded away.
 */
function fixed(number, power, decimals) {
  const scaled = number / 10 ** power;
  const text =
    decimals < 0
      ? String(Math.round(scaled * 10 ** decimals) / 10 ** decimals)
      : scaled.toFixed(Math.min(decimals, 20));
  return text.replace(/^-(?=[0.]*$)/, "").replace("-", MINUS);
}

/**
 * Return a time in words: 1.2 s, 3 min 20 s.
 * @param {number} seconds
 */
export function durationText(seconds) {
  if (seconds < 1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${Math.round(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/**
 * Return a count with its noun: 1 point, 2 points.
 * @param {number} count
 * @param {string} noun
 */
export function counted(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
