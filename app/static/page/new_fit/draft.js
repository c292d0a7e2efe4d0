/**
 * Keeps what somebody has put together for a new fit, and makes the request of it.
 * @module
 */

import { read } from "../service/requests.js";

/** @typedef {"" | "x" | "y" | "sigma" | "weights" | "curve"} Role */
/** @typedef {{start: number | "auto", fixed: boolean, lower: number | null, upper: number | null, tied: string | null, shared: boolean}} Start */
/**
 * @typedef {object} Draft
 * @property {"table" | "function" | "kept"} source Where the data come from: a file or a text, a function, another fit.
 * @property {File | null} file
 * @property {string} text What was pasted.
 * @property {Record<string, unknown>} reading How the file is to be read.
 * @property {Record<string, Role>} roles Of the columns.
 * @property {boolean} allOthers Whether all other columns are curves.
 * @property {Record<string, any> | null} target Of another fit.
 * @property {{function: string, lower: number, upper: number, points: number}} sampled
 * @property {string | Record<string, any>} model
 * @property {Record<string, Start>} starts By parameter.
 * @property {Record<string, any>} settings All other fields of the request.
 */

/** @returns {Draft} */
function emptyDraft() {
  return {
    source: "table",
    file: null,
    text: "",
    reading: {},
    roles: {},
    allOthers: false,
    target: null,
    sampled: { function: "sin", lower: -Math.PI, upper: Math.PI, points: 2000 },
    model: { name: "linear" },
    starts: {},
    settings: {},
  };
}

let draft = emptyDraft();

export function currentDraft() {
  return draft;
}

/** @param {Draft} other */
export function setDraft(other) {
  draft = other;
}

export function forgetDraft() {
  draft = emptyDraft();
}

/** Return the draft of the tutorial's job, which an empty request is. */
export function tutorialDraft() {
  const start = (/** @type {number} */ value) => ({ ...plainStart(), start: value });
  return {
    ...emptyDraft(),
    source: /** @type {const} */ ("function"),
    model: "a + b * P3(c + d * x)",
    starts: { a: start(0), b: start(-1), c: start(0), d: start(0.3) },
  };
}

/** @returns {Start} */
export function plainStart() {
  return { start: "auto", fixed: false, lower: null, upper: null, tied: null, shared: false };
}

/**
 * Return the draft that makes the same fit again.
 * @param {import("../service/requests.js").Fit} fit
 * @returns {Promise<Draft>}
 */
export async function draftOf(fit) {
  const target = /** @type {any} */ (fit.target);
  const isFunction = Boolean(target.function);
  const settings = /** @type {Record<string, any>} */ ({
    hyperparameters: fit.hyperparameters,
    loss: fit.loss,
    confidence: fit.confidence,
    seed: fit.seed,
    device: fit.device,
    dtype: fit.dtype,
    metadata: fit.metadata,
  });
  return {
    ...emptyDraft(),
    source: isFunction ? "function" : "kept",
    target: isFunction ? null : await read(`fit/${fit.id}/data`),
    sampled: isFunction
      ? { function: target.function, lower: target.domain[0], upper: target.domain[1], points: target.points }
      : emptyDraft().sampled,
    model: fit.model,
    starts: /** @type {Record<string, Start>} */ (structuredClone(fit.parameters)),
    settings,
  };
}

/**
 * Return the target of a draft, as a request has it; null where the data are not chosen yet.
 * @param {Draft} draft
 */
export function targetOf(draft) {
  if (draft.source === "kept") return draft.target;
  if (draft.source === "function") {
    const { function: formula, lower, upper, points } = draft.sampled;
    return { function: formula, domain: [lower, upper], points };
  }
  return columnsOf(draft);
}

/** @param {Draft} draft */
function columnsOf({ file, roles, allOthers, reading }) {
  const named = (/** @type {Role} */ role) => Object.keys(roles).filter((column) => roles[column] === role);
  const [x, y] = [named("x"), named("y")];
  if (!file || x.length === 0 || (y.length === 0 && !allOthers)) return null;
  const others = Object.fromEntries(
    /** @type {Role[]} */ (["sigma", "weights", "curve"]).flatMap((role) =>
      named(role).length ? [[role, named(role)[0]]] : [],
    ),
  );
  return {
    x: x.length === 1 ? x[0] : Object.fromEntries(x.map((column) => [variableName(column), column])),
    y: allOthers ? "*" : y.length === 1 ? y[0] : y,
    ...others,
    ...(Object.keys(reading).length ? { reading } : {}),
  };
}

/**
 * Return the name in formulas of a column that is one of several predictor variables.
 * @param {string} column
 */
export function variableName(column) {
  const name = column
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9_]+/g, "_")
    .replace(/^_+|_+$/g, "");
  return /^[A-Za-z_]/.test(name) ? name : `x_${name}`;
}

/**
 * Return the predictor variables of a draft, as formulas name them.
 * @param {Draft} draft
 */
export function variablesOf({ source, roles, target }) {
  if (source === "kept" && target && !Array.isArray(target.x)) return Object.keys(target.x);
  const columns = source === "table" ? Object.keys(roles).filter((column) => roles[column] === "x") : [];
  return columns.length > 1 ? columns.map(variableName) : ["x"];
}

/**
 * Return start values as a request has them: what was left to the service is left out.
 * @param {Record<string, Start>} starts
 */
export function parametersOf(starts) {
  const entries = Object.entries(starts).map(([name, { start, fixed, lower, upper, tied, shared }]) => {
    if (tied) return [name, { tied }];
    const said = {
      ...(start === "auto" ? {} : { start }),
      ...(fixed && { fixed }),
      ...(shared && { shared }),
      ...(lower !== null && { lower }),
      ...(upper !== null && { upper }),
    };
    return [name, said];
  });
  return Object.fromEntries(entries.filter(([, said]) => Object.keys(said).length));
}

/**
 * Return the body of a request for a draft: JSON, or a form where a file comes with it.
 * @param {Draft} draft
 * @param {Record<string, any>} [more] Further fields.
 * @returns {{json?: Record<string, any>, form?: FormData}}
 */
export function requestOf(draft, more = {}) {
  const json = {
    target: targetOf(draft),
    model: draft.model,
    parameters: parametersOf(draft.starts),
    ...draft.settings,
    ...more,
  };
  if (draft.source !== "table" || !draft.file) return { json };
  const form = new FormData();
  form.append("data", draft.file, draft.file.name);
  form.append("fit", new Blob([JSON.stringify(json)], { type: "application/json" }));
  return { form };
}
