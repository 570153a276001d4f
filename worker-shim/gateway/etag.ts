// A reshaped body is another representation, so it needs another ETag (RFC 9110, section 8.8.3):
// weak, and marked with the transform that made it, so that neither another shape nor another
// policy's is taken for it. On the way up the mark comes off again.

import type { LivePolicy } from "../config/live-policy.ts";

const FINGERPRINT_DIGITS = 8;
const ENTITY_TAG = /^(?:W\/)?"([\x21\x23-\x7e\x80-\xff]*)"$/;
const EACH_TAG = /(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/g;

/** What an ETag is marked with: the transform, of this very policy. */
export function etagMark({ source }: LivePolicy, transform: number): string {
  return `${source.sha256.slice(0, FINGERPRINT_DIGITS)}.${String(transform)}`;
}

/** `"abc"` → `W/"abc~1f2e3d4c.0"`; undefined for what is no entity tag. */
export function markEtag(etag: string, mark: string): string | undefined {
  const opaque = ENTITY_TAG.exec(etag)?.[1];
  return opaque === undefined ? undefined : `W/"${opaque}~${mark}"`;
}

/**
 * The upstream's If-None-Match for a client's, with our marks taken off; `*` stays. Tags without
 * the mark stand for other shapes: a read must not be told of them that nothing has changed, so
 * they go (undefined if none is left). For a method that writes they are a condition like any other
 * and stay (`keepOthers`).
 */
export function unmarkIfNoneMatch(
  header: string,
  mark: string,
  keepOthers: boolean,
): string | undefined {
  if (header.trim() === "*") return "*";
  const tags: string[] = [];
  for (const [tag, , opaque = ""] of header.matchAll(EACH_TAG)) {
    // Weak comparison is what If-None-Match uses, so a strong tag serves for both kinds.
    if (opaque.endsWith(`~${mark}`)) tags.push(`"${opaque.slice(0, -mark.length - 1)}"`);
    else if (keepOthers) tags.push(tag);
  }
  return tags.length === 0 ? undefined : tags.join(", ");
}
