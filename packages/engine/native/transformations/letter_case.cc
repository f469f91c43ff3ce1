// lowercase and uppercase: ASCII letters only.
#include "registry.h"
#include "rewrite.h"

namespace sluice {
namespace {

// The letters of both cases differ in one bit.
template <class Letters>
struct FlipCase {
  static constexpr uint8_t kCaseBit = 0x20;
  static constexpr uint8_t One(uint8_t byte) { return Letters::Has(byte) ? byte ^ kCaseBit : byte; }
  static Block All(Block block) { return block ^ (Letters::Match(block) & kCaseBit); }
};

}  // namespace

const Transformation kLowercase = {"lowercase", MapBytes<FlipCase<UpperLetters>>, MembersOf<UpperLetters>(),
                                   MembersOf<LowerLetters>()};
const Transformation kUppercase = {"uppercase", MapBytes<FlipCase<LowerLetters>>, MembersOf<LowerLetters>(),
                                   MembersOf<UpperLetters>()};

}  // namespace sluice
