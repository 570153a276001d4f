import { Handle } from "./handle.ts";
import type { Instance, Json } from "./instance.ts";

/** Steps that reshape JSON, bytes to bytes; what they don't touch keeps its exact text. */
export class Transform extends Handle {
  private constructor(instance: Instance, handle: number) {
    super(instance, handle);
  }

  /** @internal */
  static compile(instance: Instance, json: Json): Transform {
    return new Transform(instance, instance.compileTransform(json));
  }

  /** The bytes returned are the caller's own. Text that isn't JSON throws `invalid_json`. */
  apply(json: Json): Uint8Array {
    return this.instance.applyTransform(this.handle, json);
  }
}
