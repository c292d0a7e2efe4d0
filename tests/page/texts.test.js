import assert from "node:assert/strict";
import { test } from "node:test";
import { counted, durationText, limitsText, numberText, withError } from "../../app/static/page/numbers/texts.js";

test("a value and its error are rounded to two digits of the error", () => {
  assert.equal(withError(5.57144452858582, 0.04790567958), "5.571 ± 0.048");
  assert.equal(withError(-0.00123456, 0.0000456), "−0.001235 ± 0.000046");
  assert.equal(withError(123456, 789), "123460 ± 790");
  assert.equal(withError(0.9996, 0.0999), "1.00 ± 0.10");
  assert.equal(withError(-12.5, 3.04), "−12.5 ± 3.0");
});

test("very large and small values share one power of ten with their error", () => {
  assert.equal(withError(6.02214076e23, 1.2e18), "(6.022141 ± 0.000012)·10²³");
  assert.equal(withError(1.6e-19, 2.3e-21), "(1.600 ± 0.023)·10⁻¹⁹");
});

test("an error larger than its value does not hide the value", () => {
  assert.equal(withError(0.3, 45), "0 ± 45");
  assert.equal(withError(0, 0.012), "0.000 ± 0.012");
});

test("a value without an error stands alone", () => {
  assert.equal(withError(2.5, null), "2.5");
  assert.equal(withError(null, 1), "–");
});

test("numbers are written without needless zeros, with a minus and with powers of ten", () => {
  assert.equal(numberText(0), "0");
  assert.equal(numberText(-1.5), "−1.5");
  assert.equal(numberText(1e-9), "1·10⁻⁹");
  assert.equal(numberText(123456789), "1.234568·10⁸");
  assert.equal(numberText(Number.NaN), "–");
  assert.equal(numberText(Number.NEGATIVE_INFINITY), "−∞");
});

test("times and counts are written in words", () => {
  assert.equal(durationText(0.0004), "1 ms");
  assert.equal(durationText(75), "1 min 15 s");
  assert.equal(durationText(7300), "2 h 1 min");
  assert.equal(counted(1, "point"), "1 point");
  assert.equal(counted(12345, "point"), "12,345 points");
});

test("limits are rounded as their value", () => {
  assert.equal(limitsText([5.4189, 5.7239], 5.5714, 0.0479), "5.419 to 5.724");
  assert.equal(limitsText([1.1e-9, 3.2e-9], 2.1e-9, 5e-10), "(1.10 to 3.20)·10⁻⁹");
});

test("a value that is 0 to rounding is written with the digits of its error", () => {
  assert.equal(withError(-1e-19, 0.00047), "0.00000 ± 0.00047");
});
