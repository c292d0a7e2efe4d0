/**
 * Draws measured points with their error bars on the canvas of a plot.
 * @module
 */

/** @import uPlot from "../../uplot/uPlot.esm.js" */
/** @typedef {{x: (number | null)[], y: (number | null)[], sigma?: (number | null)[] | null, counts?: boolean[] | null}} Points */

const MOST_LARGE = 300;

/**
 * Draw points that lie in the view; one that does not count is hollow.
 * @param {uPlot} plot
 * @param {Points} points
 * @param {string} colour
 */
export function drawPoints(plot, points, colour) {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const radius = (points.x.length > MOST_LARGE ? 1.6 : 3) * ratio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left - radius, bbox.top - radius, bbox.width + 2 * radius, bbox.height + 2 * radius);
  ctx.clip();
  ctx.fillStyle = colour;
  ctx.strokeStyle = colour;
  ctx.lineWidth = ratio;
  if (points.sigma && points.x.length <= 2 * MOST_LARGE) drawBars(plot, points, points.sigma, radius);
  points.x.forEach((x, index) => {
    const y = points.y[index];
    if (x === null || y === null || !isOn(plot, x, y)) return;
    ctx.beginPath();
    ctx.arc(plot.valToPos(x, "x", true), plot.valToPos(y, "y", true), radius, 0, 2 * Math.PI);
    if (points.counts?.[index] === false) ctx.stroke();
    else ctx.fill();
  });
  ctx.restore();
}

/**
 * Draw what was read off a curve: a line from y to the curve and down to x.
 * @param {uPlot} plot
 * @param {{x: number, y: number}[]} marks
 * @param {string} colour
 */
export function drawMarks(plot, marks, colour) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.setLineDash([5 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.beginPath();
  for (const { x, y } of marks) {
    if (!isOn(plot, x, y)) continue;
    const [across, down] = [plot.valToPos(x, "x", true), plot.valToPos(y, "y", true)];
    ctx.moveTo(bbox.left, down);
    ctx.lineTo(across, down);
    ctx.lineTo(across, bbox.top + bbox.height);
  }
  ctx.stroke();
  ctx.restore();
}

/**
 * @param {uPlot} plot
 * @param {Points} points
 * @param {(number | null)[]} sigma
 * @param {number} cap Half the width of the ends of a bar, in pixels.
 */
function drawBars(plot, points, sigma, cap) {
  const { ctx } = plot;
  ctx.beginPath();
  points.x.forEach((x, index) => {
    const [y, error] = [points.y[index], sigma[index]];
    if (x === null || y === null || !error || !isOn(plot, x, y)) return;
    const across = plot.valToPos(x, "x", true);
    const top = plot.valToPos(y + error, "y", true);
    const low = /** @type {number} */ (plot.scales.y.min);
    const bottom = plot.valToPos(plot.scales.y.distr === 3 ? Math.max(y - error, low) : y - error, "y", true);
    ctx.moveTo(across, top);
    ctx.lineTo(across, bottom);
    for (const end of [top, bottom]) {
      ctx.moveTo(across - cap, end);
      ctx.lineTo(across + cap, end);
    }
  });
  ctx.stroke();
}

/**
 * @param {uPlot} plot
 * @param {number} x
 * @param {number} y
 */
function isOn(plot, x, y) {
  return (plot.scales.x.distr !== 3 || x > 0) && (plot.scales.y.distr !== 3 || y > 0);
}
