// A ZIP of files that are stored as they are, being compressed already (PKWARE's APPNOTE 6.3.3), and
// their names.

const [LOCAL, CENTRAL, END] = [0x04034b50, 0x02014b50, 0x06054b50];
const VERSION = 20; // 2.0, the first with what is used here
const UTF8 = 0x0800; // the flag of names in UTF-8
const NEW_YEAR_1980 = 0x21; // the first date of the format

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let rest = index;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

/** @param {[name: string, blob: Blob][]} files in the order of the archive */
export async function zip(files) {
  /** @type {BlobPart[]} */
  const contents = [];
  const directory = [];
  let offset = 0;
  for (const [name, blob] of files) {
    const path = new TextEncoder().encode(name);
    /** @type {Field[]} */
    const about = [
      [2, VERSION], [2, UTF8], [2, 0], [2, 0], [2, NEW_YEAR_1980],
      [4, crc32(new Uint8Array(await blob.arrayBuffer()))], [4, blob.size], [4, blob.size],
      [2, path.length], [2, 0],
    ]; // prettier-ignore
    const head = fields([[4, LOCAL], ...about]);
    contents.push(head, path, blob);
    directory.push(fields([[4, CENTRAL], [2, VERSION], ...about, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]]), path);
    offset += head.length + path.length + blob.size;
  }
  const count = files.length;
  const length = directory.reduce((sum, part) => sum + part.length, 0);
  const end = fields([[4, END], [2, 0], [2, 0], [2, count], [2, count], [4, length], [4, offset], [2, 0]]);
  return new Blob([...contents, ...directory, end], { type: "application/zip" });
}

/** @param {Uint8Array} bytes */
function crc32(bytes) {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = CRC_TABLE[(rest ^ byte) & 255] ^ (rest >>> 8);
  return ~rest >>> 0;
}

/**
 * Little-endian numbers.
 * @typedef {[bytes: number, value: number]} Field
 * @param {Field[]} numbers
 */
function fields(numbers) {
  const bytes = new Uint8Array(numbers.reduce((sum, [size]) => sum + size, 0));
  let at = 0;
  for (const [size, number] of numbers) {
    for (let byte = 0; byte < size; byte++) bytes[at++] = number >>> (8 * byte);
  }
  return bytes;
}

/**
 * Adds a name to those that are taken, with a number if it already is one: photo-cutout-2.png.
 * @param {string} name
 * @param {Set<string>} taken
 */
export function unique(name, taken) {
  const dot = name.lastIndexOf(".");
  let count = 1;
  let free = name;
  while (taken.has(free)) free = `${name.slice(0, dot)}-${++count}${name.slice(dot)}`;
  taken.add(free);
  return free;
}
