/**
 * The object that counts `subject`. `owner` is a limit's name, or "+" and the name of the group that
 * shares objects (`colocate`). Neither holds "/" or "#" and a limit's name no "+", so two different
 * (owner, shard, subject) never share an object, whatever the subject is.
 */
export function objectName(owner: string, subject: string, shard = 0): string {
  return shard === 0 ? `${owner}/${subject}` : `${owner}#${String(shard)}/${subject}`;
}
