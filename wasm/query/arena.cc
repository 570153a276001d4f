#include "sluice/query/arena.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace sluice::query {
namespace {

constexpr size_t kFirstChunk = 4u << 10;
constexpr size_t kLargestChunk = 1u << 20;

}  // namespace

Arena::~Arena() { Release(); }

void Arena::Release() {
  for (const Chunk& chunk : chunks_) std::free(chunk.bytes);
  chunks_.clear();
  retained_ = 0;
  chunk_ = 0;
  used_ = 0;
}

void Arena::Reset(size_t max_bytes) {
  if (retained_ > max_bytes) Release();
  max_bytes_ = max_bytes;
  chunk_ = 0;
  used_ = 0;
  exhausted_ = false;
}

void Arena::Rewind(Mark mark) {
  chunk_ = mark.chunk;
  used_ = mark.used;
}

void* Arena::AllocateBytes(size_t bytes) {
  bytes = (bytes + 7) & ~size_t{7};
  if (chunk_ >= chunks_.size() || bytes > chunks_[chunk_].size - used_) {
    if (!NextChunk(bytes)) return nullptr;
  }
  char* result = chunks_[chunk_].bytes + used_;
  used_ += bytes;
  return result;
}

// Moves to a chunk with room for `bytes`: a kept one, else a new one.
bool Arena::NextChunk(size_t bytes) {
  for (size_t next = chunks_.empty() ? 0 : chunk_ + 1; next < chunks_.size(); ++next) {
    if (chunks_[next].size >= bytes) {
      chunk_ = next;
      used_ = 0;
      return true;
    }
  }
  const size_t growth = std::clamp(retained_, kFirstChunk, kLargestChunk);
  const size_t room = max_bytes_ - std::min(retained_, max_bytes_);
  const size_t size = std::max(bytes, std::min(growth, room));
  char* fresh = size > room ? nullptr : static_cast<char*>(std::malloc(std::max<size_t>(size, 1)));
  if (fresh == nullptr) {
    exhausted_ = true;
    return false;
  }
  chunks_.push_back({fresh, size});
  retained_ += size;
  chunk_ = chunks_.size() - 1;
  used_ = 0;
  return true;
}

std::string_view Arena::Copy(std::string_view text) {
  char* copy = Allocate<char>(text.size());
  if (copy == nullptr) return {};
  if (!text.empty()) std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

}  // namespace sluice::query
