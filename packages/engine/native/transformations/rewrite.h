// The three shapes of a transformation that goes through a value once: bytes change one by one, bytes go away by what
// stood before them, or what stands at certain bytes is replaced.
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

// Copies a value whose first `first` bytes stay, through a machine that never writes more bytes than it reads:
//   bool Copies(Block block, uint32_t low_bits): whether Map alone does for the bytes of a block that have their bit set
//   Block Map(Block block)
//   uint8_t* Step(uint8_t byte, uint8_t* to): writes what comes of a byte, or one byte that does not count; returns where
//     the output then ends. Without a branch, if it can be: no predictor gets hostile values right.
template <class Machine>
bool Squeeze(const uint8_t* in, size_t size, size_t first, Bytes* out, Machine machine) {
  out->Clear();
  uint8_t* const start = out->Reserve(size);
  if (start == nullptr) return false;
  std::memcpy(start, in, first);
  uint8_t* to = start + first;
  for (size_t index = first; index < size;) {
    const size_t count = std::min(kBlockBytes, size - index);
    const Block block = count == kBlockBytes ? Load(in + index) : LoadPart(in + index, count);
    if (machine.Copies(block, LowBits(count))) {
      Store(to, machine.Map(block));
      to += count;
    } else {
      for (size_t offset = 0; offset < count; offset++) to = machine.Step(in[index + offset], to);
    }
    index += count;
  }
  out->SetSize(static_cast<size_t>(to - start));
  return true;
}

template <class Set>
struct Removal {
  bool Copies(Block block, uint32_t low_bits) const { return (Bits(Set::Match(block)) & low_bits) == 0; }
  Block Map(Block block) const { return block; }
  uint8_t* Step(uint8_t byte, uint8_t* to) const {
    *to = byte;
    return to + kKept[byte];
  }
  static constexpr auto kKept = TableOf<NoneOf<Set>>();
};

template <class Set>
bool RemoveBytes(const uint8_t* in, size_t size, Bytes* out) {
  const size_t first = FindFirst(in, size, 0, Single<Set>());
  return first < size && Squeeze(in, size, first, out, Removal<Set>());
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
      const size_t place = LowestBit(bits);
      const uint8_t* taken = at + place;
      uint8_t* written = to + place;
      rule.Take(&taken, end, &written);
      // A byte for a byte leaves the rest of the block where it is.
      if (taken == at + place + 1 && written == to + place + 1) {
        bits &= bits - 1;
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
