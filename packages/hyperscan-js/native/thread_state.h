// What one thread (one Node environment) needs to scan: scratch space and a buffer for strings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <hs.h>
#include <node_api.h>

namespace hyperscan_js {

// One scratch serves every scanner of a thread: scans are synchronous and never call back into JavaScript, so no two
// of them overlap. Counted, because at the end of an environment its scanners may outlive it by a moment.
struct ThreadState {
  hs_scratch_t* scratch;
  uint32_t scanners;
  char* text;
  size_t text_capacity;
  uint32_t references;
};

// Makes the state of this environment. False when memory ran out.
bool InstallThreadState(napi_env env);

// The state of this environment, or nullptr.
ThreadState* GetThreadState(napi_env env);

// Makes the scratch fit for a database, and counts the scanner in.
hs_error_t AddScanner(ThreadState* state, const hs_database_t* database);

// Counts a scanner out; the last one frees the scratch.
void RemoveScanner(ThreadState* state);

// Room for `length` bytes and a NUL, or nullptr. The content of the last call is lost.
char* TextRoom(ThreadState* state, size_t length);

// Gives back a room that is too large to keep.
void TrimTextRoom(ThreadState* state);

}  // namespace hyperscan_js
