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

using Affected = Either<Single<AnyOf<Ignored, LineSeparators, UpperLetters>>,
                        Pair<OneOf<' '>, AnyOf<OneOf<' '>, Attached>>>;

struct Undo : Rule {
  using Candidates = AnyOf<Ignored, Separators>;
  Block Map(Block block) { return block | (UpperLetters::Match(block) & 0x20); }
  // Ignored bytes neither end a run of separators nor begin one.
  void Take(const uint8_t** at, const uint8_t* end, uint8_t** to) {
    bool blank = false;
    for (; *at < end && Candidates::Has(**at); ++*at) blank = blank || Separators::Has(**at);
    if (blank && (*at == end || !Attached::Has(**at))) *(*to)++ = ' ';
  }
};

bool CmdLine(const uint8_t* in, size_t size, Bytes* out) {
  const size_t found = FindFirst(in, size, 0, Affected());
  if (found == size) return false;
  // The byte before may be the blank that goes away.
  Undo rule;
  rule.changed = true;
  return Rewrite(in, size, found == 0 ? 0 : found - 1, 1, out, rule);
}

}  // namespace

const Transformation kCmdLine = {"cmdLine", CmdLine, MembersOf<AnyOf<Ignored, Separators, UpperLetters>>()};

}  // namespace sluice
