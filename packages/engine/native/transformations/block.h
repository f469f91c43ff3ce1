// Sixteen bytes at a time, and sets of bytes that blocks are searched for. Compilers have instructions for these vectors
// on every processor; only the way from a vector to a number is spelled out for x86.
#ifndef SLUICE_ENGINE_TRANSFORMATIONS_BLOCK_H_
#define SLUICE_ENGINE_TRANSFORMATIONS_BLOCK_H_

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sluice {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first byte of a block is its lowest bit");

using Block = uint8_t __attribute__((vector_size(16)));
constexpr size_t kBlockBytes = sizeof(Block);

template <class Number>
inline Number LoadAs(const uint8_t* from) {
  Number number;
  std::memcpy(&number, from, sizeof number);
  return number;
}

inline Block Load(const uint8_t* from) { return LoadAs<Block>(from); }

inline void Store(uint8_t* to, Block block) { std::memcpy(to, &block, sizeof block); }

// The first `count` bytes (1 to 16), zeros behind them. Reads no other byte: values end where their memory may end.
inline Block LoadPart(const uint8_t* from, size_t count) {
  using Words = uint64_t __attribute__((vector_size(16)));
  uint64_t low = 0, high = 0;
  if (count >= 8) {
    // In two steps, as a shift by 64 is undefined.
    const size_t shift = 4 * (kBlockBytes - count);
    low = LoadAs<uint64_t>(from);
    high = LoadAs<uint64_t>(from + count - 8) >> shift >> shift;
  } else if (count >= 4) {
    low = LoadAs<uint32_t>(from) | static_cast<uint64_t>(LoadAs<uint32_t>(from + count - 4)) << (8 * (count - 4));
  } else {
    const size_t middle = count / 2, last = count - 1;
    low = from[0] | static_cast<uint64_t>(from[middle]) << (8 * middle) |
          static_cast<uint64_t>(from[last]) << (8 * last);
  }
  return reinterpret_cast<Block>(Words{low, high});
}

// Bit n is the top bit of byte n.
inline uint32_t Bits(Block block) {
#ifdef __SSE2__
  return static_cast<uint32_t>(_mm_movemask_epi8(reinterpret_cast<__m128i>(block)));
#else
  // Moves the top bit of byte n of a word to bit 56 + n; no two of the products meet.
  uint64_t words[2];
  std::memcpy(words, &block, sizeof words);
  const auto gather = [](uint64_t word) { return (word & 0x8080808080808080) * 0x0002040810204081 >> 56; };
  return static_cast<uint32_t>(gather(words[0]) | gather(words[1]) << 8);
#endif
}

constexpr uint32_t LowBits(size_t count) { return (1u << count) - 1; }

inline size_t LowestBit(uint32_t bits) { return static_cast<size_t>(__builtin_ctz(bits)); }

// Sets of bytes. Has: whether it holds a byte. Match: 0xff for each byte of a block that it holds, else 0.
template <uint8_t... kMembers>
struct OneOf {
  static constexpr bool Has(uint8_t byte) { return ((byte == kMembers) || ...); }
  static Block Match(Block block) { return (reinterpret_cast<Block>(block == kMembers) | ...); }
};

template <uint8_t kFirst, uint8_t kLast>
struct Between {
  static constexpr bool Has(uint8_t byte) { return byte >= kFirst && byte <= kLast; }
  static Block Match(Block block) {
    return reinterpret_cast<Block>(block - kFirst <= static_cast<uint8_t>(kLast - kFirst));
  }
};

template <class... Sets>
struct AnyOf {
  static constexpr bool Has(uint8_t byte) { return (Sets::Has(byte) || ...); }
  static Block Match(Block block) { return (Sets::Match(block) | ...); }
};

template <class Set>
struct NoneOf {
  static constexpr bool Has(uint8_t byte) { return !Set::Has(byte); }
  static Block Match(Block block) { return ~Set::Match(block); }
};

using UpperLetters = Between<'A', 'Z'>;
using LowerLetters = Between<'a', 'z'>;
using Digits = Between<'0', '9'>;
// What `isspace` takes in the C locale, and with it the no-break space of ISO 8859-1.
using Spaces = AnyOf<Between<'\t', '\r'>, OneOf<' '>>;
using WideSpaces = AnyOf<Spaces, OneOf<0xa0>>;

template <class Set>
constexpr std::array<uint64_t, 4> MembersOf() {
  std::array<uint64_t, 4> members{};
  for (size_t byte = 0; byte < 256; byte++) {
    if (Set::Has(static_cast<uint8_t>(byte))) members[byte / 64] |= uint64_t{1} << (byte % 64);
  }
  return members;
}

// 1 for the members, 0 for the others.
template <class Set>
constexpr std::array<uint8_t, 256> TableOf() {
  std::array<uint8_t, 256> table{};
  for (size_t byte = 0; byte < 256; byte++) table[byte] = Set::Has(static_cast<uint8_t>(byte));
  return table;
}

constexpr std::array<uint64_t, 4> kNoByte{};
constexpr std::array<uint64_t, 4> kBlank = MembersOf<OneOf<' '>>();
constexpr std::array<uint64_t, 4> kEveryByte = {~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}};

// Probes give the bits of a block where something is found. They see the blocks of a value in their order, and may
// remember how the last one ended.
template <class Set>
struct Single {
  uint32_t operator()(Block block) const { return Bits(Set::Match(block)); }
};

// The second byte of each pair of neighbours.
template <class First, class Second>
struct Pair {
  uint32_t operator()(Block block) {
    const uint32_t firsts = Bits(First::Match(block));
    const uint32_t found = Bits(Second::Match(block)) & (firsts << 1 | before);
    before = firsts >> (kBlockBytes - 1);
    return found;
  }
  uint32_t before = 0;
};

template <class... Probes>
struct Either : private Probes... {
  uint32_t operator()(Block block) { return (static_cast<Probes&>(*this)(block) | ...); }
};

// The first index from `from` on where the probe finds something; `size` where there is none.
template <class Probe>
inline size_t FindFirst(const uint8_t* in, size_t size, size_t from, Probe probe) {
  for (; size - from >= kBlockBytes; from += kBlockBytes) {
    const uint32_t found = probe(Load(in + from));
    if (found != 0) return from + LowestBit(found);
  }
  if (from == size) return size;
  const size_t rest = size - from;
  const uint32_t found = probe(LoadPart(in + from, rest)) & LowBits(rest);
  return found == 0 ? size : from + LowestBit(found);
}

}  // namespace sluice

#endif
