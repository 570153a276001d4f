/** application/json, text/json and what ends in +json, whatever their parameters. */
export function isJson(type) {
  const [essence] = type.split(";");
  return /^(?:application\/json|text\/json|[\w!#$&^.+-]+\/[\w!#$&^.+-]+\+json)$/i.test(
    essence.trim(),
  );
}

/** "*" and its like, which don't say which. */
export function isAny(type) {
  return /^(?:\*\/\*|application\/\*(?:\+json)?)$/i.test(type.trim());
}

/** The media types of a content object: JSON's, and others. */
export function mediaTypes(content) {
  const json = [];
  const others = [];
  for (const [type, node] of content.members)
    (isJson(type) || isAny(type) ? json : others).push([type, node]);
  return { json, others };
}
