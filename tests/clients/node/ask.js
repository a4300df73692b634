const fs = require("fs");
const client = require("remove.bg");
const wrapper = require("removebg-wrapper");

const path = "photo.png";
const base64img = fs.readFileSync(path).toString("base64");
const url = "http://photos.example/a.png";
const apiKey = "key";

async function ask() {
  const told = await client.removeBackgroundFromImageFile({ path, apiKey, size: "auto", outputFile: "file.png" });
  const { resultWidth, resultHeight, creditsCharged, detectedType } = told;
  await client.removeBackgroundFromImageUrl({ url, apiKey, size: "regular", outputFile: "url.png" });
  await client.removeBackgroundFromImageBase64({ base64img, apiKey, crop: true, outputFile: "crop.png" });
  const [{ code }] = await client.removeBackgroundFromImageBase64({ base64img, apiKey, size: "huge" }).catch((errors) => errors);
  console.log(JSON.stringify({ resultWidth, resultHeight, creditsCharged, detectedType, code }));
}

const clients = {
  "remove.bg": ask,
  "removebg-wrapper": () => wrapper.rbFromImageFile(path, apiKey), // writes output.png
};
clients[process.argv[2]]();
