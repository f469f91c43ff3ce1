#include <algorithm>
#include <cstring>
#include <new>

#include "transformation.h"

namespace sluice {
namespace {

constexpr size_t kCapacityMin = 4096;

}  // namespace

uint8_t* Bytes::Reserve(size_t capacity) {
  if (data_ && capacity <= capacity_) return data_.get();
  const size_t grown = std::max({capacity, 2 * size_, kCapacityMin});
  std::unique_ptr<uint8_t[]> data;
  if (capacity <= SIZE_MAX - kPadding) data.reset(new (std::nothrow) uint8_t[grown + kPadding]);
  if (!data) {
    failed_ = true;
    return nullptr;
  }
  if (size_ > 0) std::memcpy(data.get(), data_.get(), size_);
  data_ = std::move(data);
  capacity_ = grown;
  return data_.get();
}

void Bytes::Release(size_t kept_max) {
  Clear();
  if (capacity_ <= kept_max) return;
  data_.reset();
  capacity_ = 0;
}

}  // namespace sluice
