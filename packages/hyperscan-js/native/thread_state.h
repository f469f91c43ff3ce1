// What one thread (one Node environment) needs to scan: scratch space and room for copies of values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <hs.h>
#include <node_api.h>

namespace hyperscan_js {

// Hyperscan reads beyond the end of what it scans: its literal matchers for AVX2 and AVX-512 (fat Teddy, in 5.4.0 to 5.4.2)
// load whole vectors. Measured are 1 to 15 bytes; the widest vector has 64. Where a value ends with its page and nothing
// is mapped behind it, that kills the process.
constexpr size_t kReadBeyondMax = 64;

// One scratch serves every scanner and stream of a thread: scans are synchronous and never call back into JavaScript, so
// no two of them overlap. Counted, because at the end of an environment its scanners may outlive it by a moment.
struct ThreadState {
  hs_scratch_t* scratch;
  uint32_t scanners;
  char* room;
  size_t room_capacity;
  uint32_t references;
};

// Makes the state of this environment. False when memory ran out.
bool InstallThreadState(napi_env env);

// The state of this environment, or nullptr.
ThreadState* GetThreadState(napi_env env);

// Whether scanners made from now on have scratch space of their own. Hyperscan 5.4.1, and no other version, refuses scratch
// space that was made fit for another database afterwards.
void SetOwnScratch(bool is_own);

// Makes the scratch fit for a database, or one of the scanner's own, and counts the scanner in.
hs_error_t AddScanner(ThreadState* state, const hs_database_t* database, hs_scratch_t** own);

// Counts a scanner out, and frees its own scratch; the last one frees that of the thread.
void RemoveScanner(ThreadState* state, hs_scratch_t* own);

inline hs_scratch_t* ScratchOf(const ThreadState* state, hs_scratch_t* own) {
  return own == nullptr ? state->scratch : own;
}

// Room for `length` bytes that may be scanned, or nullptr. The content of the last call is lost.
char* ScanRoom(ThreadState* state, size_t length);

// Gives back a room that is too large to keep.
void TrimScanRoom(ThreadState* state);

// Whether Hyperscan may scan these bytes where they are, when `behind` bytes after them are known to be mapped.
bool IsSafeToScan(const char* data, size_t length, size_t behind);

// The bytes where Hyperscan may scan them: where they are or, rarely, a copy in the room. nullptr when memory ran out.
const char* SafeToScan(ThreadState* state, const char* data, size_t length, size_t behind);

}  // namespace hyperscan_js
