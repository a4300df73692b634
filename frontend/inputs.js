// The inputs of photos: file dialogs, drops, pastes, addresses and samples.

import { find, findAll } from "./page.js";

const WARM_MS = 4 * 60 * 1000; // Lambda keeps an idle environment for longer

/** @typedef {(sources: (File | string)[]) => void} Take gets files, or addresses of photos */

/** @param {Take} take */
export function onPhotos(take) {
  const warmUp = createWarmUp();
  for (const input of findAll(".picker input", HTMLInputElement)) {
    const chosen = () => {
      const files = [...(input.files ?? [])];
      input.value = ""; // the same photo can be chosen again
      if (files.length) take(files);
    };
    input.addEventListener("click", warmUp);
    input.addEventListener("change", chosen);
    chosen(); // before this script ran
  }
  document.addEventListener("paste", ({ target, clipboardData }) => {
    if (!(target instanceof HTMLInputElement)) takeFrom(clipboardData, take);
  });
  onDrop(warmUp, (transfer) => takeFrom(transfer, take));
  const form = find("form.address", HTMLFormElement);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    take([find("form.address [name=url]", HTMLInputElement).value]);
    form.reset();
  });
  for (const link of findAll(".samples a", HTMLAnchorElement)) {
    link.addEventListener("click", async (event) => {
      event.preventDefault();
      take([await fetchSample(link)]);
    });
  }
}

/**
 * A sample, or an empty file, which is reported like any other, if it cannot be fetched.
 * @param {HTMLAnchorElement} link
 */
async function fetchSample({ href, pathname }) {
  const response = await fetch(href).catch(() => new Response());
  return new File([await response.blob()], pathname.split("/").pop() ?? "");
}

/**
 * @param {DataTransfer | null} transfer
 * @param {Take} take
 */
function takeFrom(transfer, take) {
  if (!transfer) return;
  const address = addressIn(transfer);
  if (transfer.files.length) take([...transfer.files]);
  else if (address) take([address]);
}

/**
 * @param {() => void} warmUp
 * @param {(transfer: DataTransfer | null) => void} take
 */
function onDrop(warmUp, take) {
  let depth = 0; // of elements that a drag has entered and not left
  /** @param {(depth: number) => number} change */
  const dragged = (change) => (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    depth = change(depth);
    document.body.toggleAttribute("data-dragging", depth > 0);
  };
  document.addEventListener("dragenter", warmUp);
  document.addEventListener("dragenter", dragged((count) => count + 1));
  document.addEventListener("dragleave", dragged((count) => count - 1));
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", dragged(() => 0));
  document.addEventListener("drop", ({ dataTransfer }) => take(dataTransfer));
}

/**
 * The web address in a drop or a paste, or "".
 * @param {DataTransfer} transfer
 */
function addressIn(transfer) {
  const text = (transfer.getData("text/uri-list") || transfer.getData("text/plain")).trim();
  return URL.canParse(text) && /^https?:/.test(text) ? text : "";
}

/** Returns a function that starts the service, which then is warm when the photo comes. */
function createWarmUp() {
  let calledAt = -Infinity;
  return () => {
    if (performance.now() - calledAt < WARM_MS) return;
    calledAt = performance.now();
    fetch("/healthz").catch(() => {}); // the photo's own call reports what is wrong
  };
}
