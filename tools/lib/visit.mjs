// A page visited as a browser does it: fetch() sends Sec-Fetch-Mode of its own, so it can't navigate.
import { request } from "node:http";

const BROWSER = {
  accept: "text/html,*/*;q=0.8",
  "sec-fetch-mode": "navigate",
  "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
};

/** GETs the URL; redirects are not followed. `cookies`: by name, those to send, and in the answer those that were set. */
export function visit(url, { headers = {}, cookies = {} } = {}) {
  const cookie = Object.entries(cookies).map(([name, value]) => `${name}=${value}`);
  const sent = {
    ...BROWSER,
    ...(cookie.length > 0 && { cookie: cookie.join("; ") }),
    ...headers,
  };
  return new Promise((done, fail) => {
    const call = request(url, { headers: sent }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.once("error", fail);
      response.once("end", () => done(answerOf(response, Buffer.concat(chunks).toString("utf8"))));
    });
    call.once("error", fail);
    call.end();
  });
}

function answerOf({ statusCode: status, headers }, text) {
  const setCookies = headers["set-cookie"] ?? [];
  const cookies = Object.fromEntries(setCookies.map((cookie) => cookie.split(/[=;]/, 2)));
  return { status, headers, text, setCookies, cookies };
}
