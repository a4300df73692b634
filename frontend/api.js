// The calls of this page. Each takes a signal first; what goes wrong is thrown with its code.

const TYPES = /^image\/(jpeg|png|webp|avif|gif|bmp|tiff)$/;
const MOST_BYTES = 22 * 1024 * 1024;

export class Failure extends Error {
  // The words are the server's, for a code that the page has none for.
  constructor(code, words = code) {
    super(words);
    this.code = code;
  }
}

// The photo goes straight to the bucket, and what becomes of it comes from there.
export async function upload(signal, photo, onProgress) {
  if (!TYPES.test(photo.type)) throw new Failure("invalid_file_type");
  if (photo.size > MOST_BYTES) throw new Failure("file_too_large");
  if (!photo.size) throw new Failure("failed_to_read_image");
  const body = { type: photo.type, bytes: photo.size };
  const ticket = await ask(signal, "/v1.0/uploads", { method: "POST", ...json(body) });
  await post(signal, ticket, photo, onProgress);
  return ticket.upload_id;
}

export async function cutOut(signal, uploadId) {
  const body = { upload_id: uploadId, size: "50MP", format: "png" };
  const told = await ask(signal, "/v1.0/removebg", { method: "POST", ...json(body) });
  const result = await reach(signal, told.result_url);
  if (!result.ok) throw new Failure("upload_gone");
  return result.blob();
}

export async function forget(uploadId) {
  await ask(undefined, `/v1.0/uploads/${uploadId}`, { method: "DELETE" });
}

function json(body) {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  return { headers, body: JSON.stringify(body) };
}

async function ask(signal, path, options) {
  const answer = await reach(signal, path, options);
  if (answer.status === 204) return {};
  const { data, errors } = await answer.json().catch(() => ({}));
  if (answer.ok) return data;
  if (!errors) throw new Failure("unavailable");
  const [{ code, title, detail }] = errors;
  throw new Failure(code, `${title}: ${detail}.`);
}

async function reach(signal, address, options) {
  return fetch(address, { ...options, signal }).catch((error) => {
    throw signal?.aborted ? error : new Failure("unreachable");
  });
}

// XMLHttpRequest, for fetch tells nothing of how much is sent.
function post(signal, ticket, photo, onProgress) {
  const form = new FormData();
  for (const [name, text] of Object.entries(ticket.fields)) form.append(name, text);
  form.append("file", photo); // the bucket reads nothing behind it
  const request = new XMLHttpRequest();
  return new Promise((resolve, reject) => {
    const stop = () => request.abort();
    signal.addEventListener("abort", stop, { once: true });
    request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(loaded / total));
    request.addEventListener("load", () => {
      if (request.status < 300) resolve();
      else reject(new Failure("cut_off"));
    });
    request.addEventListener("error", () => reject(new Failure("cut_off")));
    request.addEventListener("abort", () => reject(signal.reason));
    request.addEventListener("loadend", () => signal.removeEventListener("abort", stop));
    request.open("POST", ticket.url);
    request.send(form);
  });
}
