/**
 * Light or dark: as the system says, until somebody chooses.
 * @module
 */

import { h } from "./elements.js";

const PLACE = "fit-service-theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

/** Return whether the page is dark now. */
export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : dark.matches;
}

/** Return the button that changes between light and dark, and take what was chosen before. */
export function themeButton() {
  const chosen = localStorage.getItem(PLACE);
  if (chosen) document.documentElement.dataset.theme = chosen;
  const button = h("button", { type: "button", onclick: change });
  function change() {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    localStorage.setItem(PLACE, document.documentElement.dataset.theme);
    tell();
  }
  function tell() {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", `Use ${isDark() ? "light" : "dark"} colours`);
    window.dispatchEvent(new Event("themechange"));
  }
  dark.addEventListener("change", tell);
  tell();
  return button;
}

const probe = document.createElement("span");

/**
 * Return a colour of the style sheet as it is now, for drawing on a canvas.
 * @param {string} name Such as `--curve`.
 */
export function colour(name) {
  if (!probe.isConnected) {
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}
