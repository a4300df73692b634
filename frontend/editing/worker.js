// Moves edges off the page's own thread: whole pictures take a while.

import { refine } from "./alpha.js";

addEventListener("message", ({ data: { alpha, width, height, edge } }) => {
  const refined = refine(alpha, width, height, edge);
  postMessage(refined, [refined.buffer]);
});
