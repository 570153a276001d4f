const WELL_FORMED = /^[\w.:-]{8,64}$/;

/**
 * The id that names a request in logs, upstream and in problems: the platform's, else the client's,
 * else a new one.
 */
export function requestId(headers: Headers): string {
  const given = headers.get("cf-ray") ?? headers.get("x-request-id");
  return given !== null && WELL_FORMED.test(given) ? given : crypto.randomUUID();
}
