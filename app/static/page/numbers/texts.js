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

/**
 * Return a value with its standard error, both rounded to two digits of the error: 5.571 ± 0.048.
 * @param {number | null | undefined} value
 * @param {number | null | undefined} error
 */
export function withError(value, error) {
  if (value === null || value === undefined) return numberText(value);
  if (!error || !Number.isFinite(error)) return numberText(value);
  const last = Math.floor(Math.log10(Number(error.toPrecision(2)))) - 1;
  const top = Math.max(Math.floor(Math.log10(Math.abs(value) || error)), last);
  if (top > 6 || top < -4) {
    const scale = 10 ** top;
    const decimals = Math.max(top - last, 0);
    return `(${(value / scale).toFixed(decimals)} \u00b1 ${(error / scale).toFixed(decimals)})\u00b710${superscript(top)}`.replace(
      "-",
      MINUS,
    );
  }
  const decimals = Math.min(Math.max(-last, 0), 20);
  const rounded = (/** @type {number} */ number) =>
    last > 0 ? String(Math.round(number / 10 ** last) * 10 ** last) : number.toFixed(decimals);
  return `${rounded(value)} \u00b1 ${rounded(error)}`.replace("-", MINUS);
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
