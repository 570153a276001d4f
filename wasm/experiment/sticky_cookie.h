// All sticky assignments of a browser in one cookie.
//
//   base64url of: version 1 (u8), then for each group
//     6 bytes hash of attribute and value, u8 count of its entries (not 0), then for each entry
//       4 bytes hash of the bucket's id ("experiment-key__0"), 2 bytes hash of the variation's key
//
// little-endian; the oldest group and entry first; a group with more than 255 entries lies there in
// several parts. Hashes are SipHash-1-3 under a fixed public key: the cookie is signed
// (base/signed_text.h), so a client can't choose them, and who compiles a payload reports those of
// its own buckets and variations that collide. An entry costs 8 characters, a group 9⅓.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "sluice/base/bytes.h"

namespace sluice::experiment {

// Memory is kept between uses: one lies in a scratch and is read anew for each request.
class StickyCookie {
 public:
  // Longer texts aren't read: no policy allows for one.
  static constexpr size_t kMaxTextBytes = 3072;

  // 48 bits.
  static uint64_t GroupHash(std::string_view attribute, std::string_view value);
  // Of the text "key__version", as the SDK makes it.
  static uint32_t BucketHash(std::string_view bucket_id);
  static uint16_t VariationHash(std::string_view variation_key);

  // Forgets everything and takes what `text` has (without a MAC). False, and nothing is in it, if
  // the text is not of that form. O(text × groups).
  bool Read(std::string_view text);
  void Clear();

  // The hash of the variation's key that the group has in this bucket. The group counts as one of
  // this request's user from now on: what Fit gives up last. O(entries).
  std::optional<uint16_t> Find(uint64_t group, uint32_t bucket);
  // Sets it; where the group has no such bucket, as the newest entry. O(entries).
  void Put(uint64_t group, uint32_t bucket, uint16_t variation);

  // True if it isn't what was read.
  bool changed() const { return changed_; }
  bool empty() const { return entries_.empty(); }

  // How many entries of one user Append can write in so many characters.
  static size_t EntriesIn(size_t max_chars);

  // Gives up entries until Append takes at most `max_chars` characters: first those of ended
  // experiments (whose bucket is not in `live`, which is sorted), then those of other users than
  // this request's, the oldest first, then the newest: what a full cookie has of its user stays,
  // for if each visit drove out others, in the end none would last. Returns how many of them were
  // live. O(entries × log live).
  size_t Fit(size_t max_chars, absl::Span<const uint32_t> live);

  // Appends the text; nothing if there is no entry. The groups of this request's user come last.
  // O(entries × groups).
  void Append(OutputBuffer& out);

 private:
  struct Group {
    uint64_t hash;
    uint32_t entries;
    bool current;  // of this request
  };
  struct Entry {
    uint32_t bucket;
    uint16_t variation;
    uint16_t group;
    bool is_new = false;  // wasn't read
    bool is_put = false;  // is new, or has another variation than was read
  };

  // In the order in which Fit gives entries up.
  enum class Rank : uint8_t { kEnded, kOther, kOwn };

  // Reads one group off `bytes`.
  bool ReadGroup(ByteSpan& bytes);
  // Its number; a new one if there is none.
  uint16_t NumberOf(uint64_t group);
  size_t EncodedBytes() const;
  Rank RankOf(const Entry& entry, absl::Span<const uint32_t> live) const;
  // `size` is that of what is left.
  void GiveUp(Entry& entry, size_t* size);
  // Returns the end of what is written.
  uint8_t* Encode(uint16_t group, uint8_t* out) const;

  std::vector<Group> groups_;
  std::vector<Entry> entries_;  // oldest first
  std::vector<uint8_t> bytes_;
  bool changed_ = false;
};

}  // namespace sluice::experiment
