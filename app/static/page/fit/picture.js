/**
 * The picture of a fit: points, curve, bands, and residuals below; thinned by the service for the part that is in view.
 * @module
 */

import { counted, numberText } from "../numbers/texts.js";
import { createPlot } from "../plots/plot.js";
import { wantLogarithm } from "../plots/ranges.js";
import { latestOnly } from "../service/latest.js";
import { ProblemError, read } from "../service/requests.js";
import { fill, h } from "../shell/elements.js";
import { notes } from "../shell/router.js";

/** @typedef {import("../service/requests.js").Schemas["FitView"]} FitView */

/**
 * Return the picture of a fit, which it reads itself.
 * @param {string} fit Id of the fit.
 * @param {{curve?: number | null, height?: number}} [options] Which of many curves.
 */
export function fitPicture(fit, { curve = null, height = 380 } = {}) {
  /** @type {[number, number] | null} */
  let view = null;
  /** @type {FitView | null} */
  let answer = null;
  /** @type {{x: number, y: number}[]} */
  let marks = [];
  const main = createPlot(height, { onView: look });
  const residuals = createPlot(150, { onView: look });
  const faults = h("div");
  let isFirst = true;
  const shown = { confidence: true, prediction: true, residuals: true, start: false, logX: false, logY: false };
  const toggles = h("div", { class: "row small" });
  const residualsBox = h("div", {}, h("h3", { class: "quiet" }, "Residuals"), residuals.element);

  const ask = latestOnly(async () => {
    try {
      answer = await read(`fit/${fit}/view`, { lower: view?.[0], upper: view?.[1], curve });
      fill(faults);
      if (isFirst && answer) shown.logX = wantLogarithm(answer.points.x);
      isFirst = false;
      draw();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      fill(faults, notes(error.sentences, "bad"));
    }
  });

  /** @param {[number, number] | null} wanted */
  function look(wanted) {
    view = wanted;
    ask(null);
  }

  function draw() {
    if (!answer) return;
    fill(toggles, toggleRow(answer, shown, draw), zoomRow(answer, view, look));
    main.show(mainPicture(answer, shown, view, marks));
    const hasResiduals = shown.residuals && answer.points.residuals !== null;
    residualsBox.hidden = !hasResiduals;
    if (hasResiduals) residuals.show(residualsPicture(answer, shown, view));
  }

  look(null);
  return {
    element: h("div", {}, toggles, faults, main.element, residualsBox),
    /** Read it anew, as after a training has ended. */
    refresh: () => ask(null),
    /**
     * Show the curve at other coefficients.
     * @param {{x: number, y: number}[]} points
     */
    mark(points) {
      marks = points;
      draw();
    },
    close() {
      main.close();
      residuals.close();
    },
  };
}

/** @typedef {{confidence: boolean, prediction: boolean, residuals: boolean, start: boolean, logX: boolean, logY: boolean}} Shown */

/**
 * @param {FitView} answer
 * @param {Shown} shown
 * @param {() => void} redraw
 */
function toggleRow(answer, shown, redraw) {
  const has = {
    confidence: answer.confidence,
    prediction: answer.prediction,
    residuals: answer.points.residuals,
    start: answer.start_line,
    logX: true,
    logY: true,
  };
  const labels = /** @type {[keyof Shown, string, string, string][]} */ ([
    ["confidence", "confidence band", "filled", "--band-confidence"],
    ["prediction", "prediction band", "filled", "--band-prediction"],
    ["start", "start", "", "--start-curve"],
    ["residuals", "residuals", "", ""],
    ["logX", "log x", "", ""],
    ["logY", "log y", "", ""],
  ]);
  return labels
    .filter(([name]) => has[name])
    .map(([name, label, kind, colour]) => {
      const box = h("input", {
        type: "checkbox",
        checked: shown[name],
        onchange: () => {
          shown[name] = box.checked;
          redraw();
        },
      });
      const text = colour
        ? h(
            "span",
            {
              class: `key ${kind}`,
              style: `--key-colour: var(${colour}); --key-style: ${name === "start" ? "dashed" : "solid"}`,
            },
            label,
          )
        : label;
      return h("label", { class: "row", style: "gap: 0.3rem" }, box, text);
    });
}

/**
 * @param {FitView} answer
 * @param {[number, number] | null} view
 * @param {(view: [number, number] | null) => void} look
 */
function zoomRow(answer, view, look) {
  const [low, high] = view ?? [answer.x[0], answer.x[answer.x.length - 1]];
  const middle = (low + high) / 2;
  const width = high - low;
  const button = (/** @type {string} */ label, /** @type {string} */ name, /** @type {[number, number] | null} */ to) =>
    h("button", { type: "button", class: "plain", "aria-label": name, title: name, onclick: () => look(to) }, label);
  return h(
    "span",
    { class: "row", style: "margin-left: auto; gap: 0.1rem" },
    button("+", "Zoom in", [middle - width / 4, middle + width / 4]),
    button("\u2212", "Zoom out", [middle - width, middle + width]),
    button("\u2190", "Further left", [low - width / 3, high - width / 3]),
    button("\u2192", "Further right", [low + width / 3, high + width / 3]),
    button("All", "Show all points", null),
  );
}

/**
 * @param {FitView} answer
 * @param {Shown} shown
 * @param {[number, number] | null} view
 * @param {{x: number, y: number}[]} marks
 * @returns {import("../plots/plot.js").Picture}
 */
function mainPicture(answer, shown, view, marks) {
  const bands = [];
  if (shown.prediction && answer.prediction)
    bands.push({ label: "prediction band", ...answer.prediction, colour: "--band-prediction" });
  if (shown.confidence && answer.confidence)
    bands.push({ label: "confidence band", ...answer.confidence, colour: "--band-confidence" });
  const lines = [];
  if (shown.start && answer.start_line)
    lines.push({ label: "start", y: answer.start_line, colour: "--start-curve", dash: [6, 4] });
  if (answer.line) lines.push({ label: "fit", y: answer.line, colour: "--curve" });
  return {
    summary: summaryOf(answer, marks),
    points: answer.points,
    x: answer.x,
    lines,
    bands,
    marks,
    view,
    logX: shown.logX,
    logY: shown.logY,
    xLabel: answer.x_label,
    yLabel: answer.y_label,
  };
}

/**
 * @param {FitView} answer
 * @param {{x: number, y: number}[]} marks
 */
function summaryOf(answer, marks) {
  const { points, total_points: total } = answer;
  const thinned = points.x.length < total ? `, of which ${points.x.length} are drawn` : "";
  const curve = answer.line?.filter((value) => value !== null) ?? [];
  const ends = curve.length
    ? ` The fitted curve goes from ${numberText(curve[0], 4)} at ${answer.x_label} = ${numberText(answer.x[0], 4)} to ${numberText(curve[curve.length - 1], 4)} at ${numberText(answer.x[answer.x.length - 1], 4)}.`
    : " There is no fitted curve.";
  const read = marks.length ? ` ${counted(marks.length, "unknown")} read off it.` : "";
  return `${counted(total, "point")}${thinned}.${ends}${answer.confidence ? " Around it are its confidence and prediction bands." : ""}${read}`;
}

/**
 * @param {FitView} answer
 * @param {Shown} shown
 * @param {[number, number] | null} view
 * @returns {import("../plots/plot.js").Picture}
 */
function residualsPicture({ points, x, x_label: xLabel }, shown, view) {
  return {
    summary: `Residuals of ${counted(points.x.length, "point")} against ${xLabel}.`,
    points: { x: points.x, y: points.residuals ?? [], counts: points.counts },
    x,
    lines: [{ label: "zero", y: x.map(() => 0), colour: "--line-strong", width: 1 }],
    bands: [],
    view,
    logX: shown.logX,
    xLabel,
    yLabel: "residual",
  };
}
