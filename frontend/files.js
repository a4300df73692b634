// What a file is, told by itself and before any of it is sent.

import { Failure } from "./failure.js";

const MOST_BYTES = 22 * 1024 * 1024;
const MOST_PIXELS = 50_000_000;
const BEGINNINGS = [
  [/^\xff\xd8\xff/, "image/jpeg"],
  [/^\x89PNG\r\n/, "image/png"],
  [/^RIFF....WEBP/s, "image/webp"],
  [/^....ftypavi[fs]/s, "image/avif"],
  [/^GIF8/, "image/gif"],
  [/^BM/, "image/bmp"],
  [/^(II\*\0|MM\0\*)/, "image/tiff"],
];
const SOME_BROWSERS_READ = ["image/avif", "image/tiff"];

// Its type by its first bytes, for a name or a browser may be wrong; and its size, if this browser
// can show it.
export async function inspect(file) {
  if (!file.size) throw new Failure("failed_to_read_image");
  if (file.size > MOST_BYTES) throw new Failure("file_too_large");
  const start = await beginningOf(file);
  if (/^....ftyp(hei|mif1)/s.test(start)) throw new Failure("heic");
  const type = BEGINNINGS.find(([beginning]) => beginning.test(start))?.[1];
  if (!type) throw new Failure("invalid_file_type");
  const size = await measure(file);
  if (!size && !SOME_BROWSERS_READ.includes(type)) throw new Failure("failed_to_read_image");
  if (size && size.width * size.height > MOST_PIXELS) throw new Failure("resolution_too_high");
  return { type, size };
}

async function beginningOf(file) {
  // A folder, or a file that has changed since it was chosen, cannot be read.
  const bytes = await file.slice(0, 12).arrayBuffer().catch(() => {
    throw new Failure("failed_to_read_image");
  });
  return String.fromCharCode(...new Uint8Array(bytes));
}

// In px, upright.
async function measure(file) {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  const loaded = new Promise((resolve) => {
    image.onload = () => resolve({ width: image.naturalWidth, height: image.naturalHeight });
    image.onerror = () => resolve();
  });
  return loaded.finally(() => URL.revokeObjectURL(image.src));
}

// Of a drop or a paste, where there is one instead of files.
export function addressIn(transfer) {
  const text = (transfer.getData("text/uri-list") || transfer.getData("text/plain")).trim();
  return URL.canParse(text) && /^https?:/.test(text) ? text : "";
}

// As a file is called whose name another one has already: photo-cutout-2.png.
export function unique(name, taken) {
  const [, stem, suffix] = name.match(/^(.*?)(\.[^.]*)?$/s);
  let count = 1;
  let free = name;
  while (taken.has(free)) free = `${stem}-${++count}${suffix ?? ""}`;
  taken.add(free);
  return free;
}
