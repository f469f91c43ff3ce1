// removeWhitespace and compressWhitespace.
#include "registry.h"
#include "rewrite.h"

namespace sluice {
namespace {

using NotBlanks = AnyOf<Between<'\t', '\r'>, OneOf<0xa0>>;

// What is not a single blank already.
using Compressible = Either<Single<NotBlanks>, Pair<WideSpaces, WideSpaces>>;

class Compression {
 public:
  bool Copies(Block block, uint32_t low_bits) {
    if (in_run_ || (Compressible()(block) & low_bits) != 0) return false;
    in_run_ = WideSpaces::Has(block[kBlockBytes - 1]);
    return true;
  }
  Block Map(Block block) const { return block; }
  uint8_t* Step(uint8_t byte, uint8_t* to) {
    const bool space = kIsSpace[byte] != 0;
    *to = space ? ' ' : byte;
    to += !(space & in_run_);
    in_run_ = space;
    return to;
  }

 private:
  static constexpr auto kIsSpace = TableOf<WideSpaces>();
  bool in_run_ = false;
};

bool CompressWhitespace(const uint8_t* in, size_t size, Bytes* out) {
  const size_t found = FindFirst(in, size, 0, Compressible());
  // The blank before a second one begins its run.
  return found < size && Squeeze(in, size, found == 0 ? 0 : found - 1, out, Compression());
}

}  // namespace

const Transformation kRemoveWhitespace = {"removeWhitespace", RemoveBytes<WideSpaces>, MembersOf<WideSpaces>(),
                                          kNoByte};
const Transformation kCompressWhitespace = {"compressWhitespace", CompressWhitespace, MembersOf<WideSpaces>(),
                                            kBlank};

}  // namespace sluice
