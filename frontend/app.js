// Which event leads to which state; what a state shows is in styles/states.css.

import { cutOut, forget, upload } from "./api.js";

const input = document.querySelector("input[type=file]");
const image = document.querySelector("figure img");
const download = document.querySelector("a[download]");
const cancel = document.querySelector("button.cancel");
const remove = document.querySelector("button.delete");
const progress = document.querySelector("progress");
const status = document.querySelector("output");
const problem = document.querySelector("[role=alert]");

let running = new AbortController();
let uploadId = "";

input.addEventListener("change", () => {
  const [photo] = input.files;
  input.value = ""; // the same photo can be chosen again
  if (photo) work(photo);
});

document.addEventListener("paste", ({ clipboardData }) => take(clipboardData));
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  take(event.dataTransfer);
});

cancel.addEventListener("click", async () => {
  running.abort();
  await leave("Cancelled. What was sent is deleted.");
});

remove.addEventListener("click", async () => {
  await leave("Photo and cutout are deleted.");
});

async function leave(message) {
  try {
    if (uploadId) await forget(uploadId);
    uploadId = "";
    show("empty", message);
    input.focus();
  } catch (error) {
    show("failed", "", error.message);
  }
}

function take({ files }) {
  if (files.length) work(files[0]);
}

async function work(photo) {
  running.abort();
  const { signal } = (running = new AbortController());
  try {
    uploadId = "";
    progress.value = 0;
    show("working", "Uploading the photo…");
    uploadId = await upload(signal, photo, (share) => {
      progress.value = share;
    });
    progress.removeAttribute("value");
    show("working", "Finding the subject. The first one after a while takes some seconds more…");
    present(await cutOut(signal, uploadId), photo.name);
  } catch (error) {
    if (signal.aborted) return;
    show("failed", "", error.message);
  }
}

function present({ blob, size, whole }, name) {
  URL.revokeObjectURL(image.src);
  image.src = download.href = URL.createObjectURL(blob);
  download.download = name.replace(/\.[^.]*$/, "") + "-cutout.png";
  const less = `Done: ${size} px of the photo's ${whole}, for a PNG has 10 megapixels at most.`;
  show("done", size === whole ? "Done." : less);
}

function show(state, message, detail = "") {
  document.body.dataset.state = state;
  status.textContent = message;
  problem.textContent = detail;
}
