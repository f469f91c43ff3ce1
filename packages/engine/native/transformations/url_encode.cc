// urlEncode: `%hh` for all but letters, digits and `*`; a plus for a blank.
#include "ctype.h"
#include "registry.h"
#include "rewrite.h"

namespace sluice {
namespace {

using Unsafe = NoneOf<AnyOf<Digits, UpperLetters, LowerLetters, OneOf<'*'>>>;

// What comes in place of a byte, and how many bytes of it count.
struct Encoded {
  uint8_t bytes[3];
  uint8_t length;
};

constexpr std::array<Encoded, 256> EncodedTable() {
  std::array<Encoded, 256> table{};
  for (size_t index = 0; index < table.size(); index++) {
    const auto byte = static_cast<uint8_t>(index);
    const auto digit = [](int value) constexpr { return static_cast<uint8_t>(kHexDigits[value]); };
    table[index] = {{'%', digit(byte >> 4), digit(byte & 0x0f)}, 3};
    if (!Unsafe::Has(byte)) table[index] = {{byte, 0, 0}, 1};
  }
  table[' '] = {{'+', 0, 0}, 1};
  return table;
}

constexpr auto kEncoded = EncodedTable();

bool UrlEncode(const uint8_t* in, size_t size, Bytes* out) {
  const size_t first = FindFirst(in, size, 0, Single<Unsafe>());
  if (first == size) return false;
  out->Clear();
  uint8_t* const start = out->Reserve(3 * size);
  if (start == nullptr) return false;
  std::memcpy(start, in, first);
  uint8_t* to = start + first;
  for (size_t index = first; index < size; index++) {
    // All of an entry, its length too, so that no branch depends on the byte.
    const Encoded encoded = kEncoded[in[index]];
    std::memcpy(to, &encoded, sizeof encoded);
    to += encoded.length;
  }
  out->SetSize(static_cast<size_t>(to - start));
  return true;
}

}  // namespace

const Transformation kUrlEncode = {"urlEncode", UrlEncode, MembersOf<Unsafe>()};

}  // namespace sluice
