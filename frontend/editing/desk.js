// What is done to the cutout that is looked at, and the files that come of it.
//
// A photo that nobody has touched is shown and saved as it came. For any other there is an Edit, while
// it is looked at; what stays with its item are the settings and the alpha.

import { fullSize } from "../api.js";
import { Failure } from "../failure.js";
import * as stage from "../stage.js";
import { frameAround } from "./alpha.js";
import { compose } from "./compose.js";
import { Edit } from "./edit.js";
import * as settings from "./settings.js";

const COLORS = { white: "#ffffff", black: "#000000" };
const BLUR = "2%"; // as much as compose.js blurs
const TYPES = { png: "image/png", webp: "image/webp", jpg: "image/jpeg", alpha: "image/png" };
const QUALITY = 0.92;

const bitmaps = new WeakMap(); // of what is behind
const canvas = document.querySelector("canvas.composition");

let item;
let edit;
let scene;
let opening; // of the edit: there is one for all who wait for it

let refreshing;
let isStale = false;

function isUntouched(asked) {
  const isBrushed = asked.alpha || (asked === item && edit?.canUndo);
  return !isBrushed && settings.isPlain(asked.settings ?? settings.untouched);
}

// A copy is smaller than its photo.
export function isCopy({ result: { size }, size: whole = size }) {
  return size.width < whole.width;
}

export async function open(next) {
  document.body.dataset.view = "plain";
  close();
  item = next;
  settings.write(item.settings ?? settings.untouched);
  await update();
}

// What was brushed is kept as a picture, which takes a while.
function close() {
  if (edit?.canUndo) item.alpha = edit.asPng(edit.alpha);
  edit?.close();
  [edit, item, scene, opening] = [];
}

// After another try there is another alpha, and nothing that was done to the old one holds.
export function drop(dropped) {
  if (dropped === item) close();
  dropped.alpha = dropped.files = undefined;
}

// What the form says is seen. While it is worked at, all that changes is one more change.
export async function update() {
  isStale = true;
  refreshing ??= refreshed().finally(() => (refreshing = undefined));
  await refreshing;
}

async function refreshed() {
  while (isStale && item) {
    isStale = false;
    await refresh(item);
  }
}

async function refresh(own) {
  own.settings = settings.read();
  own.files = new Map();
  if (isUntouched(own)) {
    document.body.dataset.view = "plain";
    stage.show({ left: 0, top: 0, ...own.result.size }, own.result.size);
    return;
  }
  await ready();
  await edit?.move(own.settings);
  const next = edit && (await sceneOf(own, edit));
  if (own !== item) return;
  scene = next;
  draw();
}

// For a brush, which needs it before anything has changed.
export async function ready() {
  const own = item;
  opening ??= editOf(own);
  const made = await opening;
  if (own !== item) return;
  edit = made;
  scene ??= await sceneOf(own, edit);
}

async function editOf({ photo, result, alpha }) {
  return Edit.of(photo, result.blob, await alpha);
}

function draw(area) {
  compose(canvas, edit, scene, area);
  document.body.dataset.view = "edited";
  stage.show(scene.frame, edit);
}

export const strokes = {
  begin() {
    edit.begin();
    draw();
  },
  paint({ from, to }, { size, ...brush }) {
    const { width, height } = edit;
    const inPx = ({ x, y }) => ({ x: x * width, y: y * height });
    draw(edit.paint([inPx(from), inPx(to)], { radius: (size * width) / 2, ...brush }));
  },
  async end() {
    await edit.end();
    await update();
  },
  async cancel() {
    await edit.cancel();
    await update();
  },
  async undo() {
    await edit.undo();
    await update();
  },
  async redo() {
    await edit.redo();
    await update();
  },
  get canUndo() {
    return Boolean(edit?.canUndo);
  },
  get canRedo() {
    return Boolean(edit?.canRedo);
  },
};

async function sceneOf({ settings: set = settings.untouched, photo }, { width, height, subject }) {
  return {
    frame: set.crop && subject ? frameAround(subject, set.margin, settings.shapeOf(set)) : { left: 0, top: 0, width, height },
    ground: {
      color: set.ground === "color" ? set.color : COLORS[set.ground],
      picture: set.ground === "picture" && set.picture && (await decoded(set.picture)),
      photo: set.ground === "blur" && (await decoded(photo, { resizeWidth: 512 })),
    },
    shadow: set.shadow,
  };
}

async function decoded(blob, options) {
  if (!bitmaps.has(blob)) bitmaps.set(blob, await createImageBitmap(blob, options).catch(unreadable));
  return bitmaps.get(blob);
}

function unreadable() {
  throw new Failure("bad_picture");
}

// The file that one gets, of an item that may not be the one that is looked at.
export async function file(signal, queue, asked, kind) {
  await refreshing;
  const files = (asked.files ??= new Map());
  if (!files.has(kind)) files.set(kind, await make(signal, queue, asked, kind));
  return files.get(kind);
}

async function make(signal, queue, asked, kind) {
  if (isCopy(asked)) return queue.withUpload(signal, asked, () => atFullSize(signal, asked, kind));
  if (kind === "png" && isUntouched(asked)) return asked.result.blob;
  return withEdit(asked, async (own) => {
    if (kind === "alpha") return own.asPng();
    const picture = await sceneOf(asked, own);
    if (kind === "jpg") picture.ground.color ??= COLORS.white;
    const target = new OffscreenCanvas(1, 1);
    compose(target, own, picture);
    return target.convertToBlob({ type: TYPES[kind], quality: QUALITY });
  });
}

async function withEdit(asked, act) {
  if (asked === item && edit) return act(edit);
  const own = await editOf(asked);
  await own.move(asked.settings ?? settings.untouched);
  try {
    return await act(own);
  } finally {
    own.close();
  }
}

// The service makes it, with the alpha as it is here, or with its own if nobody has touched it.
async function atFullSize(signal, asked, kind) {
  const format = kind === "alpha" ? { format: "png", channels: "alpha" } : { format: kind };
  if (isUntouched(asked)) {
    return fullSize(signal, asked.uploadId, { ...asked.wanted, ...format });
  }
  return withEdit(asked, async (own) => {
    const { frame, ground, shadow } = await sceneOf(asked, own);
    return fullSize(signal, asked.uploadId, {
      ...format,
      alpha_file: await own.asPng(),
      ...(asked.settings?.crop && { frame: inFull(frame, asked.size, own) }),
      ...(ground.color && { bg_color: ground.color }),
      ...(ground.picture && { bg_image_file: asked.settings.picture }),
      ...(ground.photo && { bg_blur: BLUR }),
      ...(shadow && { shadow_type: "drop", shadow_opacity: String(Math.round(100 * shadow)) }),
    });
  });
}

// A frame of a copy in px of its photo: x1 y1 x2 y2.
function inFull({ left, top, width, height }, whole, copy) {
  const [across, down] = [whole.width / copy.width, whole.height / copy.height];
  const sides = [left * across, top * down, (left + width) * across, (top + height) * down];
  return sides.map((side) => `${Math.round(side)}px`).join(" ");
}

// What this browser can write, for not all have WebP.
export async function canWrite(kind) {
  const own = new OffscreenCanvas(1, 1);
  own.getContext("2d");
  const { type } = await own.convertToBlob({ type: TYPES[kind] });
  return type === TYPES[kind];
}
