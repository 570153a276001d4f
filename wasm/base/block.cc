#include "sluice/base/block.h"

#include <limits>
#include <new>

namespace sluice {
namespace {

constexpr uint32_t kMagic = 0x4B434C53;  // "SLCK"

struct Header {
  uint32_t magic;
  uint32_t format_version;
  uint32_t table_count;
  uint32_t reserved;
};
constexpr size_t kHeaderWords = sizeof(Header) / sizeof(uint64_t);

uint64_t WordsFor(size_t bytes) { return (uint64_t{bytes} + 7) / 8; }

Header HeaderOf(const uint64_t* words) {
  Header header;
  std::memcpy(&header, words, sizeof(header));
  return header;
}

}  // namespace

uint32_t Block::format_version() const {
  return words_ == nullptr ? 0 : HeaderOf(words_.get()).format_version;
}

Block::Entry Block::EntryAt(uint32_t index) const {
  if (words_ == nullptr || index >= HeaderOf(words_.get()).table_count) return {0, 0};
  Entry entry;
  std::memcpy(&entry, words_.get() + kHeaderWords + index, sizeof(entry));
  return entry;
}

uint32_t BlockBuilder::AddBytes(const void* data, size_t count, size_t element_size) {
  sources_.push_back({data, count, element_size});
  return static_cast<uint32_t>(sources_.size() - 1);
}

Block BlockBuilder::Build() const {
  static_assert(sizeof(Block::Entry) == sizeof(uint64_t));
  constexpr uint64_t kMaxWords = std::numeric_limits<uint32_t>::max();
  uint64_t words = kHeaderWords + sources_.size();
  for (const Source& source : sources_) {
    if (source.count > kMaxWords) return Block();
    words += WordsFor(source.count * source.element_size);
  }
  if (words > kMaxWords || words > std::numeric_limits<size_t>::max() / sizeof(uint64_t)) {
    return Block();
  }

  Block block;
  block.words_.reset(new (std::nothrow) uint64_t[static_cast<size_t>(words)]());
  if (block.words_ == nullptr) return block;
  block.size_ = static_cast<size_t>(words) * sizeof(uint64_t);
  const Header header = {kMagic, format_version_, static_cast<uint32_t>(sources_.size()), 0};
  std::memcpy(block.words_.get(), &header, sizeof(header));
  size_t offset = kHeaderWords + sources_.size();
  for (size_t i = 0; i < sources_.size(); ++i) {
    const Source& source = sources_[i];
    const Block::Entry entry = {static_cast<uint32_t>(offset), static_cast<uint32_t>(source.count)};
    std::memcpy(block.words_.get() + kHeaderWords + i, &entry, sizeof(entry));
    const size_t bytes = source.count * source.element_size;
    if (bytes != 0) std::memcpy(block.words_.get() + offset, source.data, bytes);
    offset += static_cast<size_t>(WordsFor(bytes));
  }
  return block;
}

}  // namespace sluice
