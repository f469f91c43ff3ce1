#include "scan_memory.h"

#include <sys/random.h>

#include <cstring>
#include <new>

namespace sluice {
namespace {

constexpr uint64_t kOdd = 0x9e3779b97f4a7c15u;

uint64_t Mix(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a ^ b) * kOdd;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// Spreads values over the sets; nothing is believed for the sake of its hash.
uint64_t HashOf(uint64_t seed, uint64_t plan, uint32_t interest, const uint8_t* data, size_t size) {
  uint64_t hash = Mix(seed, plan << 32 | interest);
  uint64_t word;
  size_t at = 0;
  for (; at + sizeof word <= size; at += sizeof word) {
    std::memcpy(&word, data + at, sizeof word);
    hash = Mix(hash, word);
  }
  word = size;
  for (; at < size; at++) word = word << 8 | data[at];
  return Mix(hash, word);
}

}  // namespace

bool ScanMemory::Open() {
  if (is_open()) return true;
  // Where the system has no random bytes to give, values spread all the same.
  if (getrandom(&seed_, sizeof seed_, GRND_NONBLOCK) != sizeof seed_) seed_ = kOdd;
  places_.reset(new (std::nothrow) Place[kPlaces]);
  tags_.fill(0);
  return is_open();
}

const ScanMemory::Place* ScanMemory::Find(uint64_t plan, uint32_t interest, const uint8_t* data, size_t size,
                                          uint64_t* hash) {
  *hash = HashOf(seed_, plan, interest, data, size);
  const size_t set = SetOf(*hash);
  const uint16_t tag = TagOf(*hash);
  for (size_t at = set; at < set + kWays; at++) {
    if (tags_[at] != tag) continue;
    Place* const place = &places_[at];
    if (place->plan != plan || place->interest != interest || place->size != size) continue;
    if (size > 0 && std::memcmp(place->bytes.data(), data, size) != 0) continue;
    place->is_wanted = true;
    return place;
  }
  return nullptr;
}

ScanMemory::Place* ScanMemory::Put(uint64_t plan, uint32_t interest, const uint8_t* data, size_t size, uint64_t hash) {
  const size_t at = SetOf(hash);
  Place* const set = &places_[at];
  // Each time from another place on, so that two that come by turns do not displace each other.
  const uint32_t turn = turn_++;
  Place* taken = nullptr;
  for (uint32_t way = 0; way < kWays; way++) {
    Place* const place = set + (turn + way) % kWays;
    if (taken == nullptr && !place->is_wanted) taken = place;
    place->is_wanted = false;
  }
  if (taken == nullptr) taken = set + turn % kWays;
  tags_[at + static_cast<size_t>(taken - set)] = TagOf(hash);
  taken->plan = plan;
  taken->interest = interest;
  taken->size = static_cast<uint8_t>(size);
  taken->findings_count = 0;
  if (size > 0) std::memcpy(taken->bytes.data(), data, size);
  return taken;
}

}  // namespace sluice
