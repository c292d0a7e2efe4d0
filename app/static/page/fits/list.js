/**
 * The list of fits: searched, by status, page by page.
 * @module
 */

import { modelName, statusBadge, targetText, titleOf } from "../fit/words.js";
import { numberText } from "../numbers/texts.js";
import { latestOnly } from "../service/latest.js";
import { ProblemError, read } from "../service/requests.js";
import { fill, h, scrolling } from "../shell/elements.js";
import { notes, setQuery } from "../shell/router.js";
import { chosen, isChosen, setChosen } from "./chosen.js";

/** @typedef {import("../service/requests.js").Fit} Fit */

const STATUSES = ["queued", "running", "succeeded", "failed", "cancelled", "expired"];

/**
 * Return the view of the list.
 * @type {import("../shell/router.js").MakeView}
 */
export function fitsView(_, query) {
  const search = h("input", {
    type: "search",
    placeholder: "Id, model or label",
    "aria-label": "Search",
    value: query.get("search") ?? "",
    oninput: () => ask(null),
  });
  const status = h(
    "select",
    { "aria-label": "Status", onchange: () => ask(null) },
    h("option", { value: "" }, "every status"),
    STATUSES.map((name) => h("option", {}, name)),
  );
  status.value = query.get("status") ?? "";
  const rows = h("tbody");
  const compare = h("a", { class: "button", href: "#/compare" });
  const more = h("button", { type: "button", onclick: () => void next() }, "Older fits");
  const fault = h("div", {});
  let last = "";

  const ask = latestOnly(async () => {
    setQuery({ search: search.value, status: status.value });
    await attempt(async () => {
      const page = await pageAfter("");
      fill(rows, page.map(row));
      if (page.length === 0) fill(rows, h("tr", {}, h("td", { colspan: 7, class: "quiet" }, "There is no such fit.")));
    });
  }, 200);

  /** @param {string} after @returns {Promise<Fit[]>} */
  async function pageAfter(after) {
    const page = await read("fit", {
      limit: 25,
      after: after || null,
      search: search.value || null,
      status: status.value || null,
    });
    last = page.last_id;
    more.hidden = !page.has_more;
    return page.data;
  }

  const next = () => attempt(async () => rows.append(...(await pageAfter(last)).map(row)));

  /** @param {() => Promise<void>} act */
  async function attempt(act) {
    try {
      await act();
      fill(fault);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      fill(fault, notes(error.sentences, "bad"));
    }
  }

  /** @param {Fit} fit */
  function row(fit) {
    const box = h("input", {
      type: "checkbox",
      checked: isChosen(fit.id),
      "aria-label": `Compare ${titleOf(fit)}`,
      onchange: () => {
        setChosen(fit.id, box.checked);
        count();
      },
    });
    const labels = Object.entries(fit.metadata).filter(([key]) => key !== "title");
    return h(
      "tr",
      {},
      h("td", {}, box),
      h(
        "td",
        {},
        h("a", { href: `#/fit/${fit.id}` }, titleOf(fit)),
        fit.metadata.title ? h("div", { class: "quiet small" }, modelName(fit)) : null,
      ),
      h("td", {}, statusBadge(fit.status)),
      h("td", { class: "wide-only" }, targetText(fit)),
      h("td", { class: "number wide-only" }, numberText(fit.result?.statistics?.rsquared, 5)),
      h("td", { class: "wide-only small" }, labels.map(([key, value]) => `${key}=${value}`).join(", ")),
      h("td", { class: "small" }, h("time", { datetime: fit.created_at }, new Date(fit.created_at).toLocaleString())),
    );
  }

  function count() {
    compare.textContent = `Compare ${chosen().length} chosen`;
    compare.hidden = chosen().length < 2;
  }

  count();
  ask(null);
  const heads = ["", "Fit", "Status", "Target", "R\u00b2", "Labels", "Posted"];
  const wide = [false, false, false, true, true, true, false];
  const element = h(
    "div",
    { class: "column" },
    h("div", { class: "row spread" }, h("h1", {}, "Fits"), h("div", { class: "row" }, search, status, compare)),
    fault,
    h(
      "section",
      scrolling("List of fits", "card"),
      h(
        "table",
        { class: "fits-table", style: "width: 100%" },
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            heads.map((name, index) =>
              h(
                "th",
                { scope: "col", class: wide[index] ? "wide-only" : null },
                name || h("span", { class: "unseen" }, "Chosen"),
              ),
            ),
          ),
        ),
        rows,
      ),
    ),
    more,
  );
  return { element, title: "Fits" };
}
