#include "sluice/base/bytes.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace sluice {
namespace {

constexpr size_t kFirstCapacity = 256;
// Above it a buffer grows by half instead of doubling: what it leaves behind is memory as well.
constexpr size_t kDoublesUpTo = 64u << 10;

// needed <= max_bytes.
size_t NextCapacity(size_t capacity, size_t needed, size_t max_bytes) {
  const size_t grown = capacity < kDoublesUpTo ? capacity * 2 : capacity + capacity / 2;
  // A first long append is seldom the last one.
  const size_t ahead = std::min(needed / 8, max_bytes - needed);
  return std::min(max_bytes, std::max({needed + ahead, grown, kFirstCapacity}));
}

void* Reallocate(void* data, size_t capacity, size_t wanted) {
#if defined(__wasm__)
  // dlmalloc extends the last block of the heap in place, but only into memory that it has from the
  // host already. Asked for and given back, it has it: no copy, and no hole of the old size.
  if (capacity >= kDoublesUpTo) {
    void* volatile room = std::malloc(wanted - capacity);
    std::free(room);
  }
#else
  (void)capacity;
#endif
  return std::realloc(data, wanted);
}

}  // namespace

OutputBuffer::OutputBuffer(OutputBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)),
      limit_(std::exchange(other.limit_, 0)),
      max_bytes_(other.max_bytes_),
      exhausted_(std::exchange(other.exhausted_, false)) {}

OutputBuffer& OutputBuffer::operator=(OutputBuffer&& other) noexcept {
  if (this == &other) return *this;
  std::free(data_);
  data_ = std::exchange(other.data_, nullptr);
  size_ = std::exchange(other.size_, 0);
  capacity_ = std::exchange(other.capacity_, 0);
  limit_ = std::exchange(other.limit_, 0);
  max_bytes_ = other.max_bytes_;
  exhausted_ = std::exchange(other.exhausted_, false);
  return *this;
}

OutputBuffer::~OutputBuffer() { std::free(data_); }

void OutputBuffer::AppendWord(uint32_t word) {
  const char bytes[4] = {static_cast<char>(word), static_cast<char>(word >> 8),
                         static_cast<char>(word >> 16), static_cast<char>(word >> 24)};
  Append(std::string_view(bytes, sizeof(bytes)));
}

bool OutputBuffer::Reserve(size_t size) { return size <= limit_ - size_ || Grow(size); }

void OutputBuffer::PatchWord(size_t offset, uint32_t word) {
  for (size_t i = 0; i < 4; ++i) data_[offset + i] = static_cast<char>(word >> (8 * i));
}

void OutputBuffer::Truncate(size_t size) {
  size_ = size;
  if (exhausted_) limit_ = size;
}

void OutputBuffer::Clear() {
  size_ = 0;
  exhausted_ = false;
  limit_ = capacity_;
}

void OutputBuffer::Reset(size_t max_bytes) {
  max_bytes_ = max_bytes;
  if (capacity_ > max_bytes) Release();
  Clear();
}

void OutputBuffer::Release() {
  std::free(data_);
  data_ = nullptr;
  capacity_ = 0;
  Clear();
}

bool OutputBuffer::Grow(size_t extra) {
  if (exhausted_ || extra > max_bytes_ - size_) {
    Exhaust();
    return false;
  }
  const size_t needed = size_ + extra;
  // Where that asks for more than there is, exactly what is needed may still fit.
  for (const size_t capacity : {NextCapacity(capacity_, needed, max_bytes_), needed}) {
    if (void* grown = Reallocate(data_, capacity_, capacity); grown != nullptr) {
      data_ = static_cast<char*>(grown);
      capacity_ = capacity;
      limit_ = capacity;
      return true;
    }
  }
  Exhaust();
  return false;
}

void OutputBuffer::Exhaust() {
  exhausted_ = true;
  limit_ = size_;
}

}  // namespace sluice
