/**
 * Begins the page: bar, session, views.
 * @module
 */

import { fitView } from "./fit/view.js";
import { compareView } from "./fits/compare.js";
import { fitsView } from "./fits/list.js";
import { newFitView } from "./new_fit/view.js";
import { isShared, useLink } from "./service/requests.js";
import { route } from "./shell/router.js";
import { installSession } from "./shell/session.js";
import { themeButton } from "./shell/theme.js";

const bar = /** @type {HTMLElement} */ (document.getElementById("session"));
bar.append(themeButton());
useLink(new URLSearchParams(location.hash.split("?")[1] ?? "").get("link") ?? "");
installSession(bar);
// Whoever comes by a link that was shared sees one fit, and nothing else is there for them.
/** @type {HTMLElement} */ (document.getElementById("navigation")).hidden = isShared();
route({ new: newFitView, fits: fitsView, fit: fitView, compare: compareView });
