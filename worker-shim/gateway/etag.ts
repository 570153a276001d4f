// A reshaped body is another representation, so it needs another ETag (RFC 9110, section 8.8.3):
// weak, and marked with the transform that made it, so that neither another shape nor another
// policy's is taken for it. On the way up the mark comes off again.

const ENTITY_TAG = /^(?:W\/)?"([\x21\x23-\x7e\x80-\xff]*)"$/;

/** `"abc"` → `W/"abc~1f2e3d4c.0"`; undefined for what is no entity tag. */
export function markEtag(etag: string, mark: string): string | undefined {
  const opaque = ENTITY_TAG.exec(etag)?.[1];
  return opaque === undefined ? undefined : `W/"${opaque}~${mark}"`;
}

/**
 * The upstream's If-None-Match for a client's: its own tags behind our marks. Tags without the mark
 * stand for other shapes and go; undefined if none is left. `*` stays.
 */
export function unmarkIfNoneMatch(header: string, mark: string): string | undefined {
  if (header.trim() === "*") return "*";
  const tags: string[] = [];
  for (const [, opaque] of header.matchAll(/(?:W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/g)) {
    // Weak comparison is what If-None-Match uses, so a strong tag serves for both kinds.
    if (opaque?.endsWith(`~${mark}`)) tags.push(`"${opaque.slice(0, -mark.length - 1)}"`);
  }
  return tags.length === 0 ? undefined : tags.join(", ");
}
