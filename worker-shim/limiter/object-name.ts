/** The platform tells an object its name up to so many bytes; a shard must know whose it is. */
const MAX_NAME_BYTES = 1_024;
const UTF8_BYTES = 3;

/**
 * The object that counts `subject`. `owner` is a limit's name, or "+" and the name of the group that
 * shares objects (`colocate`). Neither holds "/" or "#" and a limit's name no "+", so two different
 * (owner, shard, subject) never share an object, whatever the subject is.
 *
 * Shards are numbered from 1; 0 is the root, which counts. Subjects that are too long have no shards.
 */
export function objectName(owner: string, subject: string, shard = 0): string {
  if (shard > 0) {
    const name = `${owner}#${String(shard)}/${subject}`;
    if (name.length * UTF8_BYTES <= MAX_NAME_BYTES) return name;
  }
  return `${owner}/${subject}`;
}

/** The root of the shard `name`; undefined if it is none. */
export function rootOf(name: string): string | undefined {
  const slash = name.indexOf("/");
  const hash = name.lastIndexOf("#", slash);
  return hash > 0 ? name.slice(0, hash) + name.slice(slash) : undefined;
}
