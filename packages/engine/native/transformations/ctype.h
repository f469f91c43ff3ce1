// Digits as decoders read them. What stands at or behind `end` is no digit.
#ifndef SLUICE_ENGINE_TRANSFORMATIONS_CTYPE_H_
#define SLUICE_ENGINE_TRANSFORMATIONS_CTYPE_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace sluice {

constexpr std::array<int8_t, 256> HexTable() {
  std::array<int8_t, 256> table{};
  for (auto& value : table) value = -1;
  for (int digit = 0; digit < 10; digit++) table['0' + digit] = static_cast<int8_t>(digit);
  for (int digit = 10; digit < 16; digit++) {
    table['a' + digit - 10] = table['A' + digit - 10] = static_cast<int8_t>(digit);
  }
  return table;
}

inline constexpr std::array<int8_t, 256> kHexValues = HexTable();
inline constexpr char kHexDigits[] = "0123456789abcdef";

// The value of a hexadecimal digit, or -1.
constexpr int HexValue(uint8_t byte) { return kHexValues[byte]; }

// The byte that two hexadecimal digits give, or a negative number where they are not two digits.
inline int HexByteAt(const uint8_t* at, const uint8_t* end) {
  if (end - at < 2) return -1;
  return HexValue(at[0]) * 16 | HexValue(at[1]);
}

// The 16 bits that four hexadecimal digits give, or a negative number where they are not four digits.
inline int HexWordAt(const uint8_t* at, const uint8_t* end) {
  if (end - at < 4) return -1;
  return HexByteAt(at, end) * 256 | HexByteAt(at + 2, end);
}

// Letters of both cases differ in one bit.
constexpr bool IsLetter(uint8_t byte, char lower) { return (byte | 0x20) == lower; }

constexpr bool IsDigit(uint8_t byte) { return byte >= '0' && byte <= '9'; }
constexpr bool IsOctalDigit(uint8_t byte) { return byte >= '0' && byte <= '7'; }
constexpr bool IsSpace(uint8_t byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

}  // namespace sluice

#endif
