// The anonymous visitor's id, as the gateway has it: 128 random bits in base64url.
import scenario from "bench:scenario";

const COOKIE = new RegExp(`(?:^|;\\s*)${scenario.visitorCookie}=([\\w-]{22})(?:;|$)`);
const ID = /^[\w-]{22}$/;

export function readVisitor(request: Request): string | undefined {
  return COOKIE.exec(request.headers.get("cookie") ?? "")?.[1];
}

export function isVisitor(value: string | undefined): value is string {
  return value !== undefined && ID.test(value);
}

export function mintVisitor(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .slice(0, 22);
}
