/**
 * Signing in where keys are on: a key is changed into a cookie that no script can read.
 * @module
 */

import { ProblemError, send, whenKeyIsNeeded } from "../service/requests.js";
import { field, fill, h, setFault } from "./elements.js";
import { showAgain } from "./router.js";

/**
 * Put the button for signing in and out into the bar, and ask for a key whenever the service wants one.
 * @param {HTMLElement} place
 */
export function installSession(place) {
  const out = h("button", { type: "button", hidden: true, onclick: () => signOut(out) }, "Sign out");
  place.append(out);
  if (localStorage.getItem("fit-service-signed-in")) out.hidden = false;
  const dialog = signInDialog(() => {
    out.hidden = false;
    localStorage.setItem("fit-service-signed-in", "yes");
    showAgain();
  });
  document.body.append(dialog);
  whenKeyIsNeeded(() => {
    if (!dialog.open) dialog.showModal();
  });
}

/** @param {() => void} whenSignedIn */
function signInDialog(whenSignedIn) {
  const key = h("input", { type: "password", autocomplete: "current-password", spellcheck: "false", required: true });
  const form = h(
    "form",
    { method: "dialog", onsubmit: signIn },
    h("h2", {}, "Sign in"),
    h("p", {}, "This service asks for a key. It is changed into a session of 12 hours and not kept in the page."),
    field("Key", key),
    h("p", {}),
    h(
      "div",
      { class: "row" },
      h("button", { class: "primary", type: "submit" }, "Sign in"),
      h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"),
    ),
  );
  const dialog = h("dialog", { "aria-label": "Sign in" });
  fill(dialog, form);

  /** @param {Event} event */
  async function signIn(event) {
    event.preventDefault();
    try {
      await send("POST", "session", { headers: { Authorization: `Bearer ${key.value.trim()}` } });
      key.value = "";
      setFault(key, "");
      dialog.close();
      whenSignedIn();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      setFault(key, error.kind === "key-needed" ? "There is no such key, or it was revoked." : error.message);
    }
  }
  return dialog;
}

/** @param {HTMLButtonElement} button */
async function signOut(button) {
  await send("DELETE", "session");
  localStorage.removeItem("fit-service-signed-in");
  button.hidden = true;
  showAgain();
}
