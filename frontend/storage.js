// What a browser keeps for the page, if it is let: some keep nothing.

export function recall(storage, key) {
  return attempt(() => window[storage].getItem(key));
}

export function keep(storage, key, value) {
  attempt(() => window[storage].setItem(key, value));
}

export function drop(storage, key) {
  attempt(() => window[storage].removeItem(key));
}

function attempt(act) {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error; // that it is not let, or that it is full
    return null;
  }
}
