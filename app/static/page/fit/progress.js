/**
 * Shows how a training goes: a bar with the time that is left, and the loss on a logarithmic axis.
 * @module
 */

import { durationText, numberText } from "../numbers/texts.js";
import { createPlot } from "../plots/plot.js";
import { h } from "../shell/elements.js";

/** @typedef {import("../service/requests.js").Schemas["Progress"]} Progress */

/** Return a bar for the progress of a fit. */
export function progressBar() {
  const bar = h("progress", { max: 1, value: 0, "aria-label": "Progress of the training" });
  const words = h("p", { class: "quiet small" });
  const began = performance.now();
  /** @type {number | null} */
  let first = null;
  return {
    element: h("div", {}, bar, words),
    /**
     * @param {Progress} progress
     * @param {string} status
     */
    show({ step, steps, loss }, status) {
      bar.value = steps ? step / steps : 0;
      if (status === "queued") {
        bar.removeAttribute("value");
        words.textContent = "It waits for a worker.";
        return;
      }
      first ??= step;
      const seconds = (performance.now() - began) / 1000;
      const rate = seconds > 0.5 ? (step - first) / seconds : 0;
      const left = rate > 0 ? `, at most ${durationText((steps - step) / rate)} left` : "";
      words.textContent = `Step ${step.toLocaleString("en")} of ${steps.toLocaleString("en")}${left}; loss ${numberText(loss, 5)}`;
    },
  };
}

const MOST_POINTS = 4000;

/** Return a plot of the loss, to which losses are added while a fit is trained. */
export function lossPlot() {
  const plot = createPlot(200, { hasTable: true });
  /** @type {{step: number, loss: number | null}[]} */
  let rows = [];

  function draw() {
    const last = rows.at(-1);
    const isPositive = rows.every((row) => row.loss === null || row.loss > 0);
    plot.show({
      summary: last
        ? `Loss after each step: from ${numberText(rows[0].loss, 4)} to ${numberText(last.loss, 4)} after ${last.step} steps.`
        : "No loss yet.",
      points: null,
      x: rows.map((row) => row.step),
      lines: [{ label: "loss", y: rows.map((row) => row.loss), colour: "--other" }],
      bands: [],
      view: null,
      logY: isPositive && rows.length > 0,
      wholeHeight: true,
      xLabel: "step",
      yLabel: "loss",
    });
  }

  return {
    element: plot.element,
    close: plot.close,
    /**
     * Show these losses and no others.
     * @param {typeof rows} losses
     */
    set(losses) {
      rows = losses;
      draw();
    },
    /**
     * Add losses of later steps; those of steps that are there already begin anew from there.
     * @param {typeof rows} losses
     */
    add(losses) {
      if (losses.length === 0) return;
      const kept = rows.filter((row) => row.step < losses[0].step);
      rows = [...kept, ...losses];
      if (rows.length > MOST_POINTS) rows = rows.filter((_, index) => index % 2 === 0 || index === rows.length - 1);
      draw();
    },
  };
}
