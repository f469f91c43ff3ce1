// urlDecode and urlDecodeUni.
#include "best_fit.h"
#include "ctype.h"
#include "registry.h"
#include "rewrite.h"

namespace sluice {
namespace {

using Encoded = OneOf<'%', '+'>;

template <bool kUnicode>
struct Decode : Rule {
  using Candidates = OneOf<'%'>;
  Block Map(Block block) {
    const Block pluses = OneOf<'+'>::Match(block);
    // No escape holds a plus: each one that is seen stands for a blank, wherever escapes end.
    changed |= Bits(pluses) != 0;
    return block ^ (pluses & static_cast<uint8_t>('+' ^ ' '));
  }
  void Take(const uint8_t** at, const uint8_t* end, uint8_t** to) {
    const uint8_t* digits = *at + 1;
    const bool unit = kUnicode && digits < end && IsLetter(*digits, 'u');
    const int decoded = unit ? HexWordAt(digits + 1, end) : HexByteAt(digits, end);
    if (decoded < 0) {
      *(*to)++ = *(*at)++;
      return;
    }
    *(*to)++ = unit ? BestFitByte(static_cast<uint32_t>(decoded)) : static_cast<uint8_t>(decoded);
    *at += unit ? 6 : 3;
    changed = true;
  }
};

template <bool kUnicode>
bool UrlDecode(const uint8_t* in, size_t size, Bytes* out) {
  const size_t first = FindFirst(in, size, 0, Single<Encoded>());
  return first < size && Rewrite(in, size, first, 1, out, Decode<kUnicode>());
}

}  // namespace

const Transformation kUrlDecode = {"urlDecode", UrlDecode<false>, MembersOf<Encoded>()};
const Transformation kUrlDecodeUni = {"urlDecodeUni", UrlDecode<true>, MembersOf<Encoded>()};

}  // namespace sluice
