// The calls of this page. Each takes a signal first; what goes wrong is thrown with its code.

import { Failure } from "./failure.js";

// What is seen and edited here. iOS has no larger canvas; what is larger the service makes.
const COPY = "16MP";
const GONE = [403, 404]; // the bucket says one or the other
const WARM_MS = 4 * 60 * 1000; // Lambda keeps an idle environment for longer

let warmedAt = -Infinity;

// Before a photo is there, so that it does not wait for a cold start.
export function warm() {
  if (performance.now() - warmedAt < WARM_MS) return;
  warmedAt = performance.now();
  fetch("/healthz").catch(() => {}); // it is the photo's own call that tells what is wrong
}

// A place in the bucket for a photo of this type, by upload_id, url and fields.
export async function ticket(signal, { size }, type) {
  return ask(signal, "/v1.0/uploads", { method: "POST", ...json({ type, bytes: size }) });
}

// The same for one at an address, with its photo_url: the service fetches it, since a page may not
// read from everywhere.
export async function ticketFrom(signal, url) {
  return ask(signal, "/v1.0/uploads", { method: "POST", ...json({ url }) });
}

// With its size and the photo's, and the subject's box as shares of it.
export async function cutOut(signal, uploadId, wanted, onProgress) {
  const body = { upload_id: uploadId, size: COPY, format: "png", ...wanted };
  const told = await ask(signal, "/v1.0/removebg", { method: "POST", ...json(body) });
  const number = (name) => Number(told.headers.get(`X-${name}`));
  const [width, height] = [number("Width"), number("Height")];
  return {
    blob: await download(signal, told.result_url, onProgress),
    size: { width, height },
    whole: { width: number("Max-Width"), height: number("Max-Height") },
    box: {
      left: number("Foreground-Left") / width,
      top: number("Foreground-Top") / height,
      width: number("Foreground-Width") / width,
      height: number("Foreground-Height") / height,
    },
  };
}

// The whole photo with an alpha that was edited on its copy.
export async function fullSize(signal, uploadId, parts) {
  const form = new FormData();
  const all = { upload_id: uploadId, size: "50MP", ...parts };
  for (const [name, value] of Object.entries(all)) form.append(name, value);
  const headers = { Accept: "application/json" };
  const told = await ask(signal, "/v1.0/removebg", { method: "POST", headers, body: form });
  return download(signal, told.result_url, () => {});
}

export async function forget(uploadId) {
  const gone = { method: "DELETE", keepalive: true }; // the page itself may be about to go
  await ask(undefined, `/v1.0/uploads/${uploadId}`, gone);
}

function json(body) {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  return { headers, body: JSON.stringify(body) };
}

async function ask(signal, path, options) {
  const answer = await reach(signal, path, options);
  if (answer.status === 204) return {};
  const { data, errors } = await answer.json().catch(() => ({}));
  if (answer.ok && data) return { ...data, headers: answer.headers };
  if (!errors) throw new Failure("unavailable");
  const [{ code, title, detail }] = errors;
  throw new Failure(code, `${title}: ${detail}.`);
}

async function reach(signal, address, options) {
  return fetch(address, { ...options, signal }).catch((error) => {
    throw signal?.aborted ? error : new Failure("unreachable");
  });
}

export async function download(signal, url, onProgress) {
  const answer = await reach(signal, url);
  if (!answer.ok) throw new Failure(GONE.includes(answer.status) ? "upload_gone" : "unreachable");
  const total = Number(answer.headers.get("Content-Length"));
  const parts = [];
  let loaded = 0;
  try {
    for (const reader = answer.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) return new Blob(parts, { type: answer.headers.get("Content-Type") });
      parts.push(value);
      loaded += value.length;
      if (total) onProgress(loaded / total);
    }
  } catch (error) {
    throw signal?.aborted ? error : new Failure("unreachable");
  }
}

// Straight to the bucket. XMLHttpRequest, for fetch tells nothing of how much is sent.
export function post(signal, { url, fields }, photo, onProgress) {
  const form = new FormData();
  for (const [name, text] of Object.entries(fields)) form.append(name, text);
  form.append("file", photo); // the bucket reads nothing behind it
  const request = new XMLHttpRequest();
  return new Promise((resolve, reject) => {
    const stop = () => request.abort();
    signal.addEventListener("abort", stop, { once: true });
    request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(loaded / total));
    request.addEventListener("load", () => {
      if (request.status < 300) resolve();
      else reject(new Failure(request.status === 403 ? "ticket_expired" : "cut_off"));
    });
    request.addEventListener("error", () => reject(new Failure("cut_off")));
    request.addEventListener("abort", () => reject(signal.reason));
    request.addEventListener("loadend", () => signal.removeEventListener("abort", stop));
    request.open("POST", url);
    request.send(form);
  });
}
