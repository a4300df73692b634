// What is done to an alpha: a Uint8ClampedArray of width * height. Nothing here knows of a page.

const VISIBLE = 26; // of 255; below a tenth nobody sees the subject, as in the service

// Along a line, the tip of a brush takes alpha away or gives it back, in full as far as hardness (a
// share of the radius) and from there on less. Crossing oneself changes nothing: it is no sum.
// The rectangle that has changed.
export function stroke(alpha, width, height, [from, to], { radius, hardness, restores }) {
  const area = around(width, height, from, to, radius);
  const core = Math.min(radius * hardness, radius - 1); // a px at least is soft
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length2 = dx * dx + dy * dy || 1;
  for (let y = area.top; y < area.bottom; y++) {
    for (let x = area.left; x < area.right; x++) {
      const [px, py] = [x + 0.5 - from.x, y + 0.5 - from.y];
      const along = Math.min(Math.max((px * dx + py * dy) / length2, 0), 1);
      const distance = Math.hypot(px - along * dx, py - along * dy);
      if (distance >= radius) continue;
      const share = Math.min((radius - distance) / (radius - core), 1);
      const at = y * width + x;
      alpha[at] = restores ? Math.max(alpha[at], 255 * share) : Math.min(alpha[at], 255 * (1 - share));
    }
  }
  return area;
}

function around(width, height, from, to, radius) {
  return {
    left: Math.max(Math.floor(Math.min(from.x, to.x) - radius), 0),
    top: Math.max(Math.floor(Math.min(from.y, to.y) - radius), 0),
    right: Math.min(Math.ceil(Math.max(from.x, to.x) + radius), width),
    bottom: Math.min(Math.ceil(Math.max(from.y, to.y) + radius), height),
  };
}

export function union(one, other) {
  if (!one || !other) return one ?? other;
  return {
    left: Math.min(one.left, other.left),
    top: Math.min(one.top, other.top),
    right: Math.max(one.right, other.right),
    bottom: Math.max(one.bottom, other.bottom),
  };
}

export function cut(alpha, width, { left, top, right, bottom }) {
  const part = new Uint8ClampedArray((right - left) * (bottom - top));
  for (let y = top; y < bottom; y++) {
    part.set(alpha.subarray(y * width + left, y * width + right), (y - top) * (right - left));
  }
  return part;
}

export function paste(alpha, width, { left, top, right, bottom }, part) {
  for (let y = top; y < bottom; y++) {
    const start = (y - top) * (right - left);
    alpha.set(part.subarray(start, start + right - left), y * width + left);
  }
}

// The edge goes outwards by so many px, or inwards if that is below 0; then it becomes softer.
export function refine(alpha, width, height, { shift, feather }) {
  let refined = alpha;
  if (shift) refined = spread(refined, width, height, Math.abs(shift), shift > 0);
  if (feather) refined = blur(refined, width, height, feather);
  return refined;
}

// The largest within a square of 2 radius + 1, or the smallest: along the rows, then the columns.
function spread(alpha, width, height, radius, grows) {
  const best = grows ? Math.max : Math.min;
  return twice(alpha, width, height, (line, length, put) => {
    // van Herk 1992: the best of a window is that of a prefix and a suffix of two blocks.
    const block = 2 * radius + 1;
    const whole = Math.ceil((length + 2 * radius) / block) * block;
    const at = (index) => line(Math.min(Math.max(index - radius, 0), length - 1));
    const [prefix, suffix] = [new Uint8Array(whole), new Uint8Array(whole)];
    for (let i = 0; i < whole; i++) prefix[i] = i % block ? best(prefix[i - 1], at(i)) : at(i);
    for (let i = whole - 1; i >= 0; i--) suffix[i] = (i + 1) % block ? best(suffix[i + 1], at(i)) : at(i);
    for (let i = 0; i < length; i++) put(i, best(suffix[i], prefix[i + block - 1]));
  });
}

// A box of 2 radius + 1, twice, which is a tent.
function blur(alpha, width, height, radius) {
  const boxed = () => (line, length, put) => {
    const at = (index) => line(Math.min(Math.max(index, 0), length - 1));
    let sum = 0;
    for (let i = -radius; i <= radius; i++) sum += at(i);
    for (let i = 0; i < length; i++) {
      put(i, sum / (2 * radius + 1));
      sum += at(i + radius + 1) - at(i - radius);
    }
  };
  return twice(twice(alpha, width, height, boxed()), width, height, boxed());
}

function twice(alpha, width, height, filter) {
  const rows = new Uint8ClampedArray(alpha.length);
  for (let y = 0; y < height; y++) {
    const start = y * width;
    filter((x) => alpha[start + x], width, (x, value) => (rows[start + x] = value));
  }
  const both = new Uint8ClampedArray(alpha.length);
  for (let x = 0; x < width; x++) {
    filter((y) => rows[y * width + x], height, (y, value) => (both[y * width + x] = value));
  }
  return both;
}

// The smallest rectangle around what is visible; nothing if nothing is.
export function bounds(alpha, width, height) {
  let found;
  for (let y = 0; y < height; y++) {
    const row = alpha.subarray(y * width, (y + 1) * width);
    const left = row.findIndex((value) => value >= VISIBLE);
    if (left < 0) continue;
    const right = row.findLastIndex((value) => value >= VISIBLE) + 1;
    found = union(found, { left, top: y, right, bottom: y + 1 });
  }
  return found;
}

// What the result shows: the subject with a margin (a share of its longer side), in a shape of
// width / height if that is not 0. It may reach beyond the photo.
export function frameAround(subject, margin, shape) {
  const { left, top, right, bottom } = subject;
  const around = margin * Math.max(right - left, bottom - top);
  let [width, height] = [right - left + 2 * around, bottom - top + 2 * around];
  if (shape) [width, height] = [Math.max(width, height * shape), Math.max(height, width / shape)];
  return {
    left: Math.round((left + right - width) / 2),
    top: Math.round((top + bottom - height) / 2),
    width: Math.round(width),
    height: Math.round(height),
  };
}
