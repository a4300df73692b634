// The settings of the editor's form.

/** @typedef {"png" | "webp" | "jpg" | "alpha"} Format of a saved file; the alpha alone is a PNG */

/**
 * @typedef Settings
 * @property {Format} format
 * @property {string} background none, white, black, color, blur or picture
 * @property {string} color of the background, if that is a colour
 * @property {File | undefined} picture of the background, if that is a picture
 * @property {number} shift of the edge in px, outwards
 * @property {number} feather of the edge in px
 * @property {boolean} crop to the subject
 * @property {number} margin around the subject in per cent of its longer side
 * @property {string} shape of the crop, as in 16:9; 0 keeps the subject's own
 * @property {number} shadow its opacity in per cent
 */

/**
 * Whether two settings make the same picture, in whatever format.
 * @param {Settings} [one]
 * @param {Settings} [other]
 */
export function makeSamePicture(one, other) {
  if (!one || !other) return one === other;
  const names = /** @type {(keyof Settings)[]} */ (Object.keys(one));
  return names.every((name) => name === "format" || one[name] === other[name]);
}

/**
 * Whether the picture is the cutout as the service made it.
 * @param {Settings} settings
 */
export function isPlain({ background, shift, feather, crop, shadow }) {
  return background === "none" && !shift && !feather && !crop && !shadow;
}

/**
 * Width / height of the crop, or 0 for the subject's own.
 * @param {Settings} settings
 */
export function aspectRatio({ shape }) {
  const [width, height] = shape.split(":").map(Number);
  return height ? width / height : 0;
}
