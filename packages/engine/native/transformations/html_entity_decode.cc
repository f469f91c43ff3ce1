// htmlEntityDecode: numbers and five names; the semicolon is optional.
#include <string_view>

#include "ctype.h"
#include "registry.h"
#include "rewrite.h"

namespace sluice {
namespace {

using Ampersand = OneOf<'&'>;
using Alphanumeric = AnyOf<Digits, UpperLetters, LowerLetters>;

constexpr size_t kNameLengthMax = 4;

struct Entity {
  std::string_view name;
  uint8_t byte;
};
constexpr Entity kEntities[] = {{"quot", '"'}, {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"nbsp", 0xa0}};

// The byte of a number whose digits begin at `*at`, which moves behind them: its low byte, as a cast of C's `long` has it,
// whose greatest value stands for all above it. -1 where there is no digit.
int Number(const uint8_t** at, const uint8_t* end, int base) {
  const uint8_t* const start = *at;
  int64_t number = 0;
  for (; *at < end; ++*at) {
    const int digit = HexValue(**at);
    if (digit < 0 || digit >= base) break;
    number = number > (INT64_MAX - digit) / base ? INT64_MAX : number * base + digit;
  }
  return *at == start ? -1 : static_cast<int>(number & 0xff);
}

// The byte of a name that begins at `*at`, which moves behind it; -1 where the whole run of letters and digits is no name.
int Named(const uint8_t** at, const uint8_t* end) {
  char name[kNameLengthMax];
  size_t length = 0;
  for (; *at < end && Alphanumeric::Has(**at); ++*at) {
    if (length == kNameLengthMax) return -1;
    name[length++] = static_cast<char>(**at | 0x20);
  }
  for (const Entity& entity : kEntities) {
    if (entity.name == std::string_view(name, length)) return entity.byte;
  }
  return -1;
}

struct Decode : Rule {
  using Candidates = Ampersand;
  void Take(const uint8_t** at, const uint8_t* end, uint8_t** to) {
    const uint8_t* next = *at + 1;
    int byte;
    if (next < end && *next == '#') {
      next++;
      const bool hexadecimal = next < end && IsLetter(*next, 'x');
      if (hexadecimal) next++;
      byte = Number(&next, end, hexadecimal ? 16 : 10);
    } else {
      byte = Named(&next, end);
    }
    if (byte < 0) {
      *(*to)++ = *(*at)++;
      return;
    }
    if (next < end && *next == ';') next++;
    *(*to)++ = static_cast<uint8_t>(byte);
    *at = next;
    changed = true;
  }
};

bool HtmlEntityDecode(const uint8_t* in, size_t size, Bytes* out) {
  const size_t first = FindFirst(in, size, 0, Single<Ampersand>());
  return first < size && Rewrite(in, size, first, 1, out, Decode());
}

}  // namespace

const Transformation kHtmlEntityDecode = {"htmlEntityDecode", HtmlEntityDecode, MembersOf<Ampersand>()};

}  // namespace sluice
