#include "matches.h"

namespace hyperscan_js {

int OnMatch(unsigned int id, unsigned long long start, unsigned long long end, unsigned int, void* context) {
  auto* matches = static_cast<Matches*>(context);
  if (matches->total < matches->capacity) {
    WriteRecord(matches->out + matches->words * matches->total, matches->words, matches->value, id, start, end);
  }
  matches->total++;
  return 0;
}

napi_value Total(napi_env env, uint64_t total) {
  napi_value value = nullptr;
  if (total <= INT32_MAX) {
    napi_create_int32(env, static_cast<int32_t>(total), &value);
  } else {
    napi_create_double(env, static_cast<double>(total), &value);
  }
  return value;
}

}  // namespace hyperscan_js
