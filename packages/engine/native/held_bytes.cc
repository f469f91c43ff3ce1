#include "held_bytes.h"

#ifdef __x86_64__
#include <tmmintrin.h>
#endif

#include "slot_set.h"

namespace sluice {

void HeldBytes::SetCategories(const Categories& categories) {
  members_ = {};
  for (size_t byte = 0; byte < categories.size(); byte++) {
    const auto bit = static_cast<uint8_t>(1u << (byte / 16 % 8));
    for (size_t place = 0; place < members_.size(); place++) {
      if (((categories[byte] >> place) & 1) == 0) continue;
      auto& half = byte < 0x80 ? members_[place].low : members_[place].high;
      half[byte % 16] = static_cast<uint8_t>(half[byte % 16] | bit);
    }
  }
}

#ifdef __x86_64__

// Hyperscan needs it, too.
bool HeldBytes::IsSupported() {
  static const bool is_supported = __builtin_cpu_supports("ssse3");
  return is_supported;
}

__attribute__((target("ssse3"))) uint32_t HeldBytes::Find(const uint8_t* data, size_t size,
                                                          const Categories& categories, size_t* rest) const {
  uint32_t holds = 0;
  // The bytes of the categories in `holds`.
  __m128i low = _mm_setzero_si128(), high = _mm_setzero_si128();
  const __m128i by_row = _mm_set_epi8(-128, 64, 32, 16, 8, 4, 2, 1, -128, 64, 32, 16, 8, 4, 2, 1);
  size_t at = 0;
  for (; size - at >= sizeof(__m128i); at += sizeof(__m128i)) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data + at));
    // The low four bits, and the top one, with which a shuffle gives nothing.
    const __m128i column = _mm_and_si128(bytes, _mm_set1_epi8(static_cast<char>(0x8f)));
    const __m128i other_column = _mm_xor_si128(column, _mm_set1_epi8(static_cast<char>(0x80)));
    const __m128i row = _mm_and_si128(_mm_srli_epi16(bytes, 4), _mm_set1_epi8(0x0f));
    const __m128i known = _mm_and_si128(
        _mm_or_si128(_mm_shuffle_epi8(low, column), _mm_shuffle_epi8(high, other_column)),
        _mm_shuffle_epi8(by_row, row));
    if (_mm_movemask_epi8(_mm_cmpeq_epi8(known, _mm_setzero_si128())) == 0) continue;
    uint32_t found = 0;
    for (size_t offset = 0; offset < sizeof(__m128i); offset++) found |= categories[data[at + offset]];
    const uint64_t added = found & ~holds;
    holds |= found;
    ForEachBit(&added, 1, [&](uint32_t place) {
      const Members& members = members_[place];
      low = _mm_or_si128(low, _mm_load_si128(reinterpret_cast<const __m128i*>(members.low.data())));
      high = _mm_or_si128(high, _mm_load_si128(reinterpret_cast<const __m128i*>(members.high.data())));
    });
  }
  *rest = size - at;
  return holds;
}

#else

bool HeldBytes::IsSupported() { return false; }

uint32_t HeldBytes::Find(const uint8_t*, size_t size, const Categories&, size_t* rest) const {
  *rest = size;
  return 0;
}

#endif

}  // namespace sluice
