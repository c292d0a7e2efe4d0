/**
 * Asks the service. Addresses are relative to the page, so that a proxy's path before them holds too.
 * @module
 */

/** @typedef {import("openapi").components["schemas"]} Schemas */
/** @typedef {Schemas["Fit"]} Fit */
/** @typedef {{pointer: string, detail: string}} FieldFault */
/** @typedef {{type: string, title: string, status: number, detail?: string, errors?: FieldFault[]}} ProblemDocument */

/** An answer that says what was wrong with a request, as problem+json does. */
export class ProblemError extends Error {
  /** @param {ProblemDocument} problem */
  constructor(problem) {
    super(problem.detail || problem.title);
    this.problem = problem;
    this.kind = problem.type.split("/").pop() ?? "";
    this.faults = problem.errors ?? [];
  }

  /** Return all that was said, a sentence for each field. */
  get sentences() {
    return this.faults.length ? this.faults.map((fault) => `${named(fault.pointer)}${fault.detail}`) : [this.message];
  }
}

/** @param {string} pointer */
function named(pointer) {
  const words = pointer.replace(/^#?\//, "").replaceAll("/", " > ");
  return words ? `${words}: ` : "";
}

/** The token of a shared link, which reads one fit; empty without. */
let linkToken = "";

/** @param {string} token */
export function useLink(token) {
  linkToken = token;
}

/** Return whether the page was opened by a shared link. */
export function isShared() {
  return linkToken !== "";
}

/**
 * Return the address of something of the service, as pictures and downloads need it.
 * @param {string} path Without a slash at the beginning.
 * @param {Record<string, string | number | boolean | null | undefined>} [query] Null and undefined are left out.
 */
export function address(path, query = {}) {
  const url = new URL(path, document.baseURI.split("#")[0]);
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined) url.searchParams.append(name, String(value));
  }
  if (linkToken) url.searchParams.set("link", linkToken);
  return url.href;
}

/** Who wants to know that the service asks for a key. */
let onKeyNeeded = () => {};

/** @param {() => void} listener */
export function whenKeyIsNeeded(listener) {
  onKeyNeeded = listener;
}

/**
 * Send a request and return its answer. Throws ProblemError for every answer that is an error, also where the service
 * does not answer.
 * @param {string} method
 * @param {string} path
 * @param {{query?: Record<string, any>, json?: unknown, form?: FormData, headers?: Record<string, string>, signal?: AbortSignal}} [options]
 * @returns {Promise<Response>}
 */
export async function send(method, path, { query, json, form, headers = {}, signal } = {}) {
  const body = json === undefined ? form : JSON.stringify(json);
  /** @type {Record<string, string>} */
  const kind = json === undefined ? {} : { "Content-Type": "application/json" };
  let response;
  try {
    response = await fetch(address(path, query), { method, body, headers: { ...kind, ...headers }, signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ProblemError({ type: "no-answer", title: "The service does not answer.", status: 0 });
  }
  if (response.ok) return response;
  const problem = await problemOf(response);
  if (response.status === 401 && !linkToken) onKeyNeeded();
  throw new ProblemError(problem);
}

/**
 * @param {Response} response
 * @returns {Promise<ProblemDocument>}
 */
async function problemOf(response) {
  const isProblem = response.headers.get("Content-Type")?.startsWith("application/problem+json");
  const fallback = {
    type: "about:blank",
    title: `The service answers with ${response.status}.`,
    status: response.status,
  };
  return isProblem ? response.json().catch(() => fallback) : fallback;
}

/**
 * Read something as JSON.
 * @param {string} path
 * @param {Record<string, any>} [query]
 * @param {AbortSignal} [signal]
 */
export async function read(path, query, signal) {
  return (await send("GET", path, { query, signal })).json();
}

/** @type {Map<string, Promise<any>>} */
const kept = new Map();

/**
 * Read something that stays the same as long as the service runs, once.
 * @param {string} path
 */
export function readOnce(path) {
  let answer = kept.get(path);
  if (!answer) {
    answer = read(path);
    kept.set(path, answer);
    answer.catch(() => kept.delete(path));
  }
  return answer;
}

/**
 * Post JSON and read JSON.
 * @param {string} path
 * @param {unknown} json
 * @param {AbortSignal} [signal]
 */
export async function post(path, json, signal) {
  return (await send("POST", path, { json, signal })).json();
}
