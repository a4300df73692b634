// What went wrong, by its code: the server's, or one of the page's own in messages/.
export class Failure extends Error {
  // The words are the server's, for a code that the page has none for.
  constructor(code, words = code) {
    super(words);
    this.code = code;
  }
}
