// Matches on their way to JavaScript: records of words in an array of the caller's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <node_api.h>

namespace hyperscan_js {

// A record is [value, id], [value, id, end] or [value, id, start, end]: this many words.
constexpr uint32_t kIdWords = 2;
constexpr uint32_t kEndWords = 3;
constexpr uint32_t kSpanWords = 4;

// Where a start lies beyond the horizon of a stream. No offset is that large: longer input is refused.
constexpr uint32_t kStartUnknown = 0xffffffff;

struct Matches {
  uint32_t* out;
  // Records that fit into `out`.
  uint64_t capacity;
  // Records found, written or not.
  uint64_t total;
  uint32_t value;
  uint32_t words;
};

inline void WriteRecord(uint32_t* record, uint32_t words, uint32_t value, unsigned int id, uint64_t start,
                        uint64_t end) {
  record[0] = value;
  record[1] = id;
  if (words == kIdWords) return;
  record[words - 1] = static_cast<uint32_t>(end);
  if (words == kSpanWords) record[2] = start > kStartUnknown ? kStartUnknown : static_cast<uint32_t>(start);
}

// Hyperscan's callback for a whole value, `context` being Matches: counts all and writes what fits.
int OnMatch(unsigned int id, unsigned long long start, unsigned long long end, unsigned int flags, void* context);

// A count as JavaScript's number.
napi_value Total(napi_env env, uint64_t total);

}  // namespace hyperscan_js
