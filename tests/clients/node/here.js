// The clients have their address in their code. This is the proxy that would bring it here.
const http = require("http");
const https = require("https");

const here = { protocol: "http:", agent: undefined, host: "127.0.0.1", hostname: "127.0.0.1" };
const port = Number(process.env.CUTOUT_PORT);

https.request = (options, answered) => http.request({ ...options, ...here, port }, answered);
