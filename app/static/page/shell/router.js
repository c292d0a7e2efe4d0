/**
 * Shows the view that the address names: `#/fits?status=running` is the view `fits` with a query.
 * @module
 */

import { fill, h } from "./elements.js";

/** @typedef {{element: HTMLElement, title: string, close?: () => void}} View */
/** @typedef {(rest: string[], query: URLSearchParams) => View} MakeView */

/** @type {View | null} */
let current = null;

/**
 * Show views by address, from now on.
 * @param {Record<string, MakeView>} views By the first word of the address; `new` is shown where there is none.
 */
export function route(views) {
  const show = () => {
    const { words, query } = parsed(location.hash);
    const make = views[words[0] ?? ""] ?? views.new;
    current?.close?.();
    current = make(words.slice(1), query);
    document.title = `${current.title} - fit-service`;
    const main = /** @type {HTMLElement} */ (document.getElementById("main"));
    fill(main, current.element);
    markNavigation(words[0] || "new");
  };
  window.addEventListener("hashchange", () => {
    show();
    scrollTo(0, 0);
    document.getElementById("main")?.focus();
  });
  show();
}

/** Show the view of the address again, as after signing in. */
export function showAgain() {
  window.dispatchEvent(new HashChangeEvent("hashchange"));
}

/** @param {string} hash */
function parsed(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?");
  return { words: path.split("/").filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(query) };
}

/** @param {string} word */
function markNavigation(word) {
  for (const link of document.querySelectorAll("#navigation a")) {
    if (link.getAttribute("href") === `#/${word}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/**
 * Change the query of the address without showing the view anew.
 * @param {Record<string, string | null>} changes Null takes a name out.
 */
export function setQuery(changes) {
  const { words, query } = parsed(location.hash);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  history.replaceState(null, "", `#/${words.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`);
}

/**
 * Return a list of sentences that say what went wrong.
 * @param {string[]} sentences
 * @param {"bad" | "good" | ""} [kind]
 */
export function notes(sentences, kind = "") {
  if (sentences.length === 0) return null;
  const list = h(
    "ul",
    { class: `notes ${kind}` },
    sentences.map((words) => h("li", {}, words)),
  );
  return kind === "bad" ? h("div", { role: "alert" }, list) : list;
}
