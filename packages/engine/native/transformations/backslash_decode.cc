// jsDecode, escapeSeqDecode and cssDecode: what stands behind a backslash.
#include "best_fit.h"
#include "ctype.h"
#include "registry.h"
#include "rewrite.h"

namespace sluice {
namespace {

using Backslash = OneOf<'\\'>;

constexpr int kOctalDigitsMax = 3;
constexpr int kCssDigitsMax = 6;

// The byte that a backslash and this character stand for: a control character, else the character itself.
constexpr uint8_t Unescaped(uint8_t character) {
  switch (character) {
    case 'a': return '\a';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'v': return '\v';
    default: return character;
  }
}

// The low byte of one to three octal digits at `*at`, which moves behind them; -1 where there is none. Where `byte_only`
// says so, a number above \377 ends after two digits.
int Octal(const uint8_t** at, const uint8_t* end, bool byte_only) {
  const uint8_t* const start = *at;
  const int digits_max = byte_only && start < end && *start > '3' ? kOctalDigitsMax - 1 : kOctalDigitsMax;
  int number = 0;
  while (*at < end && *at - start < digits_max && IsOctalDigit(**at)) number = number * 8 + (*(*at)++ - '0');
  return *at == start ? -1 : number & 0xff;
}

struct JsEscapes {
  // The byte that the escape stands for whose backslash is before `*at`; there is a byte at `*at`.
  static uint8_t Decode(const uint8_t** at, const uint8_t* end) {
    const uint8_t escaped = **at;
    const int word = escaped == 'u' ? HexWordAt(*at + 1, end) : -1;
    if (word >= 0) return *at += 5, LowByte(static_cast<uint32_t>(word));
    const int byte = escaped == 'x' ? HexByteAt(*at + 1, end) : -1;
    if (byte >= 0) return *at += 3, static_cast<uint8_t>(byte);
    const int octal = Octal(at, end, true);
    return octal >= 0 ? static_cast<uint8_t>(octal) : (++*at, Unescaped(escaped));
  }
};

struct AnsiEscapes {
  static uint8_t Decode(const uint8_t** at, const uint8_t* end) {
    const uint8_t escaped = **at;
    const int byte = IsLetter(escaped, 'x') ? HexByteAt(*at + 1, end) : -1;
    if (byte >= 0) return *at += 3, static_cast<uint8_t>(byte);
    const int octal = Octal(at, end, false);
    return octal >= 0 ? static_cast<uint8_t>(octal) : (++*at, Unescaped(escaped));
  }
};

template <class Escapes>
struct Decode : Rule {
  using Candidates = Backslash;
  void Take(const uint8_t** at, const uint8_t* end, uint8_t** to) {
    // A backslash at the very end stays.
    if (++*at == end) {
      *(*to)++ = '\\';
      return;
    }
    *(*to)++ = Escapes::Decode(at, end);
    changed = true;
  }
};

struct CssDecode : Rule {
  using Candidates = Backslash;
  void Take(const uint8_t** at, const uint8_t* end, uint8_t** to) {
    changed = true;
    const uint8_t* const start = ++*at;
    uint32_t number = 0;
    for (; *at < end && *at - start < kCssDigitsMax && HexValue(**at) >= 0; ++*at) {
      number = number * 16 + static_cast<uint32_t>(HexValue(**at));
    }
    if (*at > start) {
      *(*to)++ = LowByte(number);
      if (*at < end && IsSpace(**at)) ++*at;
    } else if (*at < end) {
      const uint8_t escaped = *(*at)++;
      if (escaped != '\n') *(*to)++ = escaped;
    }
  }
};

template <class T>
bool DecodeBackslashes(const uint8_t* in, size_t size, Bytes* out) {
  const size_t first = FindFirst(in, size, 0, Single<Backslash>());
  return first < size && Rewrite(in, size, first, 1, out, T());
}

template <class T>
constexpr Transformation Decoder(const char* name) {
  return {name, DecodeBackslashes<T>, MembersOf<Backslash>()};
}

}  // namespace

const Transformation kJsDecode = Decoder<Decode<JsEscapes>>("jsDecode");
const Transformation kEscapeSeqDecode = Decoder<Decode<AnsiEscapes>>("escapeSeqDecode");
const Transformation kCssDecode = Decoder<CssDecode>("cssDecode");

}  // namespace sluice
