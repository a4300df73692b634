// The page's words. English is in index.html, and in messages/en.js what the scripts say; another
// language has all of it in one file.

import { Failure } from "./failure.js";
import english from "./messages/en.js";
import { keep, recall } from "./storage.js";

const LANGUAGES = { en: "ltr", zh: "ltr", ar: "rtl" };
const KEPT = "language";
const written = {}; // in index.html
let words = english;

// A word of its own, or what it makes of its parts.
export function say(key, ...parts) {
  const told = words[key];
  return typeof told === "function" ? told(...parts) : told;
}

// For a failure: the page's words, or the server's.
export function explain({ code, message }) {
  return words[code] ?? message;
}

export function preferred() {
  const wanted = [recall("localStorage", KEPT), ...navigator.languages];
  return wanted.map((tag) => tag?.split("-")[0]).find((tag) => tag in LANGUAGES) ?? "en";
}

export async function speak(language) {
  const messages = language === "en" ? english : await load(language);
  for (const [key, element, property] of texts()) written[key] ??= element[property];
  words = { ...written, ...messages };
  document.documentElement.lang = language;
  document.documentElement.dir = LANGUAGES[language];
  for (const [key, element, property] of texts()) element[property] = words[key];
}

async function load(language) {
  const { default: messages } = await import(`./messages/${language}.js`).catch(() => {
    throw new Failure("stale");
  });
  return messages;
}

export function choose(language) {
  keep("localStorage", KEPT, language);
  return speak(language);
}

function* texts() {
  for (const element of document.querySelectorAll("[data-text]")) yield [element.dataset.text, element, "textContent"];
  for (const element of document.querySelectorAll("[data-label]")) yield [element.dataset.label, element, "ariaLabel"];
}
