// The calls of this page. Each takes a signal first; errors are thrown with the words to show.

// The photo goes straight to the bucket, and what becomes of it comes from there.
export async function upload(signal, photo, onProgress) {
  const body = { type: photo.type, bytes: photo.size };
  const ticket = await ask(signal, "/v1.0/uploads", { method: "POST", ...json(body) });
  await post(signal, ticket, photo, onProgress);
  return ticket.upload_id;
}

// With its size, and the photo's where that is more.
export async function cutOut(signal, uploadId) {
  const body = { upload_id: uploadId, size: "50MP", format: "png" };
  const told = await ask(signal, "/v1.0/removebg", { method: "POST", ...json(body) });
  const result = await reach(signal, told.result_url);
  if (!result.ok) throw new Error("The cutout is no longer there. Choose the photo again.");
  const [size, whole] = ["X", "X-Max"].map((name) =>
    ["Width", "Height"].map((side) => told.headers.get(`${name}-${side}`)).join(" × "),
  );
  return { blob: await result.blob(), size, whole };
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
  if (answer.ok) return { ...data, headers: answer.headers };
  throw new Error(
    errors ? `${errors[0].title}: ${errors[0].detail}.` : `The server answered ${answer.status}.`,
  );
}

async function reach(signal, address, options) {
  return fetch(address, { ...options, signal }).catch((error) => {
    throw signal?.aborted ? error : new Error("The server cannot be reached. Try again.");
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
      else reject(new Error("The photo could not be uploaded. Try again."));
    });
    request.addEventListener("error", () => reject(new Error("The upload was cut off. Try again.")));
    request.addEventListener("abort", () => reject(signal.reason));
    request.addEventListener("loadend", () => signal.removeEventListener("abort", stop));
    request.open("POST", ticket.url);
    request.send(form);
  });
}
