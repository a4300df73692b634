// Draws an edited cutout on its background, to be shown and to be saved.

import { blurredBackground } from "./blur.js";
import { contextOf } from "./layers.js";

/** @import { Box, Size } from "../photo.js" */
/** @import { Area } from "./alpha.js" */
/** @import { Edit } from "./edit.js" */

/** @typedef {{ color?: string, picture?: ImageBitmap, photo?: ImageBitmap }} Background a CSS colour, a picture that covers all of it, or the photo to blur */

/**
 * @typedef Scene
 * @property {Box} frame what is shown of the photo, in px; it may reach beyond it
 * @property {Background} background
 * @property {number} shadow opacity, 0..1
 * @property {OffscreenCanvas} [behind] from `drawBehind`
 */

/** @typedef {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} Context */

// The service's own shadow, in shares of the subject's mean side (core/shadow.py).
const [DOWN, RIGHT, SIGMA] = [0.035, 0.012, 0.03];
const MAX_PIXELS = 16_000_000; // of a canvas: iOS has none that is larger

/**
 * @param {HTMLCanvasElement | OffscreenCanvas} canvas
 * @param {Edit} edit
 * @param {Scene} scene
 * @param {Area} [area] of the photo that has changed; without one all is drawn
 */
export function compose(canvas, edit, scene, area) {
  const { frame, behind } = scene;
  const context = begin(canvas, frame);
  if (area) clip(context, frame, area);
  context.clearRect(0, 0, frame.width, frame.height);
  if (behind) context.drawImage(behind, 0, 0, frame.width, frame.height);
  else drawBackgroundAndShadow(context, edit, scene);
  context.drawImage(edit.canvas, -frame.left, -frame.top);
  context.restore();
}

/**
 * Background and shadow alone, which do not change with each piece of a stroke.
 * @param {Edit} edit
 * @param {Scene} scene
 */
export function drawBehind(edit, scene) {
  const canvas = new OffscreenCanvas(1, 1);
  const context = begin(canvas, scene.frame);
  drawBackgroundAndShadow(context, edit, scene);
  context.restore();
  return canvas;
}

/**
 * Sizes the canvas for the frame, whose px are the context's unit until it is restored.
 * @param {HTMLCanvasElement | OffscreenCanvas} canvas
 * @param {Box} frame
 */
function begin(canvas, frame) {
  const scale = Math.min(Math.sqrt(MAX_PIXELS / (frame.width * frame.height)), 1);
  const [width, height] = [frame.width, frame.height].map((side) => Math.max(Math.floor(side * scale), 1));
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = contextOf(canvas);
  context.save();
  context.scale(width / frame.width, height / frame.height);
  return context;
}

/**
 * @param {Context} context
 * @param {Edit} edit
 * @param {Scene} scene
 */
function drawBackgroundAndShadow(context, edit, { frame, background, shadow }) {
  drawBackground(context, background, frame, edit);
  if (shadow) drawShadow(context, edit, shadow, frame);
}

/**
 * @param {Context} context
 * @param {Box} frame
 * @param {Area} area
 */
function clip(context, frame, { left, top, right, bottom }) {
  context.beginPath();
  context.rect(left - frame.left, top - frame.top, right - left, bottom - top);
  context.clip();
}

/**
 * @param {Context} context
 * @param {Background} background
 * @param {Box} frame
 * @param {Edit} edit
 */
function drawBackground(context, { color, picture, photo }, frame, edit) {
  if (color) {
    context.fillStyle = color;
    context.fillRect(0, 0, frame.width, frame.height);
  }
  if (picture) cover(context, picture, frame);
  if (photo) {
    const blurred = blurredBackground(photo, edit);
    context.imageSmoothingQuality = "high";
    if (isWithin(frame, edit)) context.drawImage(blurred, -frame.left, -frame.top, edit.width, edit.height);
    else cover(context, blurred, frame); // as the service does it
  }
}

/**
 * @param {Box} frame
 * @param {Size} size
 */
function isWithin(frame, { width, height }) {
  const isBeyond = frame.left < 0 || frame.top < 0 || frame.left + frame.width > width || frame.top + frame.height > height;
  return !isBeyond;
}

/**
 * Draws a picture so that it covers a size, of which it may show only its middle.
 * @param {Context} context
 * @param {ImageBitmap | OffscreenCanvas} picture
 * @param {Size} size
 */
export function cover(context, picture, { width, height }) {
  const scale = Math.max(width / picture.width, height / picture.height);
  const [wide, high] = [picture.width * scale, picture.height * scale];
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, (width - wide) / 2, (height - high) / 2, wide, high);
}

/**
 * Draws the cutout outside the frame and its shadow inside. A canvas does not scale shadows with its
 * transform.
 * @param {Context} context
 * @param {Edit} edit
 * @param {number} opacity
 * @param {Box} frame
 */
function drawShadow(context, edit, opacity, frame) {
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
