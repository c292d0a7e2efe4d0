import assert from "node:assert/strict";
import { test } from "node:test";
import { extent, heights, wantLogarithm, withMargin } from "../../app/static/page/plots/ranges.js";

test("the ends leave out what is no number", () => {
  assert.deepEqual(
    extent([
      [3, null, 1],
      [Number.NaN, 7],
    ]),
    [1, 7],
  );
  assert.equal(extent([[null]]), null);
});

test("on a logarithmic axis only positive numbers count", () => {
  assert.deepEqual(extent([[-1, 0, 0.1, 10]], true), [0.1, 10]);
});

test("a margin is there even where all numbers are the same", () => {
  const [low, high] = withMargin([5, 5], false);
  assert.ok(low < 5 && high > 5);
  assert.deepEqual(withMargin([0, 0], false), [-1, 1]);
});

test("a logarithmic margin stays positive", () => {
  assert.ok(withMargin([1e-6, 1], true)[0] > 0);
});

test("a curve that runs away does not flatten the data", () => {
  const [low, high] = heights([0, 1], [-1e9, 1e9], false);
  assert.ok(low > -2 && high < 3);
});

test("a curve a little beyond the data is seen whole", () => {
  const [low, high] = heights([0, 1], [-0.2, 1.3], false);
  assert.ok(low < -0.2 && high > 1.3);
});

test("doses want a logarithmic axis, times do not", () => {
  assert.ok(wantLogarithm([0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30]));
  assert.ok(!wantLogarithm([1, 20, 40, 60, 80, 100]));
  assert.ok(!wantLogarithm([0, 0.1, 1, 100]));
});
