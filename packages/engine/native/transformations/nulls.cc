// removeNulls and replaceNulls.
#include "registry.h"
#include "rewrite.h"

namespace sluice {
namespace {

using Nul = OneOf<0>;

struct NulToBlank {
  static constexpr uint8_t One(uint8_t byte) { return byte == 0 ? ' ' : byte; }
  static Block All(Block block) { return block | (Nul::Match(block) & ' '); }
};

}  // namespace

const Transformation kRemoveNulls = {"removeNulls", RemoveBytes<Nul>, MembersOf<Nul>(), kNoByte};
const Transformation kReplaceNulls = {"replaceNulls", MapBytes<NulToBlank>, MembersOf<Nul>(), kBlank};

}  // namespace sluice
