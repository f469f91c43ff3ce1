// sqlHexDecode: `0x` and pairs of hexadecimal digits give those bytes.
#include "ctype.h"
#include "registry.h"
#include "rewrite.h"

namespace sluice {
namespace {

// Texts hold more zeros than letters x.
using LetterX = OneOf<'x', 'X'>;

struct Decode : Rule {
  using Candidates = LetterX;
  void Take(const uint8_t** at, const uint8_t* end, uint8_t** to) {
    // A zero that is a digit of the literal before begins none.
    int byte = *at > literal_end && (*at)[-1] == '0' ? HexByteAt(*at + 1, end) : -1;
    if (byte < 0) {
      *(*to)++ = *(*at)++;
      return;
    }
    --*to;
    for (++*at; byte >= 0; byte = HexByteAt(*at, end)) {
      *(*to)++ = static_cast<uint8_t>(byte);
      *at += 2;
    }
    literal_end = *at;
    changed = true;
  }
  const uint8_t* literal_end;
};

bool SqlHexDecode(const uint8_t* in, size_t size, Bytes* out) {
  const size_t first = FindFirst(in, size, 0, Single<LetterX>());
  if (first == size) return false;
  Decode rule;
  rule.literal_end = in;
  return Rewrite(in, size, first, 1, out, rule);
}

}  // namespace

const Transformation kSqlHexDecode = {"sqlHexDecode", SqlHexDecode, MembersOf<LetterX>()};

}  // namespace sluice
