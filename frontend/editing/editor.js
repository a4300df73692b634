import { copyUpright } from "../orientation.js";
import { find } from "../page.js";
import { frameAround } from "./alpha.js";
import { compose, drawBehind } from "./compose.js";
import { Edit } from "./edit.js";
import { decode } from "./layers.js";
import { aspectRatio, isPlain, makeSamePicture } from "./settings.js";

/** @import { Line } from "../elements/brush-layer.js" */
/** @import { BrushStroke } from "../edits.js" */
/** @import { Photo } from "../photo.js" */
/** @import { Viewer } from "../viewer.js" */
/** @import { Area } from "./alpha.js" */
/** @import { Scene } from "./compose.js" */
/** @import { Settings } from "./settings.js" */
/** @import { Brush, SettingsForm } from "./settings-form.js" */

/** @type {Record<string, string>} */
const COLORS = { white: "#ffffff", black: "#000000" };

/**
 * Edits the shown photo by the form's settings and by a brush.
 *
 * A photo that is untouched is shown as it came. Any other has an Edit while it is looked at; its
 * settings and its strokes stay with the photo, and are applied to whatever cutout it gets.
 */
export class Editor {
  #viewer;
  #form;
  #canvas = find("canvas.composition", HTMLCanvasElement);
  /** @type {WeakMap<Blob, ImageBitmap>} */
  #backgrounds = new WeakMap();
  /** @type {Photo | undefined} */
  #photo;
  /** @type {Edit | undefined} */
  #edit;
  /** @type {Scene | undefined} */
  #scene;
  /** @type {Promise<Edit> | undefined} */
  #opening; // one for all that wait for the edit
  /** @type {Promise<void> | undefined} */
  #refreshing;
  #isStale = false;
  /** @type {BrushStroke | undefined} */
  #stroke; // that is being drawn

  /**
   * @param {Viewer} viewer
   * @param {SettingsForm} form
   */
  constructor(viewer, form) {
    this.#viewer = viewer;
    this.#form = form;
  }

  /** @param {Photo} photo with a result */
  async open(photo) {
    this.close();
    this.#photo = photo;
    this.#form.write(this.#settingsOf(photo));
    await this.update();
  }

  close() {
    document.body.dataset.view = "plain";
    this.#edit?.close();
    this.#edit = this.#photo = this.#scene = this.#opening = this.#stroke = undefined;
  }

  /**
   * Edits the photo as the form now says.
   * @param {boolean} isOn whether this belongs to the latest step, as while a slider moves
   */
  async applyForm(isOn) {
    const photo = this.#photo;
    if (!photo) return;
    const [before, settings] = [this.#settingsOf(photo), this.#form.read()];
    if (isOn || makeSamePicture(before, settings)) photo.editOn({ settings });
    else photo.edit({ settings });
    await this.update();
  }

  /** Shows the picture as the photo's edits have it; calls during an update end in one more. */
  async update() {
    this.#isStale = true;
    this.#refreshing ??= this.#refreshUntilCurrent().finally(() => (this.#refreshing = undefined));
    await this.#refreshing;
  }

  /** Waits for updates that run. */
  async settle() {
    await this.#refreshing;
  }

  async #refreshUntilCurrent() {
    while (this.#isStale && this.#photo) {
      this.#isStale = false;
      await this.#refresh(this.#photo);
    }
  }

  /** @param {Photo} photo */
  async #refresh(photo) {
    const settings = this.#settingsOf(photo);
    if (this.isUntouched(photo)) {
      if (this.#edit) await applyEdits(this.#edit, photo, settings);
      if (photo === this.#photo) this.#showPlain(photo);
      return;
    }
    await this.prepare();
    if (this.#edit) await applyEdits(this.#edit, photo, settings);
    const scene = this.#edit && (await this.sceneOf(photo, this.#edit));
    if (photo !== this.#photo || !this.#edit || !scene) return;
    this.#scene = { ...scene, behind: drawBehind(this.#edit, scene) };
    this.#draw();
  }

  /** @param {Photo} photo */
  #settingsOf({ settings }) {
    return settings ?? this.#form.defaults;
  }

  /** @param {Photo} photo */
  isUntouched(photo) {
    return !photo.strokes.length && isPlain(this.#settingsOf(photo));
  }

  /** @param {Photo} photo */
  #showPlain({ result: { size } }) {
    const frame = { left: 0, top: 0, ...size };
    this.#scene = { frame, background: {}, shadow: 0 };
    document.body.dataset.view = "plain";
    this.#viewer.frame(frame, size);
  }

  /** Reads the picture that is looked at, which a brush needs before anything has changed. */
  async prepare() {
    const photo = this.#photo;
    if (!photo) return;
    this.#opening ??= openEdit(photo);
    const edit = await this.#opening;
    // Even where a scene is shown: it may be older than a background that cannot be read.
    const scene = photo === this.#photo && (await this.sceneOf(photo, edit));
    if (photo !== this.#photo || !scene) return;
    this.#edit = edit;
    this.#scene ??= scene;
  }

  /**
   * Calls `act` with the edit of any photo, opened for this if it is not the one looked at.
   * @template T
   * @param {Photo} photo
   * @param {(edit: Edit) => Promise<T>} act
   */
  async withEdit(photo, act) {
    if (photo === this.#photo && this.#edit) return act(this.#edit);
    const edit = await openEdit(photo);
    try {
      await applyEdits(edit, photo, this.#settingsOf(photo));
      return await act(edit);
    } finally {
      edit.close();
    }
  }

  /** @param {Area} [area] that has changed, if not all of it */
  #draw(area) {
    if (!this.#edit || !this.#scene) return;
    compose(this.#canvas, this.#edit, this.#scene, area);
    document.body.dataset.view = "edited";
    this.#viewer.frame(this.#scene.frame, this.#edit);
  }

  beginStroke() {
    this.#edit?.beginStroke();
    this.#draw();
  }

  /**
   * @param {Line} line
   * @param {Brush} brush
   */
  paint(line, brush) {
    if (!this.#edit) return;
    this.#stroke ??= { brush, points: [] };
    this.#stroke.points.push(line.to);
    this.#draw(this.#edit.paint(line, this.#stroke.brush));
  }

  async endStroke() {
    const [photo, edit, stroke] = [this.#photo, this.#edit, this.#stroke];
    this.#stroke = undefined;
    if (!photo || !edit || !stroke) return;
    const strokes = [...photo.strokes, stroke];
    const isEnding = edit.endStroke(strokes);
    photo.edit({ strokes });
    await isEnding;
    await this.update();
  }

  async cancelStroke() {
    this.#stroke = undefined;
    await this.#edit?.cancelStroke();
    await this.update();
  }

  async undo() {
    await this.#travel((photo) => photo.undo());
  }

  async redo() {
    await this.#travel((photo) => photo.redo());
  }

  /** @param {(photo: Photo) => void} move through the steps, which keeps the format of the files */
  async #travel(move) {
    const photo = this.#photo;
    if (!photo) return;
    const { format } = this.#form.read();
    this.#stroke = undefined;
    move(photo);
    this.#form.write({ ...this.#settingsOf(photo), format });
    photo.editOn({ settings: this.#form.read() });
    await this.update();
  }

  /**
   * The scene in which a photo's edit is shown and saved.
   * @param {Photo} photo
   * @param {Edit} edit
   * @returns {Promise<Scene>}
   */
  async sceneOf(photo, { width, height, subject }) {
    const settings = this.#settingsOf(photo);
    const { background, color, crop, margin, picture, shadow } = settings;
    const isCropped = crop && subject;
    return {
      frame: isCropped ? frameAround(subject, margin / 100, aspectRatio(settings)) : { left: 0, top: 0, width, height },
      background: {
        color: background === "color" ? color : COLORS[background],
        picture: background === "picture" ? await this.#decoded(picture) : undefined,
        photo: background === "blur" ? await this.#decoded(photo.view) : undefined,
      },
      shadow: shadow / 100,
    };
  }

  /** @param {Blob | undefined} blob */
  async #decoded(blob) {
    if (!blob) return;
    const bitmap = this.#backgrounds.get(blob) ?? (await decode((await copyUpright(blob, blob.type)) ?? blob, "bad_picture"));
    this.#backgrounds.set(blob, bitmap);
    return bitmap;
  }
}

/**
 * Opens the edit of a photo, with nothing to restore where this browser cannot show the photo.
 * @param {Photo} photo with a result
 */
function openEdit({ view, isViewable, result }) {
  return Edit.open(isViewable ? view : undefined, result.blob);
}

/**
 * @param {Edit} edit
 * @param {Photo} photo
 * @param {Settings} settings
 */
async function applyEdits(edit, { strokes }, settings) {
  await edit.setStrokes(strokes);
  await edit.setEdge(settings);
}
