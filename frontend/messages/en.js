// What the page says, and what one can do next; errors by their codes in the API.

export default {
  uploading: "Uploading the photo…",
  cutting: "Finding the subject. The first one after a while takes some seconds more…",
  done: "Done.",
  cancelled: "Cancelled. What was sent is deleted.",
  deleted: "Photo and cutout are deleted.",

  allowance_used_up: "That is all for today from this address. More is possible after midnight, UTC.",
  cut_off: "The upload was cut off. Look at the connection, and choose the photo again.",
  failed_to_read_image: "This file is damaged or cut short. Choose another one.",
  file_too_large: "This photo has more than 22 MB. Save it as a JPEG, or make it smaller.",
  invalid_file_type: "This is no photo that can be read here: JPEG, PNG, WebP, AVIF, GIF, BMP or TIFF can.",
  resolution_too_high: "This photo has more than 50 megapixels. Make it smaller.",
  timeout: "This photo took too long. Make it smaller, or try again.",
  unavailable: "The service is not available just now. Try again in a minute.",
  unknown_foreground: "Nothing in this photo stands out as its subject. Crop it closer, or choose another one.",
  unreachable: "The service cannot be reached. Look at the connection, and try again.",
  upload_gone: "The photo has been deleted meanwhile. Choose it again.",
};
