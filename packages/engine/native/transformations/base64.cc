// base64Encode, base64Decode and base64DecodeExt: RFC 4648 section 4; line ends within are left out, as in RFC 2045 section 6.8.
#include "block.h"
#include "registry.h"

namespace sluice {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// The six bits of a character, or -1.
constexpr std::array<int8_t, 256> SextetTable() {
  std::array<int8_t, 256> table{};
  for (auto& sextet : table) sextet = -1;
  for (int sextet = 0; sextet < 64; sextet++) {
    table[static_cast<uint8_t>(kAlphabet[sextet])] = static_cast<int8_t>(sextet);
  }
  return table;
}

constexpr auto kSextets = SextetTable();

// Decodes up to the first byte outside of the alphabet, line ends excepted, or leaves out all such bytes where
// `kSkipInvalid` says so. A group that is not complete gives the bytes it holds.
template <bool kSkipInvalid>
size_t Decode(const uint8_t* in, size_t size, uint8_t* to) {
  uint8_t* const start = to;
  uint32_t bits = 0;
  int bit_count = 0;
  for (size_t index = 0; index < size;) {
    if (bit_count == 0 && size - index >= 4) {
      const int a = kSextets[in[index]], b = kSextets[in[index + 1]];
      const int c = kSextets[in[index + 2]], d = kSextets[in[index + 3]];
      if ((a | b | c | d) >= 0) {
        to[0] = static_cast<uint8_t>(a << 2 | b >> 4);
        to[1] = static_cast<uint8_t>(b << 4 | c >> 2);
        to[2] = static_cast<uint8_t>(c << 6 | d);
        to += 3;
        index += 4;
        continue;
      }
    }
    const uint8_t byte = in[index++];
    const int sextet = kSextets[byte];
    if (sextet < 0) {
      if (kSkipInvalid || byte == '\r' || byte == '\n') continue;
      break;
    }
    bits = bits << 6 | static_cast<uint32_t>(sextet);
    bit_count += 6;
    if (bit_count >= 8) {
      bit_count -= 8;
      *to++ = static_cast<uint8_t>(bits >> bit_count);
    }
  }
  return static_cast<size_t>(to - start);
}

template <bool kSkipInvalid>
bool Base64Decode(const uint8_t* in, size_t size, Bytes* out) {
  if (size == 0) return false;
  out->Clear();
  uint8_t* to = out->Reserve(size);
  if (to == nullptr) return false;
  out->SetSize(Decode<kSkipInvalid>(in, size, to));
  return true;
}

bool Base64Encode(const uint8_t* in, size_t size, Bytes* out) {
  if (size == 0) return false;
  const auto character = [](uint32_t bits) { return static_cast<uint8_t>(kAlphabet[bits & 63]); };
  out->Clear();
  uint8_t* const start = out->Reserve((size + 2) / 3 * 4);
  if (start == nullptr) return false;
  uint8_t* to = start;
  size_t index = 0;
  for (; size - index >= 3; index += 3, to += 4) {
    const uint32_t bits = static_cast<uint32_t>(in[index]) << 16 | in[index + 1] << 8 | in[index + 2];
    to[0] = character(bits >> 18);
    to[1] = character(bits >> 12);
    to[2] = character(bits >> 6);
    to[3] = character(bits);
  }
  if (index < size) {
    const bool two = size - index == 2;
    const uint32_t bits = static_cast<uint32_t>(in[index]) << 16 | (two ? in[index + 1] << 8 : 0);
    to[0] = character(bits >> 18);
    to[1] = character(bits >> 12);
    to[2] = two ? character(bits >> 6) : '=';
    to[3] = '=';
    to += 4;
  }
  out->SetSize(static_cast<size_t>(to - start));
  return true;
}

}  // namespace

const Transformation kBase64Decode = {"base64Decode", Base64Decode<false>, kEveryByte};
const Transformation kBase64DecodeExt = {"base64DecodeExt", Base64Decode<true>, kEveryByte};
const Transformation kBase64Encode = {"base64Encode", Base64Encode, kEveryByte};

}  // namespace sluice
