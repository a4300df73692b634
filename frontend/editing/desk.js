// The cutout that is looked at, and what is done to it.
//
// A photo that nobody has touched is shown as it came. For any other there is an Edit while it is
// looked at; what stays with its item are the settings and the alpha.

import * as stage from "../stage.js";
import { frameAround } from "./alpha.js";
import { compose, underneath } from "./compose.js";
import { Edit } from "./edit.js";
import { bitmapOf } from "./layers.js";
import * as settings from "./settings.js";

const COLORS = { white: "#ffffff", black: "#000000" };
const bitmaps = new WeakMap(); // of what is behind
const canvas = document.querySelector("canvas.composition");

let item;
let edit;
let scene;
let opening; // of the edit: there is one for all who wait for it
let refreshing;
let isStale = false;

export async function open(next) {
  close();
  item = next;
  settings.write(item.settings ?? settings.untouched);
  await update();
}

// What was brushed is kept as a picture, which takes a while.
export function close() {
  document.body.dataset.view = "plain";
  if (edit?.isBrushed) item.alpha = edit.asPng(edit.alpha);
  edit?.close();
  [edit, item, scene, opening] = [];
}

export function isUntouched(asked) {
  const isBrushed = asked.alpha || (asked === item && edit?.isBrushed);
  return !isBrushed && settings.isPlain(asked.settings ?? settings.untouched);
}

// What the form says is seen. While it is worked at, all that changes is one more change.
export async function update() {
  isStale = true;
  refreshing ??= refreshed().finally(() => (refreshing = undefined));
  await refreshing;
}

export async function settled() {
  await refreshing;
}

async function refreshed() {
  while (isStale && item) {
    isStale = false;
    await refresh(item);
  }
}

async function refresh(own) {
  const next = settings.read();
  if (!settings.areAlike(own.settings, next)) own.files = undefined;
  own.settings = next;
  if (isUntouched(own)) {
    await edit?.move(next);
    if (own === item) showPlain();
    return;
  }
  await ready();
  await edit?.move(next);
  const wanted = edit && (await sceneOf(own, edit));
  if (own !== item) return;
  scene = { ...wanted, under: underneath(edit, wanted) };
  draw();
}

function showPlain() {
  const frame = { left: 0, top: 0, ...item.result.size };
  scene = { frame, ground: {}, shadow: 0 };
  document.body.dataset.view = "plain";
  stage.frame(frame, frame);
}

// For a brush, which needs it before anything has changed.
export async function ready() {
  const own = item;
  opening ??= editOf(own);
  const made = await opening;
  // Also where a scene is shown: it may be older than a background that cannot be read.
  const wanted = own === item && (await sceneOf(own, made));
  if (own !== item) return;
  edit = made;
  scene ??= wanted;
}

// Without a photo where this browser cannot show it: then nothing can be restored.
async function editOf({ photo, isShown, result, alpha }) {
  return Edit.of(isShown && photo, result.blob, await alpha);
}

// The edit that is open, or one that is made for this.
export async function withEdit(asked, act) {
  if (asked === item && edit) return act(edit);
  const own = await editOf(asked);
  try {
    await own.move(asked.settings ?? settings.untouched);
    return await act(own);
  } finally {
    own.close();
  }
}

function draw(area) {
  compose(canvas, edit, scene, area);
  document.body.dataset.view = "edited";
  stage.frame(scene.frame, edit);
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
  end: () => changed((own) => own.end()),
  cancel: () => changed((own) => own.cancel()),
  undo: () => changed((own) => own.undo()),
  redo: () => changed((own) => own.redo()),
  get canUndo() {
    return Boolean(edit?.canUndo);
  },
  get canRedo() {
    return Boolean(edit?.canRedo);
  },
};

async function changed(act) {
  if (!edit) return;
  item.files = undefined;
  await act(edit);
  await update();
}

export async function sceneOf({ settings: set = settings.untouched, photo }, { width, height, subject }) {
  const whole = { left: 0, top: 0, width, height };
  return {
    frame: set.crop && subject ? frameAround(subject, set.margin, settings.shapeOf(set)) : whole,
    ground: {
      color: set.ground === "color" ? set.color : COLORS[set.ground],
      picture: set.ground === "picture" && set.picture && (await decoded(set.picture)),
      photo: set.ground === "blur" && (await decoded(photo)),
    },
    shadow: set.shadow,
  };
}

async function decoded(blob) {
  if (!bitmaps.has(blob)) bitmaps.set(blob, await bitmapOf(blob, "bad_picture"));
  return bitmaps.get(blob);
}
