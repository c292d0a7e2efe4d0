import assert from "node:assert/strict";
import { test } from "node:test";
import { latestOnly } from "../../app/static/page/service/latest.js";

test("of questions that come while one is asked only the last is asked", async () => {
  const asked = [];
  let answer = () => {};
  const ask = latestOnly(async (question) => {
    asked.push(question);
    await new Promise((resolve) => {
      answer = resolve;
    });
  });
  const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
  ask(1);
  await settled();
  ask(2);
  ask(3);
  await settled();
  assert.deepEqual(asked, [1]);
  answer();
  await settled();
  assert.deepEqual(asked, [1, 3]);
});
