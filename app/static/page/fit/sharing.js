/**
 * Makes and revokes links that let others read one fit.
 * @module
 */

import { ProblemError, post, read, send } from "../service/requests.js";
import { field, fill, h } from "../shell/elements.js";
import { notes } from "../shell/router.js";

/**
 * Return the dialog for links to a fit.
 * @param {string} fit Id of the fit.
 */
export function sharingDialog(fit) {
  const days = h("input", { type: "number", class: "number", min: 1, max: 366, value: "30" });
  const made = h("div", { "aria-live": "polite" });
  const list = h("div", {});
  const dialog = h(
    "dialog",
    { "aria-label": "Share this fit" },
    h("h2", {}, "Share this fit"),
    h("p", {}, "Whoever has the link can read this fit and nothing else, until its end date or until you revoke it."),
    h(
      "div",
      { class: "row" },
      field("Days", days),
      h("button", { type: "button", class: "primary", onclick: make }, "Make a link"),
    ),
    made,
    list,
    h("p", {}),
    h("button", { type: "button", onclick: () => dialog.close() }, "Close"),
  );

  async function make() {
    await attempt(async () => {
      const link = await post(`fit/${fit}/links`, { days: Number(days.value) });
      const page = `${document.baseURI.split("#")[0]}#/fit/${fit}?link=${encodeURIComponent(link.token)}`;
      const text = h("input", {
        type: "text",
        class: "formula",
        readonly: true,
        value: page,
        "aria-label": "Link to share",
        onfocus: () => text.select(),
      });
      fill(made, h("p", {}), text, h("p", { class: "small quiet" }, "It is shown only now."));
      text.focus();
      await showLinks();
    });
  }

  async function showLinks() {
    const links = (await read(`fit/${fit}/links`)).data;
    fill(
      list,
      links.length ? h("h3", {}, "Links of this fit") : null,
      links.map((/** @type {any} */ link) => linkRow(link)),
    );
  }

  /** @param {{number: number, ends_at: string}} link */
  function linkRow(link) {
    const revoke = () =>
      attempt(async () => {
        await send("DELETE", `fit/${fit}/links/${link.number}`);
        await showLinks();
      });
    return h(
      "div",
      { class: "row spread" },
      `Link ${link.number}, until ${new Date(link.ends_at).toLocaleDateString()}`,
      h("button", { type: "button", onclick: revoke }, "Revoke"),
    );
  }

  /** @param {() => Promise<void>} act */
  async function attempt(act) {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      fill(made, notes(error.sentences, "bad"));
    }
  }

  return {
    element: dialog,
    open() {
      dialog.showModal();
      void attempt(showLinks);
    },
  };
}
