/**
 * Makes elements of the page: text goes in as text, so nothing that people type can become markup.
 * @module
 */

/** @typedef {Node | string | number | null | undefined | false} Leaf */
/** @typedef {Leaf | (Leaf | (Leaf | Leaf[])[])[]} Child */

/**
 * Return a new element with properties, attributes, listeners (`onclick`) and children.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag Name of the element.
 * @param {Record<string, unknown>} [attributes] `class`, `for`, `aria-...`, `data-...` and every property; null is left out.
 * @param {...Child} children What stands in it; null and false are left out.
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else if (name === "value" || name === "checked" || name === "disabled" || name === "selected") {
      Reflect.set(element, name, value);
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  fill(element, ...children);
  return element;
}

/**
 * Put children into an element in place of those that it has.
 * @param {Element} element
 * @param {...Child} children
 */
export function fill(element, ...children) {
  element.replaceChildren(...children.flatMap(nodesOf));
}

/**
 * @param {Child} child
 * @returns {(Node | string)[]}
 */
function nodesOf(child) {
  if (child === null || child === undefined || child === false) return [];
  if (Array.isArray(child)) return child.flatMap(nodesOf);
  return [child instanceof Node ? child : String(child)];
}

/**
 * Return the attributes of a part that may be wider than the screen: it is scrolled by keyboard too.
 * @param {string} label What it has.
 * @param {string} [more] Further classes.
 */
export function scrolling(label, more = "") {
  return { class: `scroll ${more}`, tabindex: "0", role: "region", "aria-label": label };
}

let names = 0;

/**
 * Return an id that no other element has.
 * @param {string} stem
 */
export function freshId(stem) {
  names += 1;
  return `${stem}-${names}`;
}

/**
 * Return a labelled field: the label above the control, and below it the place for what is wrong with it.
 * @param {string} label
 * @param {HTMLElement} control
 * @param {string} [hint] A sentence of help.
 */
export function field(label, control, hint) {
  control.id ||= freshId("field");
  const fault = h("p", { class: "fault", id: `${control.id}-fault` });
  const help = hint ? h("span", { class: "quiet small", id: `${control.id}-hint` }, hint) : null;
  control.setAttribute("aria-describedby", [fault.id, help?.id].filter(Boolean).join(" "));
  return h("div", { class: "field" }, h("label", { for: control.id }, label), control, help, fault);
}

/**
 * Say at a control what is wrong with it, or with "" that nothing is.
 * @param {HTMLElement} control One that `field` has labelled.
 * @param {string} words
 */
export function setFault(control, words) {
  control.setAttribute("aria-invalid", String(words !== ""));
  const place = document.getElementById(`${control.id}-fault`);
  if (place) place.textContent = words;
}

/**
 * Return MathML that the service has written as elements; of anything else that stands in it nothing is taken.
 * @param {string} mathml
 */
export function mathElement(mathml) {
  const parsed = new DOMParser().parseFromString(mathml, "application/xml").documentElement;
  const isMath = parsed.namespaceURI === "http://www.w3.org/1998/Math/MathML" && parsed.localName === "math";
  return isMath ? document.importNode(parsed, true) : document.createTextNode("");
}

/**
 * Tell people who listen to the page what has happened.
 * @param {string} words
 */
export function announce(words) {
  const place = document.getElementById("announcements");
  if (place) place.textContent = words;
}
