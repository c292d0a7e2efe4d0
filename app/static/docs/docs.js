// @ts-check
/** Swagger UI whose ids of fits are those of fits that are there, so that Execute works at once. */

import { comparableFits, suitableFit } from "./suitable_fits.js";

// It has no types.
const { SwaggerUIBundle } = /** @type {any} */ (window);

/** @type {Record<string, string>} what is needed to ask for the fits, as the last request had it */
let access = {};
/** @type {Map<string, string>} what was filled into parameters, as JSON by their places */
const parameters = new Map();
/** @type {Map<string, string>} what was filled into bodies, by their places */
const bodies = new Map();

const ui = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  requestInterceptor: remember,
  plugins: [{ statePlugins: { oas3: { wrapActions: { setRequestBodyValue } } } }],
  responseInterceptor: (/** @type {unknown} */ response) => {
    fillIn();
    return response;
  },
  onComplete: fillIn,
});

/** @param {{loadSpec?: boolean, headers: Record<string, string>}} request */
function remember(request) {
  const { Authorization } = request.headers;
  if (!request.loadSpec) access = Authorization ? { Authorization } : {};
  return request;
}

/**
 * Swagger UI puts an example into a body when it is opened: then as well, ids that are only examples give way.
 *
 * @param {(change: {value: any, pathMethod: [string, string]}) => unknown} set
 */
function setRequestBodyValue(set) {
  return (/** @type {{value: any, pathMethod: [string, string]}} */ change) => {
    const body = bodies.get(`${change.pathMethod}`);
    return set(body !== undefined && isExample(change.value) ? { ...change, value: body } : change);
  };
}

/** Fill in the ids of the fits that are there now. */
async function fillIn() {
  const answer = await fetch("fit?limit=50", { headers: access }).catch(() => null);
  if (!answer?.ok) return;
  const fits = (await answer.json()).data;
  const notice = document.getElementById("no-fits");
  if (notice) notice.hidden = fits.length > 0;
  if (fits.length === 0) return;
  const paths = ui.specSelectors.specJson().get("paths");
  for (const [path, methods] of paths.entries()) {
    for (const [method, operation] of methods.entries()) fillOperation([path, method], operation, fits);
  }
  fillBody(["/compare", "post"], { fits: comparableFits(fits) });
}

/** @param {[string, string]} place @param {any} operation @param {import("./suitable_fits.js").Fit[]} fits */
function fillOperation(place, operation, fits) {
  for (const parameter of operation.get("parameters", [])) {
    const fit = suitableFit(operation.get("operationId"), fits);
    if (parameter.get("name") === "fit_id") fillParameter(place, parameter, fit);
    if (parameter.get("name") === "fit") fillParameter(place, parameter, [fit]);
  }
}

/** @param {[string, string]} place @param {any} parameter @param {string | string[]} value */
function fillParameter(place, parameter, value) {
  const name = `${place} ${parameter.get("name")}`;
  const now = JSON.stringify(ui.specSelectors.parameterWithMetaByIdentity(place, parameter).get("value"));
  if (now !== undefined && now !== parameters.get(name) && !isExample(now)) return;
  parameters.set(name, JSON.stringify(value));
  // Each change draws the whole page anew.
  if (now === parameters.get(name)) return;
  ui.specActions.changeParamByIdentity(place, parameter, value, false);
}

/** @param {[string, string]} place @param {object} value */
function fillBody(place, value) {
  const now = ui.oas3Selectors.requestBodyValue(...place);
  const isOurs = now === bodies.get(`${place}`) || isExample(now);
  bodies.set(`${place}`, JSON.stringify(value, null, 2));
  if (now !== undefined && isOurs)
    ui.oas3Actions.setRequestBodyValue({ value: bodies.get(`${place}`), pathMethod: place });
}

/** @param {unknown} text */
function isExample(text) {
  return typeof text === "string" && text.includes("fit_0123456789abcdef");
}
