/**
 * The view in which a new fit is put together: data, model, start values, and a picture that follows.
 * @module
 */

import { counted } from "../numbers/texts.js";
import { createPlot } from "../plots/plot.js";
import { latestOnly } from "../service/latest.js";
import { ProblemError, send } from "../service/requests.js";
import { fill, h } from "../shell/elements.js";
import { notes } from "../shell/router.js";
import { dataCard } from "./data_card.js";
import { currentDraft, forgetDraft, requestOf, setDraft, targetOf, tutorialDraft } from "./draft.js";
import { modelCard } from "./model_card.js";
import { moreCard } from "./more_card.js";
import { startsCard } from "./starts_card.js";

/** @typedef {import("../service/requests.js").Schemas["Evaluation"]} Evaluation */

/** How long an answer may take before people are told that it is waited for. */
const PATIENT_MILLISECONDS = 300;

/**
 * Return the view of a new fit.
 * @type {import("../shell/router.js").MakeView}
 */
export function newFitView() {
  const draft = currentDraft();
  const plot = createPlot(360);
  const faults = h("div");
  const remark = h("p", { class: "quiet small", "aria-live": "polite" });
  const starts = startsCard(draft, () => evaluate(null));
  /** @type {typeof draft.model | null} */
  let sound = null;
  const model = modelCard(draft, (checked) => {
    sound = checked && draft.model;
    starts.showParameters((checked?.parameters ?? []).map(({ name }) => name));
    if (checked) evaluate(null);
  });
  const data = dataCard(draft, () => model.check(), useModel);
  const fit = h("button", { type: "submit", class: "primary" }, "Fit");

  /** @param {typeof draft.model} other */
  function useModel(other) {
    Object.assign(draft, { model: other, starts: {}, settings: {} });
    model.begin();
  }

  const evaluate = latestOnly(async () => {
    if (targetOf(draft) === null) {
      fill(remark, "Your data and the model's curve appear here.");
      return;
    }
    // What somebody types meanwhile is checked first.
    if (draft.model !== sound) return;
    const waiting = setTimeout(() => fill(remark, "Looking for start values\u2026"), PATIENT_MILLISECONDS);
    try {
      const answer = /** @type {Evaluation} */ (await (await send("POST", "evaluate", requestOf(draft))).json());
      starts.showFound(answer.start);
      plot.show(pictureOf(answer));
      fill(remark, remarkOf(answer));
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      fill(remark, error.sentences.join(" "));
    } finally {
      clearTimeout(waiting);
    }
  }, 30);

  /** @param {Event} event */
  async function post(event) {
    event.preventDefault();
    fit.disabled = true;
    clearFaults(form);
    try {
      const posted = await (
        await send("POST", "fit", { ...requestOf(draft), headers: { Prefer: "return=minimal" } })
      ).json();
      location.hash = `#/fit/${posted.id}`;
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      fill(faults, notes(atFields(form, error), "bad"));
    } finally {
      fit.disabled = false;
    }
  }

  const begin = (/** @type {() => void} */ change) => () => {
    change();
    window.dispatchEvent(new HashChangeEvent("hashchange"));
  };
  const form = h(
    "form",
    { class: "columns", onsubmit: post, novalidate: true },
    h("div", { class: "column" }, data.element, model.element, starts.element, moreCard(draft).element),
    h(
      "div",
      { class: "column sticky" },
      h("section", { class: "card", "aria-label": "Picture" }, plot.element, remark),
      h(
        "section",
        { class: "card" },
        faults,
        h(
          "div",
          { class: "row" },
          fit,
          h("button", { type: "button", onclick: begin(forgetDraft) }, "Begin anew"),
          h(
            "button",
            { type: "button", class: "plain", onclick: begin(() => setDraft(tutorialDraft())) },
            "The PyTorch tutorial's fit",
          ),
        ),
      ),
    ),
  );
  plot.show(pictureOf(null));
  const element = h("div", {}, h("h1", {}, "New fit"), form);
  return { element, title: "New fit", close: plot.close };
}

/**
 * @param {Evaluation | null} answer
 * @returns {import("../plots/plot.js").Picture}
 */
function pictureOf(answer) {
  const points = answer?.points ?? null;
  const curve = answer?.line;
  return {
    summary: points
      ? `${counted(points.x.length, "point")} and the curve at the start values.`
      : "Nothing to show yet.",
    points,
    x: curve?.x ?? [],
    lines: curve ? [{ label: "model at the start values", y: curve.y, colour: "--start-curve", dash: [6, 4] }] : [],
    bands: [],
    view: null,
  };
}

/** @param {Evaluation} answer */
function remarkOf({ total_points: total, points, message }) {
  const thinned =
    points && total && points.x.length < total ? `${points.x.length} of ${counted(total, "point")} are drawn. ` : "";
  return `${thinned}${message ?? "Dashed: the model at the start values."}`;
}

/** @param {HTMLElement} form */
function clearFaults(form) {
  for (const control of form.querySelectorAll("[data-pointer]")) control.setAttribute("aria-invalid", "false");
  for (const place of form.querySelectorAll(".fault")) place.textContent = "";
}

/**
 * Mark the fields that a problem names, and return its sentences for those that have no field.
 * @param {HTMLElement} form
 * @param {ProblemError} error
 */
function atFields(form, error) {
  const controls = /** @type {HTMLElement[]} */ ([...form.querySelectorAll("[data-pointer]")]);
  const marked = error.faults.map(({ pointer, detail }) => {
    const control = controls
      .filter((one) => pointer.startsWith(one.dataset.pointer ?? "-"))
      .sort((a, b) => (b.dataset.pointer ?? "").length - (a.dataset.pointer ?? "").length)[0];
    if (!control) return false;
    control.setAttribute("aria-invalid", "true");
    const place = document.getElementById(`${control.id}-fault`);
    if (place) place.textContent = detail;
    control.closest("details")?.setAttribute("open", "");
    return Boolean(place);
  });
  controls.find((control) => control.getAttribute("aria-invalid") === "true")?.focus();
  return error.sentences.filter((_, index) => !marked[index]);
}
