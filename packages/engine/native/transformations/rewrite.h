// The three shapes of a transformation that goes through a value once: bytes change one by one, bytes go away, or what
// stands at certain bytes is replaced.
#ifndef SLUICE_ENGINE_TRANSFORMATIONS_REWRITE_H_
#define SLUICE_ENGINE_TRANSFORMATIONS_REWRITE_H_

#include <algorithm>

#include "block.h"
#include "transformation.h"

namespace sluice {

// Map::One gives the byte for a byte, Map::All the same for a block.
template <class Map>
struct ChangedBy {
  static constexpr bool Has(uint8_t byte) { return Map::One(byte) != byte; }
  static Block Match(Block block) { return reinterpret_cast<Block>(Map::All(block) != block); }
};

template <class Map>
bool MapBytes(const uint8_t* in, size_t size, Bytes* out) {
  size_t index = FindFirst(in, size, 0, Single<ChangedBy<Map>>());
  if (index == size) return false;
  out->Clear();
  uint8_t* to = out->Reserve(size);
  if (to == nullptr) return false;
  std::memcpy(to, in, index);
  for (; size - index >= kBlockBytes; index += kBlockBytes) Store(to + index, Map::All(Load(in + index)));
  if (index < size) Store(to + index, Map::All(LoadPart(in + index, size - index)));
  out->SetSize(size);
  return true;
}

template <class Set>
bool RemoveBytes(const uint8_t* in, size_t size, Bytes* out) {
  const size_t first = FindFirst(in, size, 0, Single<Set>());
  if (first == size) return false;
  out->Clear();
  uint8_t* const start = out->Reserve(size);
  if (start == nullptr) return false;
  std::memcpy(start, in, first);
  uint8_t* to = start + first;
  for (size_t index = first; index < size;) {
    const size_t count = std::min(kBlockBytes, size - index);
    const Block block = count == kBlockBytes ? Load(in + index) : LoadPart(in + index, count);
    if ((Bits(Set::Match(block)) & LowBits(count)) == 0) {
      Store(to, block);
      to += count;
    } else {
      // Without a branch a byte, which no predictor would get right.
      for (size_t offset = 0; offset < count; offset++) {
        const uint8_t byte = in[index + offset];
        *to = byte;
        to += !Set::Has(byte);
      }
    }
    index += count;
  }
  out->SetSize(static_cast<size_t>(to - start));
  return true;
}

// What a rule of Rewrite has unless it says otherwise.
struct Rule {
  Block Map(Block block) { return block; }
  bool changed = false;
};

// Copies a value whose first `first` bytes stay, and calls the rule at each byte of T::Candidates:
//   void Take(const uint8_t** at, const uint8_t* end, uint8_t** to)
// writes, exactly, what comes in place of the bytes that it moves `at` over: at least one. All other bytes go through
// rule.Map. `growth` is the most bytes of output that a byte of input gives. Returns rule.changed.
template <class T>
bool Rewrite(const uint8_t* in, size_t size, size_t first, size_t growth, Bytes* out, T rule) {
  out->Clear();
  uint8_t* const start = out->Reserve(growth * size);
  if (start == nullptr) return false;
  std::memcpy(start, in, first);
  const uint8_t* at = in + first;
  const uint8_t* const end = in + size;
  uint8_t* to = start + first;
  while (at < end) {
    const size_t count = std::min(kBlockBytes, static_cast<size_t>(end - at));
    const Block block = count == kBlockBytes ? Load(at) : LoadPart(at, count);
    Store(to, rule.Map(block));
    uint32_t bits = Bits(T::Candidates::Match(block)) & LowBits(count);
    const uint8_t* next = at + count;
    uint8_t* next_to = to + count;
    while (bits != 0) {
      const uint8_t* taken = at + LowestBit(bits);
      uint8_t* written = to + (taken - at);
      rule.Take(&taken, end, &written);
      // What kept its length leaves the rest of the block where it is.
      if (taken - at == written - to && taken <= next) {
        bits &= ~LowBits(static_cast<size_t>(taken - at));
        continue;
      }
      while (taken < end && T::Candidates::Has(*taken)) rule.Take(&taken, end, &written);
      next = taken;
      next_to = written;
      break;
    }
    at = next;
    to = next_to;
  }
  out->SetSize(static_cast<size_t>(to - start));
  return rule.changed;
}

}  // namespace sluice

#endif
