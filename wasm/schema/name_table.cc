#include "sluice/schema/name_table.h"

namespace sluice::schema {

NameTable NameTableBuilder::Build(const std::vector<StringRef>& texts,
                                  std::vector<uint32_t>* numbers) {
  NameTable table = {static_cast<uint32_t>(names_.size()), 0,
                     static_cast<uint32_t>(buckets_.size()), 1};
  while ((size_t{1} << table.bucket_bits) < 2 * texts.size()) ++table.bucket_bits;
  const size_t bucket_count = size_t{1} << table.bucket_bits;
  buckets_.resize(buckets_.size() + bucket_count, 0);
  for (const StringRef text : texts) {
    const NameKey key = NameKeyOf(text.In(pool_));
    size_t slot = BucketOf(key, seed_, table.bucket_bits);
    uint32_t* const slots = buckets_.data() + table.first_bucket;
    while (slots[slot] != 0 &&
           !SameName(key, names_[table.first + slots[slot] - 1], pool_.data())) {
      slot = (slot + 1) & (bucket_count - 1);
    }
    if (slots[slot] == 0) {
      names_.push_back({key.head, key.tail, text});
      slots[slot] = ++table.count;
    }
    if (numbers != nullptr) numbers->push_back(slots[slot] - 1);
  }
  return table;
}

}  // namespace sluice::schema
