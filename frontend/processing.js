// Requests to the service for a photo: the upload and the cutout. The page loads this with its first photo.

import { download, post, removeBackground, requestUpload, requestUploadFrom } from "./api.js";
import { Failure } from "./failure.js";
import { inspect } from "./files.js";

/** @import { Photo } from "./photo.js" */

const SLOW_MS = 4000; // a warm service has answered by then, unless a photo is large

/**
 * Uploads the photo unless the service has it, and gets its cutout.
 * @param {AbortSignal} signal
 * @param {Photo} photo
 * @param {boolean} isAwake whether the service has made a cutout before, so that it need not start
 */
export async function cutOut(signal, photo, isAwake) {
  try {
    if (photo.isUploaded) return await withUpload(signal, photo, () => requestCutout(signal, photo, isAwake));
    await upload(signal, photo);
    return await requestCutout(signal, photo, isAwake);
  } catch (failure) {
    const isUnread = failure instanceof Failure && failure.code === "invalid_file_type";
    throw isUnread && photo.type === "image/heic" ? new Failure("heic") : failure;
  }
}

/**
 * Runs what needs the photo's upload, after another upload if that has been deleted meanwhile.
 * @template T
 * @param {AbortSignal} signal
 * @param {Photo} photo
 * @param {() => Promise<T>} act
 * @returns {Promise<T>}
 */
export async function withUpload(signal, photo, act) {
  try {
    return await act();
  } catch (failure) {
    if (signal.aborted || !(failure instanceof Failure && failure.isUploadGone)) throw failure;
    photo.uploadLost();
    await upload(signal, photo);
    return act();
  }
}

/**
 * @param {AbortSignal} signal
 * @param {Photo} photo
 */
async function upload(signal, photo) {
  const file = photo.file ?? (await fetchByService(signal, photo));
  photo.proceed("checking");
  photo.inspected(await inspect(file));
  if (photo.isUploaded) return; // by the service
  photo.proceed("uploading", 0);
  const ticket = await requestUpload(signal, file, photo.type);
  photo.uploading(ticket.upload_id);
  await post(signal, ticket, file, (share) => photo.proceed("uploading", share));
  photo.uploaded();
}

/**
 * @param {AbortSignal} signal
 * @param {Photo} photo
 */
async function fetchByService(signal, photo) {
  photo.proceed("fetching");
  const { upload_id, photo_url } = await requestUploadFrom(signal, photo.address);
  photo.uploading(upload_id);
  const file = await download(signal, photo_url);
  photo.fetched(file);
  return file;
}

/**
 * @param {AbortSignal} signal
 * @param {Photo} photo
 * @param {boolean} isAwake
 */
async function requestCutout(signal, photo, isAwake) {
  photo.proceed("cutting");
  const slow = setTimeout(() => isAwake || photo.proceed("waking"), SLOW_MS);
  try {
    return await removeBackground(signal, photo.uploadId, photo.resultFormat, photo.options, (share) => {
      clearTimeout(slow);
      photo.proceed("downloading", share);
    });
  } finally {
    clearTimeout(slow);
  }
}
