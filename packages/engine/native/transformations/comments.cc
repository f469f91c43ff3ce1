// removeComments, removeCommentsChar and replaceComments.
#include "registry.h"
#include "rewrite.h"

namespace sluice {
namespace {

using Star = OneOf<'*'>;
using Slash = OneOf<'/'>;
using Dash = OneOf<'-'>;
using Hash = OneOf<'#'>;

// The last byte of `-->`.
struct ArrowEnd {
  uint32_t operator()(Block block) {
    const uint32_t dashes = Bits(Dash::Match(block));
    const uint32_t double_dashes = dashes & (dashes << 1 | after_dash);
    const uint32_t found = Bits(OneOf<'>'>::Match(block)) & (double_dashes << 1 | after_double_dash);
    after_dash = dashes >> (kBlockBytes - 1);
    after_double_dash = double_dashes >> (kBlockBytes - 1);
    return found;
  }
  uint32_t after_dash = 0;
  uint32_t after_double_dash = 0;
};

// Where a mark becomes certain; it begins at most three bytes before (`<!--`).
constexpr size_t kMarkLookBack = 3;
using OpeningSeen = Either<Pair<Slash, Star>, Pair<Dash, Dash>, Single<Hash>>;
using MarkSeen = Either<Pair<Slash, Star>, Pair<Star, Slash>, Pair<Dash, Dash>, Single<Hash>>;

bool StartsWith(const uint8_t* at, const uint8_t* end, const char* mark, size_t length) {
  return static_cast<size_t>(end - at) >= length && std::memcmp(at, mark, length) == 0;
}

template <size_t kSize>
bool StartsWith(const uint8_t* at, const uint8_t* end, const char (&mark)[kSize]) {
  return StartsWith(at, end, mark, kSize - 1);
}

// The byte after the end that the probe finds; null where there is none.
template <class Probe>
const uint8_t* AfterFirst(const uint8_t* at, const uint8_t* end, Probe probe) {
  const size_t size = static_cast<size_t>(end - at);
  const size_t found = FindFirst(at, size, 0, probe);
  return found == size ? nullptr : at + found + 1;
}

void Keep(const uint8_t** at, uint8_t** to) { *(*to)++ = *(*at)++; }

struct Remove : Rule {
  using Candidates = OneOf<'/', '<', '-', '#'>;
  // Either kind of end closes either kind of comment.
  using Closing = Either<Pair<Star, Slash>, ArrowEnd>;
  void Take(const uint8_t** at, const uint8_t* end, uint8_t** to) {
    if (**at == '#' || StartsWith(*at, end, "--")) {
      *at = end;
      return;
    }
    const size_t opening = StartsWith(*at, end, "/*") ? 2 : StartsWith(*at, end, "<!--") ? 4 : 0;
    if (opening == 0) return Keep(at, to);
    *at = AfterFirst(*at + opening, end, Closing());
    if (*at != nullptr) return;
    *at = end;
    *(*to)++ = ' ';
  }
};

struct RemoveMarks : Rule {
  using Candidates = OneOf<'/', '*', '<', '-', '#'>;
  void Take(const uint8_t** at, const uint8_t* end, uint8_t** to) {
    if (**at == '#') {
      *at += 1;
    } else if (StartsWith(*at, end, "/*") || StartsWith(*at, end, "*/")) {
      *at += 2;
    } else if (StartsWith(*at, end, "<!--")) {
      *at += 4;
    } else if (StartsWith(*at, end, "-->")) {
      *at += 3;
    } else if (StartsWith(*at, end, "--")) {
      *at += 2;
    } else {
      Keep(at, to);
    }
  }
};

struct Replace : Rule {
  using Candidates = Slash;
  void Take(const uint8_t** at, const uint8_t* end, uint8_t** to) {
    if (!StartsWith(*at, end, "/*")) return Keep(at, to);
    *at = AfterFirst(*at + 2, end, Pair<Star, Slash>());
    if (*at == nullptr) *at = end;
    *(*to)++ = ' ';
  }
};

// Every mark that is found goes away: the value changes.
template <class T, class Seen>
bool RewriteFrom(const uint8_t* in, size_t size, Bytes* out) {
  const size_t found = FindFirst(in, size, 0, Seen());
  if (found == size) return false;
  T rule;
  rule.changed = true;
  return Rewrite(in, size, found < kMarkLookBack ? 0 : found - kMarkLookBack, 1, out, rule);
}

constexpr auto kMarkBytes = MembersOf<AnyOf<Star, Dash, Hash>>();

}  // namespace

const Transformation kRemoveComments = {"removeComments", RewriteFrom<Remove, OpeningSeen>, kMarkBytes, kBlank};
const Transformation kRemoveCommentsChar = {"removeCommentsChar", RewriteFrom<RemoveMarks, MarkSeen>, kMarkBytes,
                                            kNoByte};
const Transformation kReplaceComments = {"replaceComments", RewriteFrom<Replace, Pair<Slash, Star>>,
                                         MembersOf<Star>(), kBlank};

}  // namespace sluice
