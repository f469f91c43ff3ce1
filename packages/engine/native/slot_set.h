// Sets of slots as words of bits: rule sets have a few hundred slots, so a handful of words.
#ifndef SLUICE_ENGINE_SLOT_SET_H_
#define SLUICE_ENGINE_SLOT_SET_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice {

using SlotSet = std::vector<uint64_t>;

inline size_t WordsFor(uint32_t bits) { return (bits + 63) / 64; }
inline void SetBit(uint64_t* words, uint32_t bit) { words[bit >> 6] |= uint64_t{1} << (bit & 63); }
inline bool HasBit(const uint64_t* words, uint32_t bit) { return (words[bit >> 6] >> (bit & 63)) & 1; }

inline bool Intersects(const uint64_t* a, const uint64_t* b, size_t words) {
  for (size_t i = 0; i < words; i++) {
    if ((a[i] & b[i]) != 0) return true;
  }
  return false;
}

// Calls `visit` with each bit that is set, ascending.
template <typename Visit>
void ForEachBit(const uint64_t* words, size_t count, Visit visit) {
  for (size_t i = 0; i < count; i++) {
    for (uint64_t rest = words[i]; rest != 0; rest &= rest - 1) {
      visit(static_cast<uint32_t>(i * 64 + static_cast<size_t>(__builtin_ctzll(rest))));
    }
  }
}

}  // namespace sluice

#endif
