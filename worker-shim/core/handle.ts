import { SluiceError } from "./errors.ts";
import type { Instance } from "./instance.ts";

const registry =
  typeof FinalizationRegistry === "undefined"
    ? undefined
    : new FinalizationRegistry<{ instance: Instance; handle: number }>(({ instance, handle }) => {
        instance.dispose(handle);
      });

/**
 * A compiled thing in an instance. Freed by `dispose`, by `using`, or at last by the garbage
 * collector.
 */
export abstract class Handle {
  /** @internal */
  protected readonly instance: Instance;
  #handle: number;

  /**
   * The garbage collector may free the thing when nobody has `reader` any more, which is what reads
   * the thing's memory and which this object must refer to; without it, this object.
   * @internal
   */
  protected constructor(instance: Instance, handle: number, reader?: object) {
    this.instance = instance;
    this.#handle = handle;
    registry?.register(reader ?? this, { instance, handle }, this);
  }

  /** @internal */
  protected get handle(): number {
    if (this.#handle === 0) throw new SluiceError("stale_handle", "this object was disposed of");
    return this.#handle;
  }

  /** True once the instance behind it has trapped: nothing here works any more. */
  get poisoned(): boolean {
    return this.instance.poisoned;
  }

  /** Frees the memory in the core. Idempotent; any use afterwards throws `stale_handle`. */
  dispose(): void {
    if (this.#handle === 0) return;
    registry?.unregister(this);
    this.instance.dispose(this.#handle);
    this.#handle = 0;
  }

  /**
   * Where there is no Symbol.dispose yet this is a method named "undefined", which harms nobody.
   */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
