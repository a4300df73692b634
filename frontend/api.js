// The service's endpoints. Each call takes a signal first and throws a Failure with the service's code.

import { Failure } from "./failure.js";

/** @import { RemovalOptions, Result } from "./photo.js" */

/** @typedef {{ upload_id: string, url: string, fields: Record<string, string> }} Ticket for one upload */

// What is shown and edited here. iOS has no larger canvas; larger files are made by the service.
const COPY = "16MP";
const EXPIRED = [403, 404]; // the bucket answers one or the other

/**
 * Asks for a place in the bucket for a photo.
 * @param {AbortSignal} signal
 * @param {Blob} file
 * @param {string} type
 * @returns {Promise<Ticket>}
 */
export async function requestUpload(signal, { size }, type) {
  return (await request(signal, "/v1.0/uploads", { method: "POST", ...json({ type, bytes: size }) })).data;
}

/**
 * Lets the service fetch a photo, since a page may not read from everywhere.
 * @param {AbortSignal} signal
 * @param {string} url
 * @returns {Promise<{ upload_id: string, photo_url: string }>}
 */
export async function requestUploadFrom(signal, url) {
  return (await request(signal, "/v1.0/uploads", { method: "POST", ...json({ url }) })).data;
}

/**
 * Cuts out an uploaded photo.
 * @param {AbortSignal} signal
 * @param {string} uploadId
 * @param {"webp" | "png"} format
 * @param {RemovalOptions} options
 * @param {(share: number) => void} onProgress of the download
 * @returns {Promise<Result>}
 */
export async function removeBackground(signal, uploadId, format, options, onProgress) {
  const body = { upload_id: uploadId, size: COPY, format, ...options };
  const { data, headers } = await request(signal, "/v1.0/removebg", { method: "POST", ...json(body) });
  /** @param {string} name */
  const number = (name) => Number(headers.get(`X-${name}`));
  const [width, height] = [number("Width"), number("Height")];
  return {
    blob: await download(signal, data.result_url, onProgress),
    size: { width, height },
    looksSkipped: number("Cutout-Looks-Skipped"),
    fullSize: { width: number("Max-Width"), height: number("Max-Height") },
    box: {
      left: number("Foreground-Left") / width,
      top: number("Foreground-Top") / height,
      width: number("Foreground-Width") / width,
      height: number("Foreground-Height") / height,
    },
  };
}

/**
 * Makes a file of the whole photo, maybe with an alpha that was edited on its copy.
 * @param {AbortSignal} signal
 * @param {string} uploadId
 * @param {Record<string, string | Blob>} parts parameters of the API
 */
export async function renderFullSize(signal, uploadId, parts) {
  const form = new FormData();
  const all = { upload_id: uploadId, size: "50MP", ...parts };
  for (const [name, value] of Object.entries(all)) form.append(name, value);
  const headers = { Accept: "application/json" };
  const { data } = await request(signal, "/v1.0/removebg", { method: "POST", headers, body: form });
  return download(signal, data.result_url);
}

/** @param {string} uploadId */
export async function deleteUpload(uploadId) {
  const options = { method: "DELETE", keepalive: true }; // the page itself may be unloading
  await request(undefined, `/v1.0/uploads/${uploadId}`, options);
}

/** @param {object} body */
function json(body) {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  return { headers, body: JSON.stringify(body) };
}

/**
 * @param {AbortSignal | undefined} signal
 * @param {string} path
 * @param {RequestInit} options
 */
async function request(signal, path, options) {
  const response = await send(signal, path, options);
  const { headers } = response;
  if (response.status === 204) return { data: {}, headers };
  const { data, errors } = await response.json().catch(() => ({}));
  if (response.ok && data) return { data, headers };
  if (!errors) throw new Failure("unavailable");
  const [{ code, title, detail }] = errors;
  throw new Failure(code, `${title}: ${detail}.`);
}

/**
 * @param {AbortSignal | undefined} signal
 * @param {string} address
 * @param {RequestInit} [options]
 */
function send(signal, address, options) {
  return fetch(address, { ...options, signal }).catch((error) => {
    throw signal?.aborted ? error : new Failure("unreachable");
  });
}

/**
 * @param {AbortSignal} signal
 * @param {string} url
 * @param {(share: number) => void} [onProgress]
 */
export async function download(signal, url, onProgress = () => {}) {
  const response = await send(signal, url);
  if (!response.ok || !response.body) {
    throw new Failure(EXPIRED.includes(response.status) ? "upload_gone" : "unreachable");
  }
  const total = Number(response.headers.get("Content-Length"));
  const parts = [];
  let loaded = 0;
  try {
    for (const reader = response.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) return new Blob(parts, { type: response.headers.get("Content-Type") ?? "" });
      parts.push(value);
      loaded += value.length;
      if (total) onProgress(loaded / total);
    }
  } catch (error) {
    throw signal.aborted ? error : new Failure("unreachable");
  }
}

/**
 * Sends a photo straight to the bucket. XMLHttpRequest, as fetch does not report how much is sent.
 * @param {AbortSignal} signal
 * @param {Ticket} ticket
 * @param {Blob} file
 * @param {(share: number) => void} onProgress
 * @returns {Promise<void>}
 */
export function post(signal, { url, fields }, file, onProgress) {
  const form = new FormData();
  for (const [name, text] of Object.entries(fields)) form.append(name, text);
  form.append("file", file); // last: the bucket ignores the fields after it
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
