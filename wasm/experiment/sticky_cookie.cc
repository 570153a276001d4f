#include "sluice/experiment/sticky_cookie.h"

#include <algorithm>
#include <array>

#include "sluice/base/base64url.h"
#include "sluice/base/hash.h"

namespace sluice::experiment {
namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kGroupBytes = 7;
constexpr size_t kEntryBytes = 6;
constexpr uint32_t kMaxCount = 255;
constexpr uint16_t kGivenUp = 0xFFFF;
// Public, and for ever: another would forget what every browser has.
constexpr HashKey kKey = {0x736c756963652d73, 0x7469636b792d7631};

uint64_t ReadLittleEndian(ByteSpan bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

uint8_t* WriteLittleEndian(uint64_t value, size_t size, uint8_t* out) {
  for (size_t i = 0; i < size; ++i) *out++ = static_cast<uint8_t>(value >> (8 * i));
  return out;
}

constexpr uint32_t PartsOf(uint32_t entries) { return (entries + kMaxCount - 1) / kMaxCount; }

}  // namespace

uint64_t StickyCookie::GroupHash(std::string_view attribute, std::string_view value) {
  return SipHash13(kKey, SipHash13(kKey, attribute), value) & 0xFFFFFFFFFFFF;
}

uint32_t StickyCookie::BucketHash(std::string_view bucket_id) {
  return static_cast<uint32_t>(SipHash13(kKey, bucket_id));
}

uint16_t StickyCookie::VariationHash(std::string_view variation_key) {
  return static_cast<uint16_t>(SipHash13(kKey, variation_key));
}

void StickyCookie::Clear() {
  groups_.clear();
  entries_.clear();
  changed_ = false;
}

bool StickyCookie::Read(std::string_view text) {
  Clear();
  std::array<uint8_t, kMaxTextBytes / 4 * 3> decoded;
  if (text.size() > kMaxTextBytes) return false;
  const std::optional<size_t> size = DecodeBase64Url(text, absl::MakeSpan(decoded));
  if (!size.has_value() || *size <= 1 || decoded[0] != kVersion) return false;
  ByteSpan bytes = ByteSpan(decoded).subspan(1, *size - 1);
  while (!bytes.empty()) {
    if (!ReadGroup(bytes)) {
      Clear();
      return false;
    }
  }
  return true;
}

bool StickyCookie::ReadGroup(ByteSpan& bytes) {
  if (bytes.size() < kGroupBytes) return false;
  const uint64_t hash = ReadLittleEndian(bytes.first(6));
  const size_t count = bytes[6];
  bytes.remove_prefix(kGroupBytes);
  if (count == 0 || bytes.size() < count * kEntryBytes) return false;
  const uint16_t number = NumberOf(hash);
  groups_[number].entries += static_cast<uint32_t>(count);
  for (size_t i = 0; i < count; ++i, bytes.remove_prefix(kEntryBytes)) {
    entries_.push_back({static_cast<uint32_t>(ReadLittleEndian(bytes.first(4))),
                        static_cast<uint16_t>(ReadLittleEndian(bytes.subspan(4, 2))), number});
  }
  return true;
}

uint16_t StickyCookie::NumberOf(uint64_t group) {
  for (size_t i = 0; i < groups_.size(); ++i) {
    if (groups_[i].hash == group) return static_cast<uint16_t>(i);
  }
  groups_.push_back({group, 0, false});
  return static_cast<uint16_t>(groups_.size() - 1);
}

std::optional<uint16_t> StickyCookie::Find(uint64_t group, uint32_t bucket) {
  for (size_t i = 0; i < groups_.size(); ++i) {
    if (groups_[i].hash != group) continue;
    groups_[i].current = true;
    for (const Entry& entry : entries_) {
      if (entry.bucket == bucket && entry.group == i) return entry.variation;
    }
  }
  return std::nullopt;
}

void StickyCookie::Put(uint64_t group, uint32_t bucket, uint16_t variation) {
  if (Find(group, bucket) == variation) return;
  const uint16_t number = NumberOf(group);
  groups_[number].current = true;
  changed_ = true;
  for (Entry& entry : entries_) {
    if (entry.bucket != bucket || entry.group != number) continue;
    entry.variation = variation;
    entry.is_put = true;
    return;
  }
  ++groups_[number].entries;
  entries_.push_back({bucket, variation, number, true, true});
}

size_t StickyCookie::EntriesIn(size_t max_chars) {
  const auto fits = [max_chars](size_t entries) {
    const size_t groups = PartsOf(static_cast<uint32_t>(entries)) * kGroupBytes;
    return Base64UrlSize(1 + groups + entries * kEntryBytes) <= max_chars;
  };
  size_t entries = 0;
  while (entries < kMaxTextBytes && fits(entries + 1)) ++entries;
  return entries;
}

size_t StickyCookie::EncodedBytes() const {
  size_t size = 1;
  for (const Group& group : groups_) {
    size += PartsOf(group.entries) * kGroupBytes + group.entries * kEntryBytes;
  }
  return size;
}

StickyCookie::Rank StickyCookie::RankOf(const Entry& entry, absl::Span<const uint32_t> live) const {
  if (!std::binary_search(live.begin(), live.end(), entry.bucket)) return Rank::kEnded;
  return groups_[entry.group].current ? Rank::kOwn : Rank::kOther;
}

void StickyCookie::GiveUp(Entry& entry, size_t* size) {
  uint32_t& left = groups_[entry.group].entries;
  *size -= kEntryBytes + (PartsOf(left) - PartsOf(left - 1)) * kGroupBytes;
  --left;
  entry.group = kGivenUp;
}

size_t StickyCookie::Fit(size_t max_chars, absl::Span<const uint32_t> live) {
  size_t size = EncodedBytes();
  size_t lost = 0;
  for (const Rank rank : {Rank::kEnded, Rank::kOther, Rank::kOwn}) {
    for (size_t i = 0; i < entries_.size() && Base64UrlSize(size) > max_chars; ++i) {
      Entry& entry = entries_[rank == Rank::kOwn ? entries_.size() - 1 - i : i];
      if (entry.group == kGivenUp || RankOf(entry, live) != rank) continue;
      GiveUp(entry, &size);
      lost += rank == Rank::kEnded ? 0 : 1;
    }
  }
  changed_ = std::any_of(entries_.begin(), entries_.end(), [](const Entry& entry) {
    return entry.group == kGivenUp ? !entry.is_new : entry.is_put;
  });
  std::erase_if(entries_, [](const Entry& entry) { return entry.group == kGivenUp; });
  return lost;
}

uint8_t* StickyCookie::Encode(uint16_t group, uint8_t* out) const {
  uint32_t left = groups_[group].entries;
  uint32_t in_part = 0;
  for (const Entry& entry : entries_) {
    if (entry.group != group) continue;
    if (in_part == 0) {
      in_part = std::min(left, kMaxCount);
      left -= in_part;
      out = WriteLittleEndian(groups_[group].hash, 6, out);
      *out++ = static_cast<uint8_t>(in_part);
    }
    out = WriteLittleEndian(entry.bucket, 4, out);
    out = WriteLittleEndian(entry.variation, 2, out);
    --in_part;
  }
  return out;
}

void StickyCookie::Append(OutputBuffer& out) {
  if (entries_.empty()) return;
  bytes_.resize(EncodedBytes());
  uint8_t* next = bytes_.data();
  *next++ = kVersion;
  for (const bool current : {false, true}) {
    for (size_t i = 0; i < groups_.size(); ++i) {
      if (groups_[i].current == current) next = Encode(static_cast<uint16_t>(i), next);
    }
  }
  AppendBase64Url(bytes_, out);
}

}  // namespace sluice::experiment
