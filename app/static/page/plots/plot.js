/**
 * A plot of points, lines and bands against x, with a summary to listen to and a table of its numbers.
 * @module
 */

import uPlot from "../../uplot/uPlot.esm.js";
import { numberText } from "../numbers/texts.js";
import { fill, h, scrolling } from "../shell/elements.js";
import { colour } from "../shell/theme.js";
import { drawMarks, drawPoints } from "./marks.js";
import { extent, heights, withMargin } from "./ranges.js";
import { tableOf } from "./table.js";
import { logarithmicTicks } from "./ticks.js";

/** @typedef {(number | null)[]} Values */
/** @typedef {{label: string, y: Values, colour: string, dash?: number[], width?: number}} Line */
/** @typedef {{label: string, lower: Values, upper: Values, colour: string}} Band */
/**
 * @typedef {object} Picture
 * @property {string} summary A sentence or two for people who can't see it.
 * @property {import("./marks.js").Points | null} points
 * @property {number[]} x Where lines and bands have their values; it ascends.
 * @property {Line[]} lines
 * @property {Band[]} bands
 * @property {{x: number, y: number}[]} [marks] What was read off the curve.
 * @property {[number, number] | null} view Ends of the x axis; null: all.
 * @property {boolean} [logX]
 * @property {boolean} [logY]
 * @property {boolean} [wholeHeight] Whether lines are never cut off.
 * @property {string} [xLabel]
 * @property {string} [yLabel]
 */

/**
 * Return an empty plot.
 * @param {number} height Of the canvas, in pixels.
 * @param {{onView?: (view: [number, number] | null) => void, hasTable?: boolean}} [options] `onView` is told which part of
 * x somebody has chosen with the mouse; null: all of it.
 */
export function createPlot(height, { onView, hasTable = true } = {}) {
  const canvas = h("div", { class: "plot", role: "img", "aria-label": "Nothing to show yet." });
  const rows = h("div", scrolling("Numbers of the plot"));
  const table = h(
    "details",
    { class: "small", ontoggle: () => table.open && shown && fill(rows, tableOf(shown)) },
    h("summary", {}, "Numbers of this plot"),
    rows,
  );
  const element = h("figure", { class: "figure" }, canvas, hasTable ? table : null);
  /** @type {uPlot | null} */
  let plot = null;
  /** @type {Picture | null} */
  let shown = null;
  let structure = "";

  function draw() {
    const width = canvas.clientWidth;
    if (!shown || width === 0) return;
    const wanted = JSON.stringify([
      shown.logX,
      shown.logY,
      shown.xLabel,
      shown.yLabel,
      shown.lines.map((line) => [line.label, line.colour]),
      shown.bands.map((band) => band.label),
    ]);
    if (plot && wanted === structure) {
      plot.batch(() => {
        plot?.setData(alignedData(/** @type {Picture} */ (shown)), false);
        setScales();
      });
    } else {
      structure = wanted;
      plot?.destroy();
      plot = new uPlot(
        options(shown, width, height, () => shown, onView),
        alignedData(shown),
        canvas,
      );
      setScales();
    }
  }

  function setScales() {
    if (!plot || !shown) return;
    const [x, y] = scales(shown);
    plot.setScale("x", { min: x[0], max: x[1] });
    plot.setScale("y", { min: y[0], max: y[1] });
  }

  function repaint() {
    structure = "";
    draw();
  }

  const observer = new ResizeObserver(() => {
    if (plot && canvas.clientWidth) plot.setSize({ width: canvas.clientWidth, height });
    else draw();
  });
  observer.observe(canvas);
  window.addEventListener("themechange", repaint);

  return {
    element,
    /** @param {Picture} picture */
    show(picture) {
      shown = picture;
      canvas.setAttribute("aria-label", picture.summary);
      draw();
      if (table.open) fill(rows, tableOf(picture));
    },
    close() {
      observer.disconnect();
      window.removeEventListener("themechange", repaint);
      plot?.destroy();
    },
  };
}

/**
 * @param {Picture} picture
 * @returns {[[number, number], [number, number]]}
 */
function scales({ points, x, lines, bands, view, logX = false, logY = false, wholeHeight }) {
  const across = view ?? withMargin(extent([points?.x ?? [], x], logX), logX, 0.03);
  const isIn = (/** @type {number | null} */ at) => at !== null && at >= across[0] && at <= across[1];
  const inView = (/** @type {Values} */ at, /** @type {Values} */ values) =>
    values.filter((_, index) => isIn(at[index]));
  const data = points ? extent([inView(points.x, points.y)], logY) : null;
  const drawn = [...lines.map((line) => line.y), ...bands.flatMap((band) => [band.lower, band.upper])];
  const curve = extent(
    drawn.map((values) => inView(x, values)),
    logY,
  );
  return [across, wholeHeight ? withMargin(curve, logY) : heights(data, curve, logY)];
}

/**
 * @param {Picture} picture
 * @returns {uPlot.AlignedData}
 */
function alignedData({ x, lines, bands, logY }) {
  const drawable = (/** @type {Values} */ values) =>
    logY ? values.map((value) => (value !== null && value > 0 ? value : null)) : values;
  return /** @type {uPlot.AlignedData} */ ([
    x,
    ...bands.flatMap((band) => [drawable(band.upper), drawable(band.lower)]),
    ...lines.map((line) => drawable(line.y)),
  ]);
}

/**
 * Return what an axis says of its ticks: those of uPlot, unless it is logarithmic.
 * @param {boolean | undefined} isLogarithmic
 * @returns {Partial<uPlot.Axis>}
 */
function ticksOf(isLogarithmic) {
  if (!isLogarithmic) return {};
  return { splits: (_plot, _axis, low, high) => logarithmicTicks(low, high), filter: (_plot, splits) => splits };
}

/**
 * Return the ends of an axis as they were set: uPlot would widen them to whole powers of ten.
 * @param {uPlot} _
 * @param {number} low
 * @param {number} high
 * @returns {[number, number]}
 */
function asGiven(_, low, high) {
  return [low, high];
}

/**
 * @param {Picture} picture
 * @param {number} width
 * @param {number} height
 * @param {() => Picture | null} now
 * @param {((view: [number, number] | null) => void) | undefined} onView
 * @returns {uPlot.Options}
 */
function options(picture, width, height, now, onView) {
  const axis = {
    stroke: () => colour("--text-quiet"),
    grid: { stroke: () => colour("--grid"), width: 1 },
    ticks: { stroke: () => colour("--line"), width: 1 },
    font: "12px system-ui, sans-serif",
    labelFont: "12px system-ui, sans-serif",
    values: (/** @type {uPlot} */ _, /** @type {(number | null)[]} */ splits) =>
      splits.map((value) => (value === null ? "" : numberText(value, 6))),
  };
  const bands = picture.bands.map((band, index) => ({
    series: /** @type {[number, number]} */ ([2 * index + 1, 2 * index + 2]),
    fill: () => colour(band.colour),
  }));
  return {
    width,
    height,
    legend: { show: false },
    cursor: { drag: { x: Boolean(onView), y: false, setScale: false }, points: { show: false } },
    scales: {
      x: { time: false, auto: false, distr: picture.logX ? 3 : 1, range: asGiven },
      y: { auto: false, distr: picture.logY ? 3 : 1, range: asGiven },
    },
    axes: [
      { ...axis, ...ticksOf(picture.logX), label: picture.xLabel, labelSize: picture.xLabel ? 20 : 0, size: 32 },
      { ...axis, ...ticksOf(picture.logY), label: picture.yLabel, labelSize: picture.yLabel ? 20 : 0, size: 64 },
    ],
    series: [
      {},
      ...picture.bands.flatMap((band) => [
        { label: band.label, width: 0, points: { show: false } },
        { label: band.label, width: 0, points: { show: false } },
      ]),
      ...picture.lines.map((line) => ({
        label: line.label,
        stroke: () => colour(line.colour),
        width: line.width ?? 2,
        dash: line.dash,
        points: { show: false },
      })),
    ],
    bands,
    hooks: {
      // Before the lines, so that many points don't hide them.
      drawAxes: [
        (/** @type {uPlot} */ plot) => {
          const points = now()?.points;
          if (points) drawPoints(plot, points, colour("--data"));
        },
      ],
      draw: [(/** @type {uPlot} */ plot) => drawMarks(plot, now()?.marks ?? [], colour("--good"))],
      setSelect: [
        (/** @type {uPlot} */ plot) => {
          const { left, width: chosen } = plot.select;
          if (chosen < 4) return;
          onView?.([plot.posToVal(left, "x"), plot.posToVal(left + chosen, "x")]);
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
      ready: [(/** @type {uPlot} */ plot) => plot.over.addEventListener("dblclick", () => onView?.(null))],
    },
  };
}
