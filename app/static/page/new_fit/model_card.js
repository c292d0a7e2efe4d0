/**
 * Where a model is chosen: one of the library, a sum of two, or a formula that is checked while it is typed.
 * @module
 */

import { latestOnly } from "../service/latest.js";
import { ProblemError, post, readOnce } from "../service/requests.js";
import { field, fill, h, mathElement } from "../shell/elements.js";
import { tabs } from "../shell/tabs.js";
import { variablesOf } from "./draft.js";

/** @typedef {import("./draft.js").Draft} Draft */
/** @typedef {import("../service/requests.js").Schemas["CheckedModel"]} CheckedModel */
/** @typedef {import("../service/requests.js").Schemas["ModelDescription"]} LibraryModel */

/**
 * Return the card for the model.
 * @param {Draft} draft
 * @param {(model: CheckedModel | null) => void} checked Is told what the service says of the model; null where it can't be read.
 */
export function modelCard(draft, checked) {
  const body = h("div");
  const shown = h("div", {
    class: "formula-shown",
    tabindex: "0",
    role: "region",
    "aria-label": "Formula as mathematics",
    "aria-live": "polite",
  });
  const meanings = h("p", { class: "small quiet" });
  const fault = h("p", { class: "fault", id: "model-fault" });
  const choice = h("div");
  const element = h(
    "section",
    { class: "card", "aria-label": "Model" },
    h("h2", {}, "2. Model"),
    choice,
    body,
    fault,
    shown,
    meanings,
  );
  /** @type {HTMLInputElement | null} */
  let input = null;

  const check = latestOnly(async () => {
    // Nothing is wrong yet where somebody is about to begin.
    if (draft.model === "") {
      tell(null, "");
      return;
    }
    const model = draft.model;
    try {
      const answer = await post("check", { model, variables: variablesOf(draft) });
      if (model === draft.model) tell(answer, "");
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      if (model === draft.model) tell(null, error.faults.map(({ detail }) => detail).join(" ") || error.message);
    }
  }, 150);

  /**
   * @param {CheckedModel | null} model
   * @param {string} words What is wrong with it.
   */
  function tell(model, words) {
    fault.textContent = words;
    input?.setAttribute("aria-invalid", String(words !== ""));
    fill(shown, model?.mathml && mathElement(model.mathml));
    meanings.textContent = model ? meaningOf(model) : "";
    checked(model);
  }

  /** @param {string} kind */
  function show(kind) {
    input = null;
    if (kind === "formula") {
      if (typeof draft.model !== "string") draft.model = "";
      input = formulaInput(draft, () => check(null));
      fill(body, field("Formula", input, "In x and in parameters of any other names, such as a * exp(-x / tau) + c"));
      input.setAttribute("aria-describedby", "model-fault");
    } else if (kind === "series") {
      fill(
        body,
        seriesFields(draft, () => check(null)),
      );
    } else {
      fill(
        body,
        libraryFields(draft, () => check(null)),
      );
    }
    check(null);
  }

  function begin() {
    const kind = typeof draft.model === "string" ? "formula" : draft.model.series ? "series" : "library";
    fill(
      choice,
      tabs(
        [
          ["library", "Library"],
          ["formula", "Formula"],
          ["series", "Series"],
        ],
        kind,
        show,
      ),
    );
    show(kind);
  }
  begin();
  return { element, begin, check: () => check(null) };
}

/** @param {CheckedModel} model */
function meaningOf(model) {
  const meanings = model.parameters.flatMap(({ name, meaning }) => (meaning ? [`${name}: ${meaning}`] : []));
  return [...model.warnings, meanings.join("; ")].join(" ");
}

/**
 * @param {Draft} draft
 * @param {() => void} changed
 */
function formulaInput(draft, changed) {
  const input = h("input", {
    type: "text",
    class: "formula",
    value: String(draft.model),
    spellcheck: "false",
    autocomplete: "off",
    "data-pointer": "#/model",
    oninput: take,
  });
  function take() {
    draft.model = input.value;
    changed();
  }
  return input;
}

/**
 * @param {Draft} draft
 * @param {() => void} changed
 */
function seriesFields(draft, changed) {
  if (typeof draft.model === "string" || !draft.model.series) draft.model = { series: "legendre", degree: "auto" };
  const model = draft.model;
  const kinds = ["legendre", "chebyshev", "hermite", "laguerre", "fourier"];
  const kind = h(
    "select",
    { "data-pointer": "#/model/series", onchange: take },
    kinds.map((name) => h("option", {}, name)),
  );
  const degree = h("input", {
    type: "text",
    inputmode: "numeric",
    class: "number",
    value: String(model.degree),
    "data-pointer": "#/model/degree",
    oninput: take,
  });
  kind.value = model.series;
  function take() {
    draft.model = { ...model, series: kind.value, degree: degree.value === "auto" ? "auto" : Number(degree.value) };
    changed();
  }
  return h("div", { class: "row" }, field("Functions", kind), field("Degree", degree, "A number, or auto"));
}

/**
 * @param {Draft} draft
 * @param {() => void} changed
 */
function libraryFields(draft, changed) {
  if (typeof draft.model === "string" || draft.model.series) draft.model = { name: "linear" };
  const parts = /** @type {Record<string, any>[]} */ (/** @type {any} */ (draft.model).sum ?? [draft.model]).map(
    (part) => (typeof part === "string" ? { name: part } : part),
  );
  const list = h("div", { class: "scroll models", role: "radiogroup", "aria-label": "Models of the library" });
  const search = h("input", {
    type: "search",
    placeholder: "Find a model",
    "aria-label": "Find a model",
    oninput: () => showList(),
  });
  const second = h("select", { onchange: takeSecond });
  const options = h("div", { class: "row" });
  /** @type {LibraryModel[]} */
  let models = [];

  function take() {
    draft.model = parts.length > 1 ? { sum: structuredClone(parts) } : { ...parts[0] };
    fill(
      options,
      parts.flatMap((part) => optionFields(part, models, take)),
    );
    changed();
  }

  function takeSecond() {
    parts.splice(1);
    if (second.value) parts.push({ name: second.value });
    take();
  }

  function showList() {
    const words = search.value.toLowerCase();
    const found = models.filter(({ name, title }) => `${name} ${title}`.toLowerCase().includes(words));
    fill(
      list,
      found.map((model) => {
        const button = h("input", {
          type: "radio",
          name: "model",
          value: model.name,
          checked: parts[0].name === model.name,
          onchange: () => {
            parts[0] = { name: model.name };
            take();
          },
        });
        return h(
          "label",
          {},
          button,
          h("span", {}, model.title),
          h("span", { class: "quiet" }, mathElement(model.mathml)),
        );
      }),
    );
  }

  readOnce("models").then((answer) => {
    models = answer.data.filter((/** @type {LibraryModel} */ model) => model.name && model.formula);
    showList();
    fill(
      second,
      h("option", { value: "" }, "nothing more"),
      models.map(({ name, title }) => h("option", { value: name }, title)),
    );
    second.value = parts[1]?.name ?? "";
    fill(
      options,
      parts.flatMap((part) => optionFields(part, models, take)),
    );
    list.querySelector(":checked")?.parentElement?.scrollIntoView({ block: "nearest" });
  });
  return h(
    "div",
    {},
    search,
    list,
    h("div", { class: "row", style: "margin-top: 0.5rem" }, field("Plus", second), options),
  );
}

/**
 * @param {Record<string, any>} part
 * @param {LibraryModel[]} models
 * @param {() => void} changed
 */
function optionFields(part, models, changed) {
  const options = models.find(({ name }) => name === part.name)?.options ?? {};
  return Object.entries(options).map(([name, option]) => {
    const now = part[name] ?? option.default;
    const control = option.choices
      ? h(
          "select",
          { onchange: take },
          option.choices.map((choice) => h("option", {}, String(choice))),
        )
      : h("input", { type: "number", step: "any", class: "number", placeholder: String(option.default ?? "") });
    control.value = String(now ?? "");
    control.addEventListener("change", take);
    function take() {
      if (control.value === "") delete part[name];
      else
        part[name] = option.choices
          ? option.choices.find((choice) => String(choice) === control.value)
          : Number(control.value);
      changed();
    }
    return field(name.replaceAll("_", " "), control, option.meaning);
  });
}
