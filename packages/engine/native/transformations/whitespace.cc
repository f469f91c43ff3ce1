// removeWhitespace and compressWhitespace.
#include "registry.h"
#include "rewrite.h"

namespace sluice {
namespace {

// What is not a single blank already.
using Compressible = Either<Single<AnyOf<Between<'\t', '\r'>, OneOf<0xa0>>>, Pair<WideSpaces, WideSpaces>>;

struct OneBlankEach : Rule {
  using Candidates = WideSpaces;
  void Take(const uint8_t** at, const uint8_t* end, uint8_t** to) {
    while (*at < end && WideSpaces::Has(**at)) ++*at;
    *(*to)++ = ' ';
    changed = true;
  }
};

bool CompressWhitespace(const uint8_t* in, size_t size, Bytes* out) {
  const size_t found = FindFirst(in, size, 0, Compressible());
  if (found == size) return false;
  // The blank before a second one begins its run.
  return Rewrite(in, size, found == 0 ? 0 : found - 1, 1, out, OneBlankEach());
}

}  // namespace

const Transformation kRemoveWhitespace = {"removeWhitespace", RemoveBytes<WideSpaces>, MembersOf<WideSpaces>()};
const Transformation kCompressWhitespace = {"compressWhitespace", CompressWhitespace, MembersOf<WideSpaces>()};

}  // namespace sluice
