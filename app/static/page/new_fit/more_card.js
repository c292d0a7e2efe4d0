/**
 * What most people leave as it is: loss, optimizer, intervals, device, labels.
 * @module
 */

import { readOnce } from "../service/requests.js";
import { field, fill, h } from "../shell/elements.js";

/** @typedef {import("./draft.js").Draft} Draft */

/**
 * Return the card for all other settings of a fit.
 * @param {Draft} draft
 */
export function moreCard({ settings }) {
  settings.metadata ??= {};
  const title = h("input", {
    type: "text",
    value: settings.metadata.title ?? "",
    maxlength: 512,
    onchange: () => put(settings.metadata, "title", title.value),
  });
  const sections = [
    h("div", { class: "row" }, field("Title", title), lossField(settings), levelField(settings)),
    h("div", { class: "row" }, optimizerFields(settings), deviceField(settings)),
    labelsField(settings),
  ];
  return {
    element: h(
      "details",
      { class: "card" },
      h("summary", {}, "4. More: title, loss, optimizer, intervals, device, labels"),
      sections,
    ),
  };
}

/**
 * @param {Record<string, any>} place
 * @param {string} name
 * @param {unknown} value Empty or NaN takes it out.
 */
function put(place, name, value) {
  if (value === "" || value === false || Number.isNaN(value)) delete place[name];
  else place[name] = value;
}

/** @param {Record<string, any>} settings */
function lossField(settings) {
  const loss = h("select", { "data-pointer": "#/loss", onchange: () => put(settings, "loss", loss.value) });
  readOnce("losses").then(({ data }) => {
    fill(
      loss,
      data.map((/** @type {any} */ { name, title }) => h("option", { value: name }, title ?? name)),
    );
    loss.value = settings.loss?.name ?? settings.loss ?? "squares";
  });
  return field("Loss", loss);
}

/** @param {Record<string, any>} settings */
function levelField(settings) {
  const confidence = { level: 0.95, profile: false, ...settings.confidence };
  const level = h("input", {
    type: "number",
    class: "number",
    step: "any",
    min: 0,
    max: 1,
    value: String(confidence.level),
    "data-pointer": "#/confidence",
    onchange: take,
  });
  const profile = h("input", { type: "checkbox", checked: confidence.profile, onchange: take });
  function take() {
    settings.confidence = { level: level.valueAsNumber, profile: profile.checked };
  }
  return h(
    "div",
    { class: "row" },
    field("Confidence level", level),
    h("label", { class: "row" }, profile, "also by profile likelihood"),
  );
}

/** @param {Record<string, any>} settings */
function optimizerFields(settings) {
  const optimizer = h("select", { "data-pointer": "#/hyperparameters", onchange: choose });
  const fields = h("div", { class: "row" });
  /** @type {any[]} */
  let optimizers = [];

  function choose() {
    if (optimizer.value === "auto") delete settings.hyperparameters;
    else settings.hyperparameters = { optimizer: optimizer.value };
    showFields();
  }

  function showFields() {
    const chosen = optimizers.find(({ name }) => name === settings.hyperparameters?.optimizer);
    const steps = { name: "steps", type: "integer", default: "", description: "The most steps that it takes." };
    fill(
      fields,
      chosen
        ? [...chosen.hyperparameters, steps].map((/** @type {any} */ one) =>
            hyperparameterField(one, settings.hyperparameters),
          )
        : null,
    );
  }

  readOnce("optimizers").then(({ data }) => {
    optimizers = data;
    fill(
      optimizer,
      h("option", { value: "auto" }, "chosen by the service"),
      data.map((/** @type {any} */ { name, title }) => h("option", { value: name }, title)),
    );
    optimizer.value = settings.hyperparameters?.optimizer ?? "auto";
    showFields();
  });
  return h("div", { class: "row" }, field("Optimizer", optimizer), fields);
}

/**
 * @param {{name: string, type: string, default: any, description: string}} one
 * @param {Record<string, any>} values
 */
function hyperparameterField(one, values) {
  const pointer = `#/hyperparameters/${one.name}`;
  const label = one.name.replaceAll("_", " ");
  if (one.type === "boolean") {
    const box = h("input", {
      type: "checkbox",
      checked: values[one.name] ?? one.default,
      "data-pointer": pointer,
      onchange: () => {
        values[one.name] = box.checked;
      },
    });
    return h("label", { class: "row", title: one.description }, box, label);
  }
  const input = h("input", {
    type: "number",
    step: "any",
    class: "number",
    placeholder: String(one.default ?? ""),
    value: String(values[one.name] ?? ""),
    "data-pointer": pointer,
    title: one.description,
    onchange: () => put(values, one.name, input.valueAsNumber),
  });
  return field(label, input);
}

/** @param {Record<string, any>} settings */
function deviceField(settings) {
  const device = h("select", { "data-pointer": "#/device", onchange: () => put(settings, "device", device.value) });
  readOnce("devices").then(({ data }) => {
    fill(
      device,
      data.map((/** @type {any} */ { device: name, name: title }) => h("option", { value: name }, `${name}: ${title}`)),
    );
    device.value = settings.device ?? "cpu";
  });
  const dtype = h(
    "select",
    { "data-pointer": "#/dtype", onchange: () => put(settings, "dtype", dtype.value) },
    h("option", {}, "float64"),
    h("option", {}, "float32"),
  );
  dtype.value = settings.dtype ?? "float64";
  return h("div", { class: "row" }, field("Device", device), field("Numbers", dtype));
}

/** @param {Record<string, any>} settings */
function labelsField(settings) {
  const others = Object.entries(settings.metadata).filter(([key]) => key !== "title");
  const labels = h("input", {
    type: "text",
    value: others.map(([key, value]) => `${key}=${value}`).join(", "),
    placeholder: "plate=7, day=2",
    "data-pointer": "#/metadata",
    onchange: take,
  });
  function take() {
    const pairs = labels.value.split(",").map((pair) => pair.split("=").map((part) => part.trim()));
    const title = settings.metadata.title;
    settings.metadata = Object.fromEntries(pairs.filter(([key, value]) => key && value));
    if (title) settings.metadata.title = title;
  }
  return field("Labels", labels, "By these fits are found again.");
}
