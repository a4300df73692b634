// The ways in which photos come: chosen, dropped, pasted, by their address, or one of the samples.

import { warm } from "./api.js";
import { addressIn } from "./files.js";

export function onPhotos(take) {
  for (const input of document.querySelectorAll(".picker input")) {
    const chosen = () => {
      const files = [...input.files];
      input.value = ""; // the same photo can be chosen again
      if (files.length) take(files);
    };
    input.addEventListener("click", warm);
    input.addEventListener("change", chosen);
    chosen(); // before this script was here
  }
  document.addEventListener("paste", (event) => {
    if (!event.target.closest?.("input")) takeFrom(event.clipboardData, take);
  });
  onDrop((transfer) => takeFrom(transfer, take));
  const address = document.querySelector("form.address");
  address.addEventListener("submit", (event) => {
    event.preventDefault();
    take([address.elements.url.value]);
    address.reset();
  });
  for (const link of document.querySelectorAll(".samples a")) {
    link.addEventListener("click", async (event) => {
      event.preventDefault();
      take([await sample(link)]);
    });
  }
}

// An empty file, which is told like any other, if it does not come.
async function sample({ href, pathname }) {
  const answer = await fetch(href).catch(() => new Response());
  return new File([await answer.blob()], pathname.split("/").pop());
}

function takeFrom(transfer, take) {
  const address = addressIn(transfer);
  if (transfer.files.length) take([...transfer.files]);
  else if (address) take([address]);
}

function onDrop(take) {
  let depth = 0; // of elements that a drag has entered and not left
  const over = (change) => (event) => {
    event.preventDefault();
    depth = change(depth);
    document.body.toggleAttribute("data-dragging", depth > 0);
  };
  document.addEventListener("dragenter", warm);
  document.addEventListener("dragenter", over((count) => count + 1));
  document.addEventListener("dragleave", over((count) => count - 1));
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", over(() => 0));
  document.addEventListener("drop", ({ dataTransfer }) => take(dataTransfer));
}
