import assert from "node:assert/strict";
import { test } from "node:test";
import { numbersOf } from "../../app/static/page/fit/unknowns.js";
import {
  currentDraft,
  forgetDraft,
  parametersOf,
  plainStart,
  requestOf,
  targetOf,
  tutorialDraft,
  variableName,
  variablesOf,
} from "../../app/static/page/new_fit/draft.js";

function tableDraft(roles, more = {}) {
  forgetDraft();
  return Object.assign(currentDraft(), { file: new File(["x,y"], "data.csv"), roles, ...more });
}

test("the tutorial's draft is the tutorial's job", () => {
  const { json } = requestOf(tutorialDraft());
  assert.deepEqual(json.target, { function: "sin", domain: [-Math.PI, Math.PI], points: 2000 });
  assert.equal(json.model, "a + b * P3(c + d * x)");
  assert.deepEqual(json.parameters, { a: { start: 0 }, b: { start: -1 }, c: { start: 0 }, d: { start: 0.3 } });
});

test("columns become the target by their roles", () => {
  assert.deepEqual(targetOf(tableDraft({ t: "x", signal: "y", sd: "sigma", note: "" })), {
    x: "t",
    y: "signal",
    sigma: "sd",
  });
  assert.deepEqual(targetOf(tableDraft({ dose: "x" }, { allOthers: true })), { x: "dose", y: "*" });
  assert.deepEqual(targetOf(tableDraft({ t: "x", a: "y", b: "y" })), { x: "t", y: ["a", "b"] });
});

test("several columns of x are predictor variables with names that formulas can have", () => {
  const draft = tableDraft({ "Temp (°C)": "x", "2nd": "x", y: "y" });
  assert.deepEqual(targetOf(draft).x, { Temp_C: "Temp (°C)", x_2nd: "2nd" });
  assert.deepEqual(variablesOf(draft), ["Temp_C", "x_2nd"]);
  assert.equal(variableName("größe"), "gro_e");
});

test("there is no target before x and y are chosen", () => {
  assert.equal(targetOf(tableDraft({ t: "x" })), null);
});

test("a file goes with its request in a form", () => {
  const { form, json } = requestOf(tableDraft({ t: "x", v: "y" }));
  assert.equal(json, undefined);
  assert.equal(form.get("data").name, "data.csv");
});

test("what is left to the service is left out of the parameters", () => {
  const starts = {
    a: plainStart(),
    b: { ...plainStart(), start: 2, fixed: true },
    c: { ...plainStart(), lower: 0 },
    d: { ...plainStart(), tied: "2*b" },
  };
  assert.deepEqual(parametersOf(starts), { b: { start: 2, fixed: true }, c: { lower: 0 }, d: { tied: "2*b" } });
});

test("unknowns are read with commas between them and blanks between repeats", () => {
  assert.deepEqual(numbersOf("3.2, 4.9 5.1;7"), [3.2, [4.9, 5.1], 7]);
  assert.equal(numbersOf("a"), null);
  assert.equal(numbersOf(" "), null);
});
