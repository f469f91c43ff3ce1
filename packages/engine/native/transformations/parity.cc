// parityEven7bit, parityOdd7bit and parityZero7bit: what the top bit of each byte becomes.
#include "registry.h"
#include "rewrite.h"

namespace sluice {
namespace {

constexpr uint8_t kTopBit = 0x80;

// The parity counted is that of all eight bits.
template <bool kSetWhereOdd>
struct WithParity {
  static constexpr uint8_t One(uint8_t byte) {
    const bool odd = (__builtin_popcount(byte) & 1) != 0;
    return odd == kSetWhereOdd ? byte | kTopBit : byte & ~kTopBit;
  }
  static Block All(Block block) {
    Block folded = block ^ (block << 4);
    folded ^= folded << 2;
    folded ^= folded << 1;
    if (!kSetWhereOdd) folded = ~folded;
    return (block & static_cast<uint8_t>(~kTopBit)) | (folded & kTopBit);
  }
};

struct WithoutTopBit {
  static constexpr uint8_t One(uint8_t byte) { return byte & ~kTopBit; }
  static Block All(Block block) { return block & static_cast<uint8_t>(~kTopBit); }
};

template <class Map>
constexpr Transformation Mapping(const char* name) {
  return {name, MapBytes<Map>, MembersOf<ChangedBy<Map>>()};
}

}  // namespace

const Transformation kParityEven7bit = Mapping<WithParity<true>>("parityEven7bit");
const Transformation kParityOdd7bit = Mapping<WithParity<false>>("parityOdd7bit");
const Transformation kParityZero7bit = Mapping<WithoutTopBit>("parityZero7bit");

}  // namespace sluice
