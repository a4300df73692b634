// The page's texts. The English texts are in index.html, and those of scripts in messages/en.js; any
// other language has all texts in one file. The page is in one language at a time, the document's.

import { loaded } from "./failure.js";
import english from "./messages/en.js";
import { read, write } from "./storage.js";

/** @import { Failure } from "./failure.js" */

/** @typedef {Record<string, string | ((...parts: any[]) => string)>} Messages */

/** @type {Record<string, "ltr" | "rtl">} */
const LANGUAGES = { en: "ltr", zh: "ltr", ar: "rtl" };
const KEY = "language"; // in the local storage
/** @type {Messages} */
const written = {}; // in index.html
/** @type {Messages} */
let messages = english;

/**
 * The message of a key.
 * @param {string} key
 * @param {...(string | number)} parts that the message is made of
 */
export function say(key, ...parts) {
  const message = messages[key];
  return typeof message === "function" ? message(...parts) : message;
}

/**
 * The page's message for a failure, or the service's.
 * @param {Failure} failure
 */
export function explain({ code, message }) {
  return code in messages ? say(code) : message;
}

export function preferredLanguage() {
  const wanted = [read("localStorage", KEY), ...navigator.languages];
  return wanted.map((tag) => tag?.split("-")[0] ?? "").find((tag) => tag in LANGUAGES) ?? "en";
}

/** @param {string} language */
export async function showIn(language) {
  const loaded = language === "en" ? english : await load(language);
  for (const [key, element, property] of texts()) written[key] ??= element[property] ?? "";
  messages = { ...written, ...loaded };
  document.documentElement.lang = language;
  document.documentElement.dir = LANGUAGES[language];
  for (const [key, element, property] of texts()) element[property] = say(key);
}

/**
 * @param {string} language
 * @returns {Promise<Messages>}
 */
async function load(language) {
  return (await loaded(import(`./messages/${language}.js`))).default;
}

/**
 * Shows the page in a language, next time too.
 * @param {string} language
 */
export function chooseLanguage(language) {
  write("localStorage", KEY, language);
  return showIn(language);
}

/** @returns {Generator<[key: string, element: HTMLElement, property: "textContent" | "ariaLabel"]>} */
function* texts() {
  for (const [name, property] of /** @type {const} */ ([["text", "textContent"], ["label", "ariaLabel"]])) {
    /** @type {NodeListOf<HTMLElement>} */
    const elements = document.querySelectorAll(`[data-${name}]`);
    for (const element of elements) yield [element.dataset[name] ?? "", element, property];
  }
}
