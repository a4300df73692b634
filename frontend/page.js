// The elements of index.html, each of a known kind.

/**
 * @template {Element} T
 * @param {string} selector
 * @param {abstract new () => T} kind
 * @param {ParentNode} [within]
 * @returns {T}
 */
export function find(selector, kind, within = document) {
  const element = within.querySelector(selector);
  if (!(element instanceof kind)) throw new TypeError(`index.html has no ${kind.name} ${selector}`);
  return element;
}

/**
 * @template {Element} T
 * @param {string} selector
 * @param {abstract new () => T} kind
 * @param {ParentNode} [within]
 * @returns {T[]}
 */
export function findAll(selector, kind, within = document) {
  return Array.from(within.querySelectorAll(selector), (element) => {
    if (element instanceof kind) return element;
    throw new TypeError(`${selector} is no ${kind.name}`);
  });
}
