/**
 * Keeps which fits somebody has chosen to compare, as long as the tab lives.
 * @module
 */

const PLACE = "fit-service-chosen";

/** Return the ids of the fits that are chosen. @returns {string[]} */
export function chosen() {
  return JSON.parse(sessionStorage.getItem(PLACE) ?? "[]");
}

/** @param {string} fit */
export function isChosen(fit) {
  return chosen().includes(fit);
}

/**
 * @param {string} fit
 * @param {boolean} wanted
 */
export function setChosen(fit, wanted) {
  const others = chosen().filter((id) => id !== fit);
  sessionStorage.setItem(PLACE, JSON.stringify(wanted ? [...others, fit] : others));
}
