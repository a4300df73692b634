// Runs one action of a Node client, prints its report as JSON, and saves its picture as `result`.
const fs = require("fs");

const [name, action, apiKey] = process.argv.slice(2);
const path = "photo.png";
const url = "http://photos.example/a.png";
const missing = "http://photos.example/404.png";
const base64img = fs.readFileSync(path).toString("base64");
const outputFile = "result";

const clients = {
  "remove.bg": () => {
    const client = require("remove.bg");
    const common = { apiKey, size: "auto", outputFile };
    const report = async (response) => {
      const { base64img, ...rest } = await response;
      return rest;
    };
    const file = (options) => report(client.removeBackgroundFromImageFile({ path, ...common, ...options }));
    return {
      "preview": () => file({ size: undefined }),
      "file": () => file(),
      "url": () => report(client.removeBackgroundFromImageUrl({ url, ...common })),
      "missing url": () => report(client.removeBackgroundFromImageUrl({ ...common, url: missing })),
      "base64": () => report(client.removeBackgroundFromImageBase64({ base64img, ...common })),
      "crop": () => file({ crop: true }),
      "shadow": () => file({ add_shadow: true }),
    };
  },
  "removebg-wrapper": () => {
    const client = require("removebg-wrapper"); // prints what went wrong, and then returns as usual
    const saved = (output) => {
      process.once("exit", () => fs.existsSync(output) && fs.renameSync(output, outputFile));
    };
    return {
      "file": () => client.rbFromImageFile(path, apiKey).then(() => saved("output.png")),
      "url": () => client.rbFromImageUrl(url, apiKey).then(() => saved("output-2.png")),
    };
  },
  "removd": () => {
    const client = require("removd");
    process.env.REMOVD_API_KEY = apiKey;
    const cut = async (kind, options) => {
      const { destination, duration, source, ...rest } = await client[kind]({ source: path, destination: "out/cutout.png", ...options });
      if (destination) fs.renameSync(destination, outputFile);
      return rest;
    };
    fs.mkdirSync("out", { recursive: true });
    return {
      "preview": () => cut("file", { size: "small" }),
      "file": () => cut("file"),
      "base64": () => cut("base64", { toImage: true }),
      "jpg": () => cut("file", { format: "jpg" }),
      "account": () => client.account({}),
    };
  },
};

const report = {};
const failed = (error) => (report.error = error instanceof Error ? String(error) : error);
console.error = (...words) => failed(words.join(" "));
process.once("unhandledRejection", failed);
process.once("exit", () => console.log(JSON.stringify(report)));
clients[name]()[action]().then((outcome) => Object.assign(report, outcome), failed);
