/**
 * Many curves of one fit: small pictures, what is wrong first if wanted, a table, and one opened large.
 * @module
 */

import { counted, numberText, withError } from "../numbers/texts.js";
import { smallPicture } from "../plots/small.js";
import { ProblemError, read } from "../service/requests.js";
import { announce, fill, h, scrolling } from "../shell/elements.js";
import { notes } from "../shell/router.js";
import { tabs } from "../shell/tabs.js";
import { fitPicture } from "./picture.js";
import { coefficientsTable, goodnessList } from "./results.js";

/** @typedef {import("../service/requests.js").Fit} Fit */
/** @typedef {import("../service/requests.js").Schemas["CurveView"]} CurveView */

const ON_A_PAGE = 96;

/**
 * Return the card of the curves of a fit.
 * @param {Fit} fit
 * @param {(() => void)[]} closing
 */
export function curvesCard(fit, closing) {
  const opened = h("div", { class: "column" });
  const grid = h("div");
  const counts = h("p", { class: "quiet" });
  const fault = h("div");
  const sort = h(
    "select",
    { onchange: () => void showFrom(0) },
    h("option", { value: "number" }, "in order"),
    h("option", { value: "worst" }, "worst first"),
  );
  const more = h("button", { type: "button", onclick: () => void showFrom(offset + ON_A_PAGE) }, "Next curves");
  const first = h("button", { type: "button", onclick: () => void showFrom(0) }, "First curves");
  /** @type {(() => void) | null} */
  let closeOpened = null;
  let offset = 0;
  let way = "pictures";
  closing.push(() => closeOpened?.());

  /** @param {number} from */
  async function showFrom(from) {
    try {
      const page = await read(`fit/${fit.id}/views`, { offset: from, limit: ON_A_PAGE, sort: sort.value });
      offset = from;
      more.disabled = !page.has_more;
      first.disabled = from === 0;
      fill(fault);
      fill(
        grid,
        way === "pictures"
          ? h(
              "div",
              { class: "plate" },
              page.data.map((/** @type {CurveView} */ curve) => well(curve, open)),
            )
          : curvesTable(page.data, open),
      );
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      fill(fault, notes(error.sentences, "bad"));
    }
  }

  /** @param {CurveView} curve */
  async function open(curve) {
    closeOpened?.();
    const picture = fitPicture(fit.id, { curve: curve.curve, height: 300 });
    closeOpened = picture.close;
    const result = h("div", scrolling("What is known of the curve"));
    fill(
      opened,
      h(
        "section",
        { class: "card" },
        h(
          "div",
          { class: "row spread" },
          h("h2", {}, nameOf(curve)),
          h("button", { type: "button", onclick: shut }, "Close"),
        ),
        picture.element,
        result,
      ),
    );
    opened.scrollIntoView({ block: "nearest" });
    announce(`${nameOf(curve)} is opened.`);
    const [whole] = (await read(`fit/${fit.id}/curves`, { after: curve.curve - 1, limit: 1 })).data;
    fill(
      result,
      notes(whole.status === "failed" ? [whole.message ?? whole.reason] : [], "bad"),
      notes([...whole.warnings, ...(whole.statistics?.warnings ?? [])]),
      coefficientsTable(whole.coefficients, whole.statistics, fit.parameters),
      whole.statistics ? goodnessList(whole.statistics) : null,
    );
  }

  function shut() {
    closeOpened?.();
    closeOpened = null;
    fill(opened);
  }

  const ways = tabs(
    [
      ["pictures", "Pictures"],
      ["table", "Table"],
    ],
    way,
    (name) => {
      way = name;
      void showFrom(0);
    },
  );
  const element = h(
    "div",
    { class: "column" },
    opened,
    h(
      "section",
      { class: "card", "aria-label": "Curves" },
      h(
        "div",
        { class: "row spread" },
        counts,
        h("div", { class: "row" }, h("label", { class: "row" }, "Order", sort), ways),
      ),
      fault,
      grid,
      h("div", { class: "row", style: "margin-top: 0.6rem" }, first, more),
    ),
  );
  return {
    element,
    /** @param {Fit} now */
    refresh(now) {
      fit = now;
      counts.textContent = countsText(now);
      void showFrom(0);
    },
  };
}

/** @param {Fit} fit */
function countsText({ result, progress }) {
  const counts = result?.curves;
  if (!counts) return `${counted(progress.curves ?? 0, "curve")} so far`;
  return Object.entries(counts)
    .map(([word, count]) => `${numberText(/** @type {number} */ (count))} ${word}`)
    .join(", ");
}

/** @param {CurveView} curve */
function nameOf({ curve, label }) {
  return label ?? `Curve ${curve}`;
}

/** @param {CurveView} curve */
function remarkOf({ status, reason, warnings, rsquared }) {
  if (status === "failed") return reason.replaceAll("_", " ");
  const size = rsquared === null ? "" : `R\u00b2 ${numberText(rsquared, 4)}`;
  return warnings.length ? `${size} \u26a0` : size;
}

/**
 * @param {CurveView} curve
 * @param {(curve: CurveView) => void} open
 */
function well(curve, open) {
  const kind = curve.status === "failed" ? "bad" : curve.warnings.length ? "warned" : "";
  return h(
    "button",
    { type: "button", class: `well ${kind}`, onclick: () => open(curve) },
    h("span", { class: "name" }, h("b", {}, nameOf(curve)), h("span", {}, remarkOf(curve))),
    smallPicture(curve.points, curve.line),
  );
}

/**
 * @param {CurveView[]} curves
 * @param {(curve: CurveView) => void} open
 */
function curvesTable(curves, open) {
  const names = Object.keys(curves[0]?.coefficients ?? {});
  const rows = curves.map((curve) =>
    h(
      "tr",
      {},
      h(
        "th",
        { scope: "row" },
        h("button", { type: "button", class: "plain", onclick: () => open(curve) }, nameOf(curve)),
      ),
      names.map((name) => h("td", { class: "number" }, withError(curve.coefficients[name], curve.stderr[name]))),
      h("td", {}, remarkOf(curve)),
    ),
  );
  return h(
    "div",
    scrolling("Coefficients of the curves"),
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, "Curve"),
          names.map((name) => h("th", { scope: "col", class: "number" }, name)),
          h("th", { scope: "col" }, "Fit"),
        ),
      ),
      h("tbody", {}, rows),
    ),
  );
}
