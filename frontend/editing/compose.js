// An edited cutout on what is behind it: the picture that is seen, and the one that is saved.

import { blurred } from "./blur.js";

// The service's own shadow, in shares of the subject's mean side (core/shadow.py).
const [DOWN, RIGHT, SIGMA] = [0.035, 0.012, 0.03];
const MOST_PIXELS = 16_000_000; // of a canvas: iOS has none that is larger

// The frame is what it shows of the photo, in px. The area is of the photo, too, and what has changed
// alone; without one all is drawn anew. What is under the cutout may have been drawn before.
export function compose(canvas, edit, scene, area) {
  const { frame, under } = scene;
  const context = sized(canvas, frame);
  if (area) clip(context, frame, area);
  context.clearRect(0, 0, frame.width, frame.height);
  if (under) context.drawImage(under, 0, 0, frame.width, frame.height);
  else paintUnder(context, edit, scene);
  context.drawImage(edit.canvas, -frame.left, -frame.top);
  context.restore();
}

// Ground and shadow, for strokes of which each piece would else draw them anew.
export function underneath(edit, scene) {
  const canvas = new OffscreenCanvas(1, 1);
  const context = sized(canvas, scene.frame);
  paintUnder(context, edit, scene);
  context.restore();
  return canvas;
}

// In px of the frame, until it is restored.
function sized(canvas, frame) {
  const scale = Math.min(Math.sqrt(MOST_PIXELS / (frame.width * frame.height)), 1);
  const [width, height] = [frame.width, frame.height].map((side) => Math.max(Math.floor(side * scale), 1));
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  context.save();
  context.scale(width / frame.width, height / frame.height);
  return context;
}

function paintUnder(context, edit, { frame, ground, shadow }) {
  paintGround(context, ground, frame, edit);
  if (shadow) cast(context, edit, shadow, frame);
}

function clip(context, frame, { left, top, right, bottom }) {
  context.beginPath();
  context.rect(left - frame.left, top - frame.top, right - left, bottom - top);
  context.clip();
}

// A CSS colour, a picture, which covers all of it, or the photo itself, blurred.
function paintGround(context, { color, picture, photo }, frame, edit) {
  if (color) {
    context.fillStyle = color;
    context.fillRect(0, 0, frame.width, frame.height);
  }
  if (picture) cover(context, picture, frame);
  if (photo) {
    const ground = blurred(photo, edit);
    context.imageSmoothingQuality = "high";
    if (isWithin(frame, edit)) context.drawImage(ground, -frame.left, -frame.top, edit.width, edit.height);
    else cover(context, ground, frame); // as the service does it
  }
}

function isWithin(frame, { width, height }) {
  const isBeyond = frame.left < 0 || frame.top < 0 || frame.left + frame.width > width || frame.top + frame.height > height;
  return !isBeyond;
}

export function cover(context, picture, { width, height }) {
  const scale = Math.max(width / picture.width, height / picture.height);
  const [wide, high] = [picture.width * scale, picture.height * scale];
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, (width - wide) / 2, (height - high) / 2, wide, high);
}

// The cutout is drawn out of sight, and its shadow back into it. A canvas does not scale shadows with
// its transform.
function cast(context, edit, opacity, frame) {
  const { subject } = edit;
  if (!subject) return;
  const { width } = context.canvas;
  const scale = width / frame.width;
  const side = scale * Math.sqrt((subject.right - subject.left) * (subject.bottom - subject.top));
  context.save();
  context.shadowColor = `rgb(0 0 0 / ${opacity})`;
  context.shadowBlur = 2 * SIGMA * side;
  context.shadowOffsetX = RIGHT * side + 2 * width;
  context.shadowOffsetY = DOWN * side;
  context.drawImage(edit.canvas, -frame.left - 2 * frame.width, -frame.top);
  context.restore();
}
