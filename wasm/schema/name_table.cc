#include "sluice/schema/name_table.h"

#include <algorithm>

namespace sluice::schema {

NameBytes NameBytesOf(const char* data, size_t size) {
  uint64_t words[2] = {};
  for (size_t i = 0; i < std::min(size, sizeof(words)); ++i) {
    words[i / 8] |= uint64_t{static_cast<uint8_t>(data[i])} << (8 * (i % 8));
  }
  return LoadName<NameBytes>(words);
}

uint32_t NameTables::FindByHash(const NameTable& table, NameBytes bytes, const char* data,
                                size_t size) const {
  return FindInline(table, {bytes, {data, size}});
}

NameTable NameTableBuilder::Build(const std::vector<StringRef>& texts,
                                  std::vector<uint32_t>* numbers) {
  NameTable table = {static_cast<uint32_t>(names_.size()), 0,
                     static_cast<uint32_t>(buckets_.size()), 1};
  while ((size_t{1} << table.bucket_bits) < 2 * texts.size()) ++table.bucket_bits;
  const size_t bucket_count = size_t{1} << table.bucket_bits;
  buckets_.resize(buckets_.size() + bucket_count, 0);
  uint32_t* const slots = buckets_.data() + table.first_bucket;
  for (const StringRef text : texts) {
    const NameKey key = NameKeyOf(text.In(pool_));
    const uint64_t hash = HashOf(key, seed_);
    auto slot = static_cast<size_t>(hash >> (64 - table.bucket_bits));
    const auto number = [&] { return slots[slot] & kBucketNumber; };
    while (slots[slot] != 0 && !SameName(key, names_[table.first + number() - 1], pool_.data())) {
      slot = (slot + 1) & (bucket_count - 1);
    }
    if (slots[slot] == 0) {
      Name name = {{}, text};
      std::memcpy(name.bytes, &key.bytes, sizeof(name.bytes));
      names_.push_back(name);
      slots[slot] = ++table.count | BucketTag(hash);
    }
    if (numbers != nullptr) numbers->push_back(number() - 1);
  }
  return table;
}

}  // namespace sluice::schema
