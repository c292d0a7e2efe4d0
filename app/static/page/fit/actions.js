/**
 * What can be done with a fit: cancel it, change and run it again, compare, share, download, delete.
 * @module
 */

import { isChosen, setChosen } from "../fits/chosen.js";
import { draftOf, setDraft } from "../new_fit/draft.js";
import { address, isShared, ProblemError, read, send } from "../service/requests.js";
import { fill, h } from "../shell/elements.js";
import { notes } from "../shell/router.js";
import { isDark } from "../shell/theme.js";
import { sharingDialog } from "./sharing.js";
import { curveCount, hasEnded } from "./words.js";

/** @typedef {import("../service/requests.js").Fit} Fit */

/**
 * Return the buttons for a fit.
 * @param {Fit} fit
 * @param {() => Promise<void>} refresh Shows the fit anew.
 */
export function actionRow(fit, refresh) {
  const fault = h("div", {});
  /** @param {() => Promise<void>} act */
  const attempt = (act) => async () => {
    try {
      await act();
      fill(fault);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      fill(fault, notes(error.sentences, "bad"));
    }
  };
  /** @param {string} label @param {() => Promise<void>} act */
  const button = (label, act) => h("button", { type: "button", onclick: attempt(act) }, label);

  if (isShared()) return [downloadMenu(fit), fault];
  const cancel = button("Cancel", async () => {
    await send("POST", `fit/${fit.id}/cancel`);
    await refresh();
  });
  cancel.disabled = fit.status === "cancelling";
  const again = button("Change and run again", async () => {
    setDraft(await draftOf(await read(`fit/${fit.id}`)));
    location.hash = "#/new";
  });
  const remove = button("Delete", async () => {
    if (!confirm("Delete this fit with its data and result?")) return;
    await send("DELETE", `fit/${fit.id}`);
    location.hash = "#/fits";
  });
  const dialog = sharingDialog(fit.id);
  const share = h("button", { type: "button", onclick: dialog.open }, "Share");
  const ended = hasEnded(fit.status);
  return [
    ended ? null : cancel,
    again,
    ended ? compareButton(fit) : null,
    share,
    downloadMenu(fit),
    ended ? remove : null,
    dialog.element,
    fault,
  ];
}

/** @param {Fit} fit */
function compareButton(fit) {
  const button = h("button", { type: "button", onclick: change });
  function change() {
    setChosen(fit.id, !isChosen(fit.id));
    tell();
  }
  function tell() {
    button.textContent = isChosen(fit.id) ? "Chosen to compare" : "Compare";
    button.setAttribute("aria-pressed", String(isChosen(fit.id)));
  }
  tell();
  return button;
}

/** @param {Fit} fit */
function downloadMenu(fit) {
  const theme = isDark() ? "dark" : "light";
  const isMany = curveCount(fit) !== null;
  const files = /** @type {[string, string, Record<string, string>][]} */ ([
    ["Picture, PNG", `fit/${fit.id}/plot.png`, { theme: "light" }],
    ["Picture, SVG", `fit/${fit.id}/plot.svg`, { theme: "light" }],
    ["Picture, PDF", `fit/${fit.id}/plot.pdf`, {}],
    ["Fit, JSON", `fit/${fit.id}`, {}],
    ["Workbook, XLSX", `fit/${fit.id}/workbook`, {}],
    ["Data, CSV", `fit/${fit.id}/data`, { format: "csv" }],
    ["Loss history, CSV", `fit/${fit.id}/history`, { format: "csv", whole: "true" }],
  ]);
  if (theme === "dark") files.splice(1, 0, ["Picture, PNG, dark", `fit/${fit.id}/plot.png`, { theme }]);
  if (isMany)
    files.push(
      ["Curves, CSV", `fit/${fit.id}/curves`, { format: "csv", statistics: "true" }],
      ["Curves, Parquet", `fit/${fit.id}/curves`, { format: "parquet" }],
    );
  const codes = [
    ["Python", "python"],
    ["C", "c"],
    ["Excel formula", "excel"],
    ["LaTeX", "latex"],
  ];
  if (fit.result?.coefficients && !isMany)
    files.push(
      ...codes.map(
        ([label, format]) =>
          /** @type {[string, string, Record<string, string>]} */ ([
            `Model as ${label}`,
            `fit/${fit.id}/export`,
            { format },
          ]),
      ),
    );
  const choice = h(
    "select",
    { "aria-label": "Download", onchange: download },
    h("option", { value: "" }, "Download\u2026"),
    files.map(([label], index) => h("option", { value: String(index) }, label)),
  );
  function download() {
    const [label, path, query] = files[Number(choice.value)];
    choice.value = "";
    const name = `${fit.id}${label.startsWith("Fit") ? ".json" : ""}`;
    h("a", { href: address(path, query), download: name }).click();
  }
  return choice;
}
