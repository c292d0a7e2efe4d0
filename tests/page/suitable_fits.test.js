import assert from "node:assert/strict";
import { test } from "node:test";
import { comparableFits, suitableFit } from "../../app/static/docs/suitable_fits.js";

const ended = {
  status: "succeeded",
  finished_at: "2026-11-27T12:00:00Z",
  formula: "a + b*x",
  loss: { name: "squares" },
};
const tutorial = { ...ended, id: "tutorial", target: { function: "sin" }, result: { curves: null } };
const again = { ...tutorial, id: "again" };
const measured = { ...ended, id: "measured", target: { points: 5 }, result: { curves: null } };
const plate = { ...ended, id: "plate", target: { points: 96 }, result: { curves: { total: 8 } } };
const running = { ...tutorial, id: "running", status: "running", finished_at: null, result: null };
const fits = [running, again, plate, measured, tutorial];

test("an operation is shown with the newest fit with which it can do something", () => {
  const found = ["getFit", "cancelFit", "deleteFit", "getData", "getCurves", "predictFit"].map((operation) =>
    suitableFit(operation, fits),
  );
  assert.deepEqual(found, ["running", "running", "again", "plate", "plate", "again"]);
});

test("where there is none, it is shown with the newest of all", () => {
  assert.equal(suitableFit("getCurves", [again, tutorial]), "again");
});

test("the newest fits of the same data are compared", () => {
  assert.deepEqual(comparableFits(fits), ["again", "tutorial"]);
  assert.deepEqual(comparableFits([measured, tutorial]), ["measured", "tutorial"]);
});
