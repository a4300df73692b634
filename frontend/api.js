// The one call of this page. Errors are thrown with the words to show.

export async function removeBackground(photo, signal) {
  const body = new FormData();
  body.append("file", photo);
  const answer = await fetch("/api/remove", { method: "POST", body, signal }).catch((error) => {
    throw signal.aborted ? error : new Error("The server cannot be reached. Is it still running?");
  });
  if (answer.ok) return answer.blob();
  const { errors } = await answer.json().catch(() => ({}));
  throw new Error(
    errors ? `${errors[0].title}: ${errors[0].detail}.` : `The server answered ${answer.status}.`,
  );
}
