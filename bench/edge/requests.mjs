// The load, as HTTP/1.1 text: every user with its own key and visitor cookie, as a browser's fetch sends it.

import { API_KEY_HEADER, VISITOR_COOKIE, users } from "./scenario.mjs";

export function headersOf(user) {
  return {
    accept: "application/json",
    "user-agent":
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "accept-language": "en-GB,en;q=0.8",
    [API_KEY_HEADER]: user.key,
    cookie: `theme=dark; ${VISITOR_COOKIE}=${user.visitor}`,
  };
}

export const targetOf = (user) => `/orders?page=${user.page}`;

export function requestTexts() {
  return users().map((user) => {
    const lines = Object.entries(headersOf(user)).map(([name, value]) => `${name}: ${value}\r\n`);
    return `GET ${targetOf(user)} HTTP/1.1\r\nhost: shop.example.com\r\n${lines.join("")}\r\n`;
  });
}
