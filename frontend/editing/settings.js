// What is set in the form beside the picture.

const form = document.querySelector("form.settings");

export const untouched = read();

export function read() {
  const data = new FormData(form);
  const number = (name) => Number(data.get(name));
  const picture = data.get("picture");
  return {
    kind: data.get("kind"),
    ground: data.get("ground"),
    color: data.get("color"),
    picture: picture?.size ? picture : undefined,
    shift: number("shift"),
    feather: number("feather"),
    crop: data.has("crop"),
    margin: number("margin") / 100,
    shape: data.get("shape"),
    shadow: number("shadow") / 100,
  };
}

export function brush() {
  const data = new FormData(form);
  return {
    restores: data.get("tip") === "restore",
    size: Number(data.get("size")) / 100, // its diameter, as a share of the photo's width
    hardness: Number(data.get("hardness")) / 100,
  };
}

// Parameters of the API, for another try.
export function wanted() {
  const data = new FormData(form);
  return { model: data.get("model"), edges: data.get("edges") }; // no model is the usual one
}

export function write(settings) {
  for (const name of Object.keys(settings)) {
    const control = form.elements[name];
    if (control.type === "checkbox") control.checked = settings[name];
    else if (name === "picture") control.files = asFiles(settings.picture);
    else control.value = ["margin", "shadow"].includes(name) ? 100 * settings[name] : settings[name];
  }
}

// But for the kind of file, in which both are saved alike.
export function areAlike(one = untouched, other = untouched) {
  return Object.keys(untouched).every((name) => name === "kind" || one[name] === other[name]);
}

// Nothing that a cutout as it came does not have.
export function isPlain({ ground, shift, feather, crop, shadow }) {
  return ground === "none" && !shift && !feather && !crop && !shadow;
}

export function shapeOf({ shape }) {
  const [width, height] = shape.split(":").map(Number);
  return height ? width / height : 0;
}

function asFiles(file) {
  const transfer = new DataTransfer();
  if (file) transfer.items.add(file);
  return transfer.files;
}
