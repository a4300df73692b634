// Which event leads to which state; what a state shows is in styles/states.css.

import { removeBackground } from "./api.js";

const input = document.querySelector("input[type=file]");
const image = document.querySelector("figure img");
const download = document.querySelector("a[download]");
const status = document.querySelector("output");
const problem = document.querySelector("[role=alert]");

let running = new AbortController();

input.addEventListener("change", async () => {
  const [photo] = input.files;
  input.value = ""; // the same photo can be chosen again
  if (!photo) return;
  running.abort();
  const { signal } = (running = new AbortController());
  show("working", "Finding the subject…");
  try {
    present(await removeBackground(photo, signal), photo.name);
  } catch (error) {
    if (signal.aborted) return;
    show("failed", "", error.message);
  }
});

function present(cutout, name) {
  URL.revokeObjectURL(image.src);
  image.src = download.href = URL.createObjectURL(cutout);
  download.download = name.replace(/\.[^.]*$/, "") + "-cutout.png";
  show("done", "Done.");
}

function show(state, message, detail = "") {
  document.body.dataset.state = state;
  status.textContent = message;
  problem.textContent = detail;
}
