// utf8toUnicode: `%uHHHH` for each UTF-8 sequence of two to four bytes.
#include "ctype.h"
#include "registry.h"
#include "rewrite.h"

namespace sluice {
namespace {

using Leads = Between<0xc0, 0xf7>;

// Leads from here on would give numbers beyond U+10FFFF; they are written out before what follows.
constexpr uint8_t kLeadRestricted = 0xf5;
// Two bytes give at most seven (`%uHHHH` and the lead byte); longer sequences grow less.
constexpr size_t kGrowthMax = 4;
// The least number that a sequence of this many bytes may stand for.
constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};

constexpr int SequenceLength(uint8_t lead) { return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4; }

// The number that a sequence stands for, or -1 where a continuation byte is missing.
int32_t CodePoint(const uint8_t* at, const uint8_t* end, int length) {
  if (end - at < length) return -1;
  int32_t point = at[0] & (0x7f >> length);
  for (int offset = 1; offset < length; offset++) {
    if ((at[offset] & 0xc0) != 0x80) return -1;
    point = point << 6 | (at[offset] & 0x3f);
  }
  return point;
}

// At least four digits.
uint8_t* WriteEscape(uint8_t* to, uint32_t point) {
  *to++ = '%';
  *to++ = 'u';
  if (point > 0xfffff) *to++ = static_cast<uint8_t>(kHexDigits[point >> 20]);
  if (point > 0xffff) *to++ = static_cast<uint8_t>(kHexDigits[point >> 16 & 0x0f]);
  for (int shift = 12; shift >= 0; shift -= 4) *to++ = static_cast<uint8_t>(kHexDigits[point >> shift & 0x0f]);
  return to;
}

constexpr bool IsSurrogate(uint32_t point) { return point >= 0xd800 && point <= 0xdfff; }

struct Encode : Rule {
  using Candidates = Leads;
  void Take(const uint8_t** at, const uint8_t* end, uint8_t** to) {
    const uint8_t lead = **at;
    const int length = SequenceLength(lead);
    const int32_t decoded = CodePoint(*at, end, length);
    if (lead >= kLeadRestricted) *(*to)++ = lead;
    if (decoded < 0) {
      // A lead byte without its continuation goes away, unless it was written.
      changed |= lead < kLeadRestricted;
      ++*at;
      return;
    }
    const auto point = static_cast<uint32_t>(decoded);
    *to = WriteEscape(*to, point);
    if (IsSurrogate(point) || point < kLeast[length]) *(*to)++ = lead;
    *at += length;
    changed = true;
  }
};

bool Utf8ToUnicode(const uint8_t* in, size_t size, Bytes* out) {
  const size_t first = FindFirst(in, size, 0, Single<Leads>());
  return first < size && Rewrite(in, size, first, kGrowthMax, out, Encode());
}

}  // namespace

const Transformation kUtf8ToUnicode = {"utf8toUnicode", Utf8ToUnicode, MembersOf<Leads>()};

}  // namespace sluice
