// An edited cutout on what is behind it: the picture that is seen, and the one that is saved.

// The service's own shadow, in shares of the subject's mean side (core/shadow.py).
const [DOWN, RIGHT, SIGMA] = [0.035, 0.012, 0.03];
const MOST_PIXELS = 16_000_000; // of a canvas: iOS has none that is larger
const BLURRED_PX = 48; // of a blurred photo's longer side: what is enlarged from there is blurred

// The frame is what it shows of the photo, in px. The area is of the photo, too, and what has changed
// alone; without one all is drawn anew.
export function compose(canvas, edit, { frame, ground, shadow }, area) {
  const scale = Math.min(Math.sqrt(MOST_PIXELS / (frame.width * frame.height)), 1);
  const [width, height] = [frame.width, frame.height].map((side) => Math.max(Math.floor(side * scale), 1));
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  context.save();
  context.scale(width / frame.width, height / frame.height);
  if (area && !shadow) clip(context, frame, area);
  context.clearRect(0, 0, frame.width, frame.height);
  paintGround(context, ground, frame, edit);
  if (shadow) cast(context, shadow, edit.subject, scale);
  context.drawImage(edit.canvas, -frame.left, -frame.top);
  context.restore();
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

function cover(context, picture, { width, height }) {
  const scale = Math.max(width / picture.width, height / picture.height);
  const [wide, high] = [picture.width * scale, picture.height * scale];
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, (width - wide) / 2, (height - high) / 2, wide, high);
}

// Without its subject, whose place is filled from around it: a canvas is premultiplied, so a smaller
// one is a mean of what is there, and smaller ones lie under it where nothing is.
function blurred(photo, edit) {
  const scale = BLURRED_PX / Math.max(edit.width, edit.height);
  const around = small(photo, edit, scale);
  around.globalCompositeOperation = "destination-out";
  around.drawImage(edit.canvas, 0, 0, around.canvas.width, around.canvas.height);
  const filled = small(around.canvas, edit, scale);
  filled.globalCompositeOperation = "destination-over";
  for (let factor = scale / 2; factor * edit.width >= 1 && factor * edit.height >= 1; factor /= 2) {
    filled.drawImage(small(around.canvas, edit, factor).canvas, 0, 0, filled.canvas.width, filled.canvas.height);
  }
  for (let doubling = 0; doubling < 8; doubling++) filled.drawImage(filled.canvas, 0, 0); // until it is opaque
  return filled.canvas;
}

function small(source, { width, height }, scale) {
  const canvas = new OffscreenCanvas(Math.max(width * scale, 1), Math.max(height * scale, 1));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return context;
}

// Of a shadow a canvas scales nothing by itself.
function cast(context, opacity, subject, scale) {
  if (!subject) return;
  const side = scale * Math.sqrt((subject.right - subject.left) * (subject.bottom - subject.top));
  context.shadowColor = `rgb(0 0 0 / ${opacity})`;
  context.shadowBlur = 2 * SIGMA * side;
  context.shadowOffsetX = RIGHT * side;
  context.shadowOffsetY = DOWN * side;
}
