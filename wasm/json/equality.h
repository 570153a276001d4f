// Deep equality of values, and a hash that agrees with it.
//
// Values are equal if they are of one kind and have the same value (JSON Schema 2020-12, core,
// section 4.2.2): numbers are the same decimal (1, 1.0 and 10e-1), strings the same code points
// whatever is escaped, arrays equal element by element, objects have the same members in any order.
// Of duplicate names the last counts; an escaped half of a surrogate pair is U+FFFD.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sluice/base/hash.h"
#include "sluice/json/document.h"

namespace sluice::json {

// Memory for comparing objects, kept from one call to the next: 16 bytes a member of the objects
// that are open at a time, so never more than the documents' own nodes.
class EqualityScratch {
 public:
  EqualityScratch() = default;
  EqualityScratch(const EqualityScratch&) = delete;
  EqualityScratch& operator=(const EqualityScratch&) = delete;
  ~EqualityScratch();

  // There was no memory: what has been answered since `Clear` may be wrong.
  bool exhausted() const { return exhausted_; }
  void Clear() { exhausted_ = false; }
  size_t retained_bytes() const { return capacity_ * sizeof(Entry); }
  // Gives the memory back.
  void Release();

 private:
  friend class ValueComparer;
  friend class ValueHasher;

  struct Entry {
    uint64_t name_hash;
    uint32_t key;  // the tape index of a member's name
  };

  // Room for `count` more; false (and exhausted) if there is no memory. Moves what is there.
  bool Reserve(size_t count);

  Entry* entries_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
  bool exhausted_ = false;
};

// Both are present, in one document or two. O(size of the smaller) as long as objects have their
// names in the same order, else O(size log size); recursion is as deep as the values are.
bool Equal(Value a, Value b, EqualityScratch& scratch);

// Equal values have equal hashes; who doesn't know the key can't make others have them. O(size),
// and O(members log members) for objects.
uint64_t Hash(Value value, HashKey key, EqualityScratch& scratch);

}  // namespace sluice::json
