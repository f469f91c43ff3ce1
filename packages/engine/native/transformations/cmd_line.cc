// cmdLine: what shells ignore is undone.
#include "registry.h"
#include "rewrite.h"

namespace sluice {
namespace {

using Ignored = OneOf<'"', '\'', '\\', '^'>;
using LineSeparators = OneOf<',', ';', '\t', '\r', '\n'>;
using Separators = AnyOf<OneOf<' '>, LineSeparators>;
// No blank stays before these.
using Attached = OneOf<'/', '('>;

// The byte after a blank that goes away.
using AttachedBlank = Pair<OneOf<' '>, AnyOf<OneOf<' '>, Attached>>;
using Affected = Either<Single<AnyOf<Ignored, LineSeparators, UpperLetters>>, AttachedBlank>;

// What a byte does to the end of the output.
struct Step {
  // What is written, and how far before the end.
  uint8_t byte;
  uint8_t back;
  uint8_t advance;
  bool blank;
};

constexpr Step StepFor(uint8_t byte, bool blank) {
  if (Ignored::Has(byte)) return {byte, 0, 0, blank};
  if (Separators::Has(byte)) return {' ', 0, !blank, true};
  const auto lower = static_cast<uint8_t>(UpperLetters::Has(byte) ? byte | 0x20 : byte);
  return {lower, blank && Attached::Has(byte), 1, false};
}

constexpr std::array<std::array<Step, 256>, 2> Steps() {
  std::array<std::array<Step, 256>, 2> steps{};
  for (size_t byte = 0; byte < 256; byte++) {
    for (const bool blank : {false, true}) steps[blank][byte] = StepFor(static_cast<uint8_t>(byte), blank);
  }
  return steps;
}

class Undo {
 public:
  bool Copies(Block block, uint32_t low_bits) {
    if (blank_ || (Altered()(block) & low_bits) != 0) return false;
    blank_ = block[kBlockBytes - 1] == ' ';
    return true;
  }
  Block Map(Block block) const { return block | (UpperLetters::Match(block) & 0x20); }
  uint8_t* Step(uint8_t byte, uint8_t* to) {
    const auto& step = kSteps[blank_][byte];
    to -= step.back;
    *to = step.byte;
    blank_ = step.blank;
    return to + step.advance;
  }

 private:
  // All but letters, which Map sees to.
  using Altered = Either<Single<AnyOf<Ignored, LineSeparators>>, AttachedBlank>;
  static constexpr auto kSteps = Steps();
  bool blank_ = false;
};

bool CmdLine(const uint8_t* in, size_t size, Bytes* out) {
  const size_t found = FindFirst(in, size, 0, Affected());
  // The byte before may be the blank that goes away.
  return found < size && Squeeze(in, size, found == 0 ? 0 : found - 1, out, Undo());
}

}  // namespace

const Transformation kCmdLine = {"cmdLine", CmdLine, MembersOf<AnyOf<Ignored, Separators, UpperLetters>>()};

}  // namespace sluice
