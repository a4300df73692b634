/** What went wrong, by its code: the service's, or one of the page's own in messages/. */
export class Failure extends Error {
  /**
   * @param {string} code
   * @param {string} [message] the service's, shown for a code without a message here
   */
  constructor(code, message = code) {
    super(message);
    this.code = code;
  }

  /** Whether the service no longer has the photo's upload, so that it has to be sent again. */
  get isUploadGone() {
    return ["upload_gone", "upload_not_found", "upload_changed"].includes(this.code);
  }

  /** Whether the connection broke, so that the same may succeed once it is back. */
  get isConnectionLost() {
    return ["cut_off", "unreachable"].includes(this.code);
  }
}

/**
 * A script that the page loads when it is needed.
 * @template T
 * @param {Promise<T>} script
 * @returns {Promise<T>}
 */
export function loaded(script) {
  return script.catch(() => {
    throw new Failure(navigator.onLine ? "stale" : "unreachable");
  });
}
