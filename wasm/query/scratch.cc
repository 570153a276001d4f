#include "sluice/base/retained.h"
#include "sluice/query/jmespath.h"
#include "sluice/query/jsonpath.h"

namespace sluice::query {

size_t JsonPathScratch::retained_bytes() const {
  return arena.retained_bytes() + RetainedBytes(indices) + RetainedBytes(constants) +
         RetainedBytes(lookups);
}

void JsonPathScratch::Trim(size_t max_bytes) {
  if (arena.retained_bytes() > max_bytes) arena.Release();
  TrimVector(indices, max_bytes);
  TrimVector(constants, max_bytes);
  TrimVector(lookups, max_bytes);
}

size_t JmesScratch::retained_bytes() const {
  return arena.retained_bytes() + RetainedBytes(stack) + RetainedBytes(lookups) + text.capacity();
}

void JmesScratch::Trim(size_t max_bytes) {
  if (arena.retained_bytes() > max_bytes) arena.Release();
  TrimVector(stack, max_bytes);
  TrimVector(lookups, max_bytes);
  if (text.capacity() > max_bytes) text.Release();
}

}  // namespace sluice::query
