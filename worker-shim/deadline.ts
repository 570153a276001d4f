export const TIMED_OUT: unique symbol = Symbol("timed out");

/**
 * `promise`, or TIMED_OUT once `ms` have passed. What came too late is dropped; a rejection too
 * late is swallowed. What is awaited goes on regardless: neither an RPC nor its effect can be taken
 * back.
 */
export function withDeadline<T>(
  promise: PromiseLike<T>,
  ms: number,
): Promise<T | typeof TIMED_OUT> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      resolve(TIMED_OUT);
    }, ms);
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
