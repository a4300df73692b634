// Which event leads to which state; what a state shows is in styles/states.css.

import { cutOut, forget, upload } from "./api.js";
import messages from "./messages/en.js";

const input = document.querySelector("input[type=file]");
const comparison = document.querySelector("before-after");
const before = document.querySelector("img.photo");
const image = document.querySelector("img.cutout");
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
  await leave(messages.cancelled);
});

remove.addEventListener("click", async () => {
  await leave(messages.deleted);
});

async function leave(message) {
  try {
    if (uploadId) await forget(uploadId);
    uploadId = "";
    show("empty", message);
    input.focus();
  } catch (failure) {
    show("failed", "", said(failure));
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
    show("working", messages.uploading);
    uploadId = await upload(signal, photo, (share) => {
      progress.value = share;
    });
    progress.removeAttribute("value");
    show("working", messages.cutting);
    present(await cutOut(signal, uploadId), photo);
  } catch (failure) {
    if (signal.aborted) return;
    show("failed", "", said(failure));
  }
}

function present(blob, photo) {
  for (const { src } of [before, image]) URL.revokeObjectURL(src);
  before.src = URL.createObjectURL(photo);
  image.src = download.href = URL.createObjectURL(blob);
  comparison.reset();
  download.download = photo.name.replace(/\.[^.]*$/, "") + "-cutout.png";
  show("done", messages.done);
}

function said({ code, message }) {
  return messages[code] ?? message;
}

function show(state, message, detail = "") {
  document.body.dataset.state = state;
  status.textContent = message;
  problem.textContent = detail;
}
