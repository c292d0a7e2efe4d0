/**
 * Watches fits while they are trained: one stream for all that the page shows, closed in hidden tabs.
 * @module
 */

import { address } from "./requests.js";

/** @typedef {import("./requests.js").Schemas["Snapshot"]} Snapshot */

/** @type {Map<string, Set<(snapshot: Snapshot) => void>>} */
const listeners = new Map();
/** @type {EventSource | null} */
let source = null;
let lastId = "";
const RETRY_MILLISECONDS = 3000;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let opening;

/**
 * Watch a fit until it ends or the returned function is called.
 * @param {string} fit Id of the fit.
 * @param {(snapshot: Snapshot) => void} listener
 * @returns {() => void} Ends the watching.
 */
export function watch(fit, listener) {
  const all = listeners.get(fit) ?? new Set();
  listeners.set(fit, all.add(listener));
  reopen();
  return () => {
    all.delete(listener);
    if (all.size === 0 && listeners.delete(fit)) reopen();
  };
}

function reopen() {
  lastId = "";
  clearTimeout(opening);
  // Views that begin together share one stream.
  opening = setTimeout(open, 20);
}

function open() {
  source?.close();
  source = null;
  if (document.hidden || listeners.size === 0) return;
  const fits = [...listeners.keys()];
  // A link that was shared leads to the addresses of its fit only.
  const url = new URL(address(fits.length === 1 ? `fit/${fits[0]}/events` : "events"));
  if (fits.length > 1) for (const fit of fits) url.searchParams.append("fit", fit);
  if (lastId) url.searchParams.set("last_event_id", lastId);
  source = new EventSource(url);
  source.addEventListener("snapshot", (event) => {
    lastId = event.lastEventId;
    tellConnection(true);
    hear(JSON.parse(event.data));
  });
  source.addEventListener("gone", (event) => {
    listeners.delete(JSON.parse(event.data).fit);
    closeIfIdle();
  });
  source.addEventListener("error", () => {
    tellConnection(false);
    // A browser tries again by itself only where the connection was cut, not where the service refused it.
    if (source?.readyState === EventSource.CLOSED) opening = setTimeout(open, RETRY_MILLISECONDS);
  });
}

/** @param {boolean} isThere Whether the service answers. */
function tellConnection(isThere) {
  const place = document.getElementById("connection");
  if (place) place.hidden = isThere;
}

/** @param {Snapshot} snapshot */
function hear(snapshot) {
  for (const listener of listeners.get(snapshot.fit) ?? []) listener(snapshot);
  if (snapshot.ended) {
    listeners.delete(snapshot.fit);
    closeIfIdle();
  }
}

function closeIfIdle() {
  if (listeners.size > 0) return;
  source?.close();
  source = null;
}

document.addEventListener("visibilitychange", open);
