/**
 * Tabs that choose one of a few ways; arrow keys move between them.
 * @module
 */

import { h } from "./elements.js";

/**
 * Return a row of tabs.
 * @param {[string, string][]} names Each with its label.
 * @param {string} chosen
 * @param {(name: string) => void} choose Is called when another is chosen.
 */
export function tabs(names, chosen, choose) {
  const buttons = names.map(([name, label]) =>
    h("button", { type: "button", role: "tab", onclick: () => take(name), onkeydown: move, "data-name": name }, label),
  );

  /** @param {string} name */
  function take(name) {
    mark(name);
    choose(name);
  }

  /** @param {string} name */
  function mark(name) {
    for (const button of buttons) {
      const isChosen = button.dataset.name === name;
      button.setAttribute("aria-selected", String(isChosen));
      button.tabIndex = isChosen ? 0 : -1;
    }
  }

  /** @param {KeyboardEvent} event */
  function move(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next =
      buttons[
        (buttons.indexOf(/** @type {HTMLButtonElement} */ (event.target)) + step + buttons.length) % buttons.length
      ];
    next.focus();
    take(next.dataset.name ?? "");
  }

  mark(chosen);
  return h("div", { class: "tabs", role: "tablist" }, buttons);
}
