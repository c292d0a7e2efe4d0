/**
 * The view of one fit: while it is trained, and when it has ended.
 * @module
 */

import { watch } from "../service/live.js";
import { ProblemError, post, read, send } from "../service/requests.js";
import { announce, fill, h, mathElement, scrolling } from "../shell/elements.js";
import { notes } from "../shell/router.js";
import { actionRow } from "./actions.js";
import { curvesCard } from "./curves.js";
import { fitPicture } from "./picture.js";
import { lossPlot, progressBar } from "./progress.js";
import { coefficientsTable, goodnessList, remarks, wayList } from "./results.js";
import { derivedForm, unknownsForm } from "./unknowns.js";
import { curveCount, hasEnded, statusBadge, targetText, titleOf } from "./words.js";

/** @typedef {import("../service/requests.js").Fit} Fit */
/** @typedef {ReturnType<typeof lossPlot>} LossPlot */

/** Fewest losses that are worth a plot. */
const FEWEST_LOSSES = 3;

/**
 * Return the view of the fit that the address names.
 * @type {import("../shell/router.js").MakeView}
 */
export function fitView([id]) {
  const element = h("div", {}, h("p", { class: "quiet" }, "Reading the fit\u2026"));
  /** @type {(() => void)[]} */
  const closing = [];
  let isClosed = false;

  readFit(id)
    .then((fit) => isClosed || showFit(element, fit, closing))
    .catch((error) => {
      if (!(error instanceof ProblemError)) throw error;
      fill(element, notes(error.sentences, "bad"), h("a", { href: "#/fits" }, "All fits"));
    });

  return {
    element,
    title: "Fit",
    close() {
      isClosed = true;
      for (const end of closing) end();
    },
  };
}

/**
 * @param {string} id
 * @returns {Promise<Fit>}
 */
async function readFit(id) {
  return (await send("GET", `fit/${encodeURIComponent(id)}`, { headers: { Prefer: "return=minimal" } })).json();
}

/**
 * @param {HTMLElement} element
 * @param {Fit} fit
 * @param {(() => void)[]} closing
 */
function showFit(element, fit, closing) {
  const heading = h("div", { class: "row" });
  const actions = h("div", { class: "row" });
  const formula = h("div", { class: "formula-shown", tabindex: "0", role: "region", "aria-label": "Formula" });
  const said = h("div", {});
  const results = h("div", { class: "column" });
  const pictures = h("div", { class: "column" });
  const loss = lossPlot();
  const lossCard = h("section", { class: "card" }, h("h2", {}, "Loss"), loss.element);
  let stopWatching = () => {};
  closing.push(loss.close, () => stopWatching());

  function showHead() {
    document.title = `${titleOf(fit)} - fit-service`;
    fill(heading, h("h1", {}, titleOf(fit)), statusBadge(fit.status));
    fill(actions, actionRow(fit, refresh));
    fill(said, remarks(fit));
  }

  /** Read the fit again and show what has changed. */
  async function refresh() {
    fit = await readFit(fit.id);
    showHead();
    showResults();
    void showFormula(formula, fit);
  }

  function showResults() {
    stopWatching();
    const isOver = hasEnded(fit.status);
    const training = isOver ? null : trainingCard(fit);
    fill(results, training?.element ?? resultCards(fit, picture));
    if (isOver) void showHistory(fit, loss, lossCard);
    if (training) stopWatching = watch(fit.id, (snapshot) => void follow(snapshot, training));
    picture?.refresh();
    curves?.refresh(fit);
  }

  /**
   * @param {import("../service/live.js").Snapshot} snapshot
   * @param {ReturnType<typeof trainingCard>} training
   */
  async function follow(snapshot, training) {
    training.show(snapshot);
    loss.add(snapshot.losses);
    picture?.refresh();
    if (!snapshot.ended) return;
    await refresh();
    announce(`The fit has ended: ${fit.status}.`);
  }

  const isMany = curveCount(fit) !== null;
  fill(
    element,
    h("div", { class: "row spread" }, heading, actions),
    h("p", { class: "quiet" }, targetText(fit)),
    formula,
    said,
    h("div", { class: isMany ? "column" : "columns wide-first" }, pictures, results),
  );
  const curves = isMany ? curvesCard(fit, closing) : null;
  const picture = isMany ? null : fitPicture(fit.id);
  if (picture) closing.push(picture.close);
  fill(
    pictures,
    picture ? h("section", { class: "card" }, h("h2", { class: "unseen" }, "Picture"), picture.element) : null,
    curves?.element ?? null,
    lossCard,
  );
  showHead();
  showResults();
  void showFormula(formula, fit);
}

/**
 * Show the model of a fit as mathematics, where it can be shown so.
 * @param {HTMLElement} place
 * @param {Fit} fit
 */
async function showFormula(place, { formula }) {
  if (!formula) return;
  try {
    const { mathml } = await post("check", { model: formula });
    fill(place, mathml && mathElement(mathml));
  } catch (error) {
    // In several variables, whose names are not known here, a formula stays a text.
    if (!(error instanceof ProblemError)) throw error;
    fill(place, h("code", {}, formula));
  }
}

/**
 * Return a card that shows how the training of a fit goes.
 * @param {Fit} fit
 */
function trainingCard(fit) {
  const bar = progressBar();
  const values = h("div", scrolling("Newest coefficients"));
  bar.show(fit.progress, fit.status);
  return {
    element: h("section", { class: "card" }, h("h2", {}, "Training"), bar.element, values),
    /** @param {import("../service/live.js").Snapshot} snapshot */
    show({ progress, status, coefficients }) {
      bar.show(progress, status);
      if (coefficients) fill(values, coefficientsTable(coefficients, null, fit.parameters));
    },
  };
}

/**
 * @param {Fit} fit
 * @param {ReturnType<typeof fitPicture> | null} picture
 */
function resultCards(fit, picture) {
  const { result } = fit;
  if (!result) return [];
  const statistics = result.statistics;
  const cards = [];
  if (Object.keys(result.coefficients).length)
    cards.push(
      h(
        "section",
        scrolling("Coefficients", "card"),
        coefficientsTable(result.coefficients, statistics, fit.parameters),
      ),
    );
  if (statistics) cards.push(h("section", { class: "card" }, h("h2", {}, "Goodness of fit"), goodnessList(statistics)));
  if (picture && statistics) {
    cards.push(
      h(
        "section",
        { class: "card" },
        h("h2", {}, "Read off the curve"),
        unknownsForm(fit.id, () => null, picture.mark),
        h("h3", { style: "margin-top: 1rem" }, "Derived quantity"),
        derivedForm(fit.id, Object.keys(result.coefficients), () => null),
      ),
    );
  }
  cards.push(h("details", { class: "card" }, h("summary", {}, "How it was fitted"), wayList(fit)));
  return cards;
}

/**
 * @param {Fit} fit
 * @param {LossPlot} plot
 * @param {HTMLElement} card
 */
async function showHistory(fit, plot, card) {
  const rows = (await read(`fit/${fit.id}/history`, { max_points: 1000 })).data;
  card.hidden = rows.length < FEWEST_LOSSES;
  plot.set(rows);
}
