// Upright copies of photos whose EXIF orientation not every browser applies: those in a WebP, and in
// a PNG behind its pixels or as text. The service applies all of them.

/** @typedef {{ kind: string, start: number, end: number, body: Uint8Array<ArrayBuffer> }} Chunk */

/** @type {Record<string, (bytes: Uint8Array<ArrayBuffer>) => Generator<Chunk>>} */
const CHUNKS = { "image/png": pngChunks, "image/webp": webpChunks };
const EXIF = ["eXIf", "EXIF"];
const TEXT = /^Raw profile type exif\0(\0?)/; // ImageMagick's; the second 0 says that it is compressed
const [ORIENTATION, SHORT] = [0x0112, 3];
/**
 * From each orientation to the first (EXIF 2.3, 4.6.4 A), as a canvas's transform.
 * @type {Record<number, (width: number, height: number) => DOMMatrix2DInit>}
 */
const TURNS = {
  2: (width) => ({ a: -1, b: 0, c: 0, d: 1, e: width, f: 0 }),
  3: (width, height) => ({ a: -1, b: 0, c: 0, d: -1, e: width, f: height }),
  4: (_, height) => ({ a: 1, b: 0, c: 0, d: -1, e: 0, f: height }),
  5: () => ({ a: 0, b: 1, c: 1, d: 0, e: 0, f: 0 }),
  6: (_, height) => ({ a: 0, b: 1, c: -1, d: 0, e: height, f: 0 }),
  7: (width, height) => ({ a: 0, b: -1, c: -1, d: 0, e: height, f: width }),
  8: (width) => ({ a: 0, b: -1, c: 1, d: 0, e: 0, f: width }),
};

/**
 * An upright copy of a photo that is held otherwise, in a kind of file that a browser may not turn.
 * @param {Blob} file
 * @param {string} type
 * @returns {Promise<Blob | undefined>} none if the file can be shown as it is
 */
export async function copyUpright(file, type) {
  if (!CHUNKS[type]) return;
  const bytes = new Uint8Array(await file.arrayBuffer());
  const chunks = [...CHUNKS[type](bytes)];
  const exif = chunks.find(({ kind }) => EXIF.includes(kind));
  const turn = TURNS[orientationIn(exif ? exif.body : await exifAsText(chunks))];
  if (!turn) return;
  const stored = exif ? without(exif, bytes) : file; // so that no browser turns it
  const bitmap = await createImageBitmap(stored).catch(() => undefined);
  if (!bitmap) return; // a damaged photo, which the service reports
  const { width, height } = bitmap;
  const matrix = turn(width, height);
  const canvas = new OffscreenCanvas(matrix.a ? width : height, matrix.a ? height : width);
  const context = canvas.getContext("2d");
  context?.setTransform(matrix);
  context?.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context ? canvas.convertToBlob({ type: "image/png" }) : undefined;
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function* pngChunks(bytes) {
  const view = new DataView(bytes.buffer);
  for (let start = 8, end; start + 12 <= bytes.length; start = end) {
    const length = view.getUint32(start);
    end = start + 12 + length;
    yield { kind: latin(bytes, start + 4, 4), start, end, body: bytes.subarray(start + 8, start + 8 + length) };
  }
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function* webpChunks(bytes) {
  const view = new DataView(bytes.buffer);
  for (let start = 12, end; start + 8 <= bytes.length; start = end) {
    const length = view.getUint32(start + 4, true);
    end = start + 8 + length + (length % 2);
    yield { kind: latin(bytes, start, 4), start, end, body: bytes.subarray(start + 8, start + 8 + length) };
  }
}

/**
 * @param {Chunk} chunk
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
function without({ kind, start, end }, bytes) {
  const view = new DataView(bytes.buffer);
  if (kind === "EXIF") view.setUint32(4, view.getUint32(4, true) - (end - start), true);
  return new Blob([bytes.subarray(0, start), bytes.subarray(end)]);
}

/**
 * The EXIF block that is written in hexadecimal digits in a PNG's text.
 * @param {Chunk[]} chunks
 */
async function exifAsText(chunks) {
  for (const { kind, body } of chunks) {
    const header = ["tEXt", "zTXt"].includes(kind) && TEXT.exec(latin(body, 0, 30));
    if (!header) continue;
    const digits = body.subarray(header[0].length);
    const text = kind === "zTXt" ? await inflate(digits) : latin(digits, 0, digits.length);
    const pairs = text.split("\n").slice(3).join("").match(/[0-9a-f]{2}/gi) ?? [];
    return Uint8Array.from(pairs, (pair) => parseInt(pair, 16));
  }
  return new Uint8Array();
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).text().catch(() => ""); // damaged
}

/**
 * The orientation in an EXIF block, or 1 where it is damaged or has none.
 * @param {Uint8Array<ArrayBuffer>} block
 */
function orientationIn(block) {
  const start = latin(block, 0, 6) === "Exif\0\0" ? 6 : 0; // as in a JPEG
  const view = new DataView(block.buffer, block.byteOffset + start, block.length - start);
  const isLittle = latin(block, start, 2) === "II";
  try {
    const list = view.getUint32(4, isLittle);
    for (let index = 0; index < view.getUint16(list, isLittle); index++) {
      const entry = list + 2 + 12 * index;
      if (view.getUint16(entry, isLittle) !== ORIENTATION) continue;
      const isShort = view.getUint16(entry + 2, isLittle) === SHORT;
      return isShort ? view.getUint16(entry + 8, isLittle) : view.getUint32(entry + 8, isLittle);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return 1;
}

/**
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} length
 */
function latin(bytes, start, length) {
  return String.fromCharCode(...bytes.subarray(start, start + length));
}
