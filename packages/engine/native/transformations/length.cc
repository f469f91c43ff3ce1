// length: the number of bytes, in decimal digits.
#include <charconv>

#include "block.h"
#include "registry.h"

namespace sluice {
namespace {

constexpr size_t kDigitsMax = 20;

bool Length(const uint8_t* in, size_t size, Bytes* out) {
  // The one value that is its own length.
  if (size == 1 && in[0] == '1') return false;
  out->Clear();
  char* const to = reinterpret_cast<char*>(out->Reserve(kDigitsMax));
  if (to == nullptr) return false;
  out->SetSize(static_cast<size_t>(std::to_chars(to, to + kDigitsMax, size).ptr - to));
  return true;
}

}  // namespace

const Transformation kLength = {"length", Length, kEveryByte};

}  // namespace sluice
