// hexEncode and hexDecode.
#include "block.h"
#include "ctype.h"
#include "registry.h"

namespace sluice {
namespace {

struct Digits2 {
  char characters[2];
};

constexpr std::array<Digits2, 256> DigitPairs() {
  std::array<Digits2, 256> pairs{};
  for (size_t byte = 0; byte < pairs.size(); byte++) pairs[byte] = {{kHexDigits[byte >> 4], kHexDigits[byte & 15]}};
  return pairs;
}

constexpr auto kDigitPairs = DigitPairs();

bool HexEncode(const uint8_t* in, size_t size, Bytes* out) {
  if (size == 0) return false;
  out->Clear();
  uint8_t* const to = out->Reserve(2 * size);
  if (to == nullptr) return false;
  for (size_t index = 0; index < size; index++) std::memcpy(to + 2 * index, &kDigitPairs[in[index]], 2);
  out->SetSize(2 * size);
  return true;
}

// Characters that are no digits are converted by the same sum.
constexpr uint8_t Digit(uint8_t character) {
  return static_cast<uint8_t>(character >= 'A' ? (character & 0xdf) - 'A' + 10 : character - '0');
}

constexpr std::array<uint8_t, 256> DigitTable() {
  std::array<uint8_t, 256> table{};
  for (size_t character = 0; character < table.size(); character++) {
    table[character] = Digit(static_cast<uint8_t>(character));
  }
  return table;
}

constexpr auto kDigits = DigitTable();

bool HexDecode(const uint8_t* in, size_t size, Bytes* out) {
  if (size == 0) return false;
  out->Clear();
  const size_t pairs = size / 2;
  uint8_t* const to = out->Reserve(pairs);
  if (to == nullptr) return false;
  for (size_t index = 0; index < pairs; index++) {
    to[index] = static_cast<uint8_t>(kDigits[in[2 * index]] * 16 + kDigits[in[2 * index + 1]]);
  }
  out->SetSize(pairs);
  return true;
}

}  // namespace

const Transformation kHexEncode = {"hexEncode", HexEncode, kEveryByte};
const Transformation kHexDecode = {"hexDecode", HexDecode, kEveryByte};

}  // namespace sluice
