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

// What a byte is, and what is written for it.
struct Kind {
  uint8_t written;
  bool ignored, separator, attached;
};

constexpr std::array<Kind, 256> Kinds() {
  std::array<Kind, 256> kinds{};
  for (size_t index = 0; index < kinds.size(); index++) {
    const auto byte = static_cast<uint8_t>(index);
    const auto lower = static_cast<uint8_t>(UpperLetters::Has(byte) ? byte | 0x20 : byte);
    const bool separator = Separators::Has(byte);
    kinds[index] = {separator ? uint8_t{' '} : lower, Ignored::Has(byte), separator, Attached::Has(byte)};
  }
  return kinds;
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
    // Whether a blank came before decides nothing that is looked up: lookups can begin before it is known.
    const Kind kind = kKinds[byte];
    to -= blank_ & kind.attached;
    *to = kind.written;
    to += !kind.ignored & !(kind.separator & blank_);
    blank_ = kind.separator | (blank_ & kind.ignored);
    return to;
  }

 private:
  // All but letters, which Map sees to.
  using Altered = Either<Single<AnyOf<Ignored, LineSeparators>>, AttachedBlank>;
  static constexpr auto kKinds = Kinds();
  bool blank_ = false;
};

bool CmdLine(const uint8_t* in, size_t size, Bytes* out) {
  const size_t found = FindFirst(in, size, 0, Affected());
  // The byte before may be the blank that goes away.
  return found < size && Squeeze(in, size, found == 0 ? 0 : found - 1, out, Undo());
}

}  // namespace

const Transformation kCmdLine = {"cmdLine", CmdLine, MembersOf<AnyOf<Ignored, Separators, UpperLetters>>(),
                                 MembersOf<AnyOf<OneOf<' '>, LowerLetters>>()};

}  // namespace sluice
