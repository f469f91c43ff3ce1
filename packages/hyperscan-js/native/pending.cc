#include "pending.h"

#include <cstdlib>
#include <cstring>

#include "status.h"

namespace hyperscan_js {

namespace {

constexpr size_t kRecordsMin = 64;

// A place for one more record, or nullptr.
uint32_t* Append(PendingMatches* pending) {
  if (pending->first + pending->count == pending->capacity) {
    const size_t capacity = pending->capacity == 0 ? kRecordsMin : 2 * pending->capacity;
    auto* records = static_cast<uint32_t*>(realloc(pending->records, capacity * pending->words * sizeof(uint32_t)));
    if (records == nullptr) return nullptr;
    pending->records = records;
    pending->capacity = capacity;
  }
  return pending->records + pending->words * (pending->first + pending->count++);
}

}  // namespace

void DrainPending(PendingMatches* pending, Matches* matches) {
  const uint64_t room = matches->capacity - matches->total;
  const size_t moved = pending->count < room ? pending->count : static_cast<size_t>(room);
  if (moved == 0) return;
  const size_t record_bytes = pending->words * sizeof(uint32_t);
  memcpy(matches->out + pending->words * matches->total, pending->records + pending->words * pending->first,
         moved * record_bytes);
  matches->total += moved;
  pending->first += moved;
  pending->count -= moved;
  if (pending->count == 0) ClearPending(pending);
}

void ClearPending(PendingMatches* pending) {
  free(pending->records);
  pending->records = nullptr;
  pending->capacity = 0;
  pending->first = 0;
  pending->count = 0;
}

int OnStreamMatch(unsigned int id, unsigned long long start, unsigned long long end, unsigned int, void* context) {
  auto* matches = static_cast<StreamMatches*>(context);
  Matches* written = &matches->written;
  if (written->total < written->capacity) {
    WriteRecord(written->out + written->words * written->total++, written->words, 0, id, start, end);
    return 0;
  }
  if (matches->pending->count == matches->pending->count_max) {
    matches->status = kTooManyMatches;
    return 1;
  }
  uint32_t* record = Append(matches->pending);
  if (record == nullptr) {
    matches->status = HS_NOMEM;
    return 1;
  }
  WriteRecord(record, written->words, 0, id, start, end);
  return 0;
}

}  // namespace hyperscan_js
