// trim, trimLeft and trimRight.
#include "block.h"
#include "registry.h"

namespace sluice {
namespace {

template <bool kLeft, bool kRight>
bool Trim(const uint8_t* in, size_t size, Bytes* out) {
  size_t start = 0, end = size;
  if (kLeft && size > 0 && Spaces::Has(in[0])) start = FindFirst(in, size, 1, Single<NoneOf<Spaces>>());
  if (kRight) {
    while (end > start && Spaces::Has(in[end - 1])) end--;
  }
  if (end - start == size) return false;
  out->Clear();
  uint8_t* to = out->Reserve(end - start);
  if (to == nullptr) return false;
  std::memcpy(to, in + start, end - start);
  out->SetSize(end - start);
  return true;
}

}  // namespace

const Transformation kTrim = {"trim", Trim<true, true>, MembersOf<Spaces>(), kNoByte};
const Transformation kTrimLeft = {"trimLeft", Trim<true, false>, MembersOf<Spaces>(), kNoByte};
const Transformation kTrimRight = {"trimRight", Trim<false, true>, MembersOf<Spaces>(), kNoByte};

}  // namespace sluice
