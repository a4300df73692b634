// Moves edges off the main thread, as large pictures take a while.

import { refine } from "./alpha.js";

addEventListener("message", ({ data: { alpha, width, height, edge } }) => {
  const refined = refine(alpha, width, height, edge);
  postMessage(refined, { transfer: [refined.buffer] });
});
