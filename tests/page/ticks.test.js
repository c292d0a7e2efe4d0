import assert from "node:assert/strict";
import { test } from "node:test";
import { logarithmicTicks } from "../../app/static/page/plots/ticks.js";

test("many decades have a tick at each, or at every so-manieth", () => {
  assert.deepEqual(logarithmicTicks(0.5, 2e5), [1, 10, 100, 1000, 10000, 100000]);
  assert.ok(logarithmicTicks(1e-30, 1e30).length <= 11);
});

test("few decades have ticks within", () => {
  assert.deepEqual(logarithmicTicks(0.018, 1.2), [0.03, 0.1, 0.3, 1]);
  assert.deepEqual(logarithmicTicks(27, 230), [30, 40, 50, 70, 100, 150, 200]);
});

test("less than a decade has even ticks", () => {
  assert.deepEqual(logarithmicTicks(100, 104), [100, 101, 102, 103, 104]);
});

test("all ticks lie within the axis", () => {
  for (const [low, high] of [
    [1e-9, 3e-9],
    [0.9, 1.1],
    [5, 5000],
    [1e10, 1.00001e10],
  ]) {
    const ticks = logarithmicTicks(low, high);
    assert.ok(ticks.length >= 2 && ticks.every((tick) => tick >= low && tick <= high));
  }
});
