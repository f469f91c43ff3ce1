#include "best_fit.h"

#include <array>
#include <cstddef>
#include <string_view>

namespace sluice {
namespace {

// Neighbouring units: the first one, and the ASCII character of each.
struct Run {
  uint32_t first;
  std::string_view characters;
};

constexpr Run kRuns[] = {
    {0x00a0, " !c"}, {0x00a4, "$Y|"}, {0x00a9, "Ca<"}, {0x00ad, "-R"}, {0x00b2, "23"}, {0x00b7, ".,1o>"},
    {0x00c0, "AAAAAAACEEEEIIIIDNOOOOO"}, {0x00d8, "OUUUUY"}, {0x00e0, "aaaaaaaceeeeiiii"}, {0x00f1, "nooooo"},
    {0x00f8, "ouuuuy"}, {0x00ff, "yAaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi"}, {0x0134, "JjKk"},
    {0x0139, "LlLlLl"}, {0x0141, "LlNnNnNn"}, {0x014c, "OoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZz"},
    {0x0180, "b"}, {0x0189, "D"}, {0x0191, "Ff"}, {0x0197, "I"}, {0x019a, "l"}, {0x019f, "OOo"}, {0x01ab, "t"},
    {0x01ae, "TUu"}, {0x01b6, "z"}, {0x01cd, "AaIiOoUuUuUuUuUu"}, {0x01de, "Aa"}, {0x01e4, "GgGgKkOoOo"},
    {0x01f0, "j"}, {0x0261, "g"}, {0x02b9, "'\""}, {0x02bc, "'"}, {0x02c4, "^"}, {0x02c6, "^"}, {0x02c8, "'"},
    {0x02cb, "`"}, {0x02cd, "_"}, {0x02dc, "~"}, {0x0300, "`"}, {0x0302, "^~"}, {0x030e, "\""}, {0x0331, "__"},
    {0x2000, "       "}, {0x2010, "--"}, {0x2013, "--"}, {0x2018, "'',"}, {0x201c, "\"\"\""}, {0x2022, "."},
    {0x2026, "."}, {0x2032, "'"}, {0x2035, "`"}, {0x2039, "<>"},
};

// All units of the runs but one lie in two ranges.
constexpr uint32_t kLettersEnd = 0x0333;
constexpr uint32_t kPunctuationStart = 0x2000;
constexpr uint32_t kPunctuationEnd = 0x203b;
constexpr uint32_t kTradeMark = 0x2122;

template <uint32_t kStart, uint32_t kEnd>
constexpr std::array<uint8_t, kEnd - kStart> Table() {
  std::array<uint8_t, kEnd - kStart> table{};
  for (uint32_t unit = kStart; unit < kEnd; unit++) table[unit - kStart] = LowByte(unit);
  for (const Run& run : kRuns) {
    if (run.first < kStart || run.first >= kEnd) continue;
    for (size_t index = 0; index < run.characters.size(); index++) {
      table[run.first - kStart + index] = static_cast<uint8_t>(run.characters[index]);
    }
  }
  return table;
}

constexpr auto kLetters = Table<0, kLettersEnd>();
constexpr auto kPunctuation = Table<kPunctuationStart, kPunctuationEnd>();

}  // namespace

uint8_t BestFitByte(uint32_t unit) {
  if (unit < kLettersEnd) return kLetters[unit];
  if (unit >= kPunctuationStart && unit < kPunctuationEnd) return kPunctuation[unit - kPunctuationStart];
  return unit == kTradeMark ? 'T' : LowByte(unit);
}

}  // namespace sluice
