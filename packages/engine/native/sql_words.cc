#include "sql_words.h"

#include <array>
#include <cstdint>
#include <cstring>

#include "slot_set.h"

// A table that is static in the library; build.sh lets others see it.
extern "C" {
struct keyword_t {
  const char* word;
  char type;
};
extern const keyword_t sql_keywords[];
}

namespace sluice {
namespace {

// Most entries are fingerprints, which begin with a zero; no word of a value is looked up among them here.
constexpr size_t kEntries = SLUICE_SQL_WORDS;
constexpr char kFingerprintMark = '0';
// A quarter full with the words of 3.9.2.
constexpr size_t kPlaces = 4096;
// An eighth of the bits is set by the fingerprints of 3.9.2.
constexpr size_t kFingerprintBits = 1 << 16;

inline uint8_t Upper(uint8_t byte) { return byte >= 'a' && byte <= 'z' ? byte - 0x20 : byte; }

// Equal for words that differ in case alone.
inline uint32_t HashOf(const char* word, size_t length) {
  constexpr uint64_t kLetters = 0xdfdfdfdfdfdfdfdfu;
  uint64_t first = 0, last = 0;
  if (length >= sizeof first) {
    std::memcpy(&first, word, sizeof first);
    std::memcpy(&last, word + length - sizeof last, sizeof last);
  } else {
    for (size_t i = 0; i < length; i++) first = first << 8 | static_cast<uint8_t>(word[i]);
  }
  const uint64_t mixed = ((first & kLetters) ^ ((last & kLetters) * 0x9e3779b97f4a7c15u) ^ length) * 0xff51afd7ed558ccdu;
  return static_cast<uint32_t>(mixed >> 32);
}

class Words {
 public:
  Words() {
    for (size_t i = 0; i < kEntries; i++) {
      const size_t length = std::strlen(sql_keywords[i].word);
      if (sql_keywords[i].word[0] == kFingerprintMark) {
        SetBit(fingerprints_.data(), HashOf(sql_keywords[i].word + 1, length - 1) % kFingerprintBits);
        continue;
      }
      if (++count_ == kPlaces) continue;
      if (length > longest_) longest_ = length;
      const uint32_t hash = HashOf(sql_keywords[i].word, length);
      size_t place = hash % kPlaces;
      while (places_[place].number != 0) place = (place + 1) % kPlaces;
      places_[place] = {static_cast<uint16_t>(i + 1), TagOf(hash), static_cast<uint8_t>(length)};
    }
  }

  // Whether there was room for all.
  bool IsWhole() const { return count_ < kPlaces; }

  char TypeOf(const char* word, size_t length) const {
    if (length > longest_) return 0;
    const uint32_t hash = HashOf(word, length);
    for (size_t place = hash % kPlaces; places_[place].number != 0; place = (place + 1) % kPlaces) {
      if (places_[place].tag != TagOf(hash) || places_[place].length != length) continue;
      const keyword_t& known = sql_keywords[places_[place].number - 1u];
      if (IsSame(known.word, word, length)) return known.type;
    }
    return 0;
  }

  bool MayBeFingerprint(const char* tokens, size_t length) const {
    return HasBit(fingerprints_.data(), HashOf(tokens, length) % kFingerprintBits);
  }

 private:
  static bool IsSame(const char* upper, const char* word, size_t length) {
    for (size_t i = 0; i < length; i++) {
      if (static_cast<uint8_t>(upper[i]) != Upper(static_cast<uint8_t>(word[i]))) return false;
    }
    return true;
  }

  struct Place {
    // Of the word there and one, or 0.
    uint16_t number = 0;
    uint8_t tag = 0;
    uint8_t length = 0;
  };
  static uint8_t TagOf(uint32_t hash) { return static_cast<uint8_t>(hash >> 24); }

  std::array<Place, kPlaces> places_{};
  std::array<uint64_t, kFingerprintBits / 64> fingerprints_{};
  size_t longest_ = 0;
  size_t count_ = 0;
};

const Words& AllWords() {
  static const Words words;
  return words;
}

}  // namespace

bool KnowsSqlWord(const char* word, size_t length) {
  return length > 0 && word[0] != kFingerprintMark && AllWords().IsWhole();
}

bool MayBeSqlFingerprint(const char* tokens, size_t length) { return AllWords().MayBeFingerprint(tokens, length); }

char SqlWordType(const char* word, size_t length) { return AllWords().TypeOf(word, length); }

void ForEachSqlWord(void (*visit)(const char* word, char type, void* data), void* data) {
  for (size_t i = 0; i < kEntries; i++) visit(sql_keywords[i].word, sql_keywords[i].type, data);
}

}  // namespace sluice
