#include "thread_state.h"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

namespace hyperscan_js {

namespace {

// The smallest page of x86-64.
constexpr size_t kPageBytes = 4096;

constexpr size_t kRoomCapacityMin = 4096;
constexpr size_t kRoomCapacityKept = size_t{1} << 20;

std::atomic<bool> own_scratch{false};

void ReleaseState(ThreadState* state) {
  if (--state->references > 0) return;
  free(state->room);
  delete state;
}

void FinalizeState(node_api_basic_env, void* data, void*) { ReleaseState(static_cast<ThreadState*>(data)); }

}  // namespace

bool InstallThreadState(napi_env env) {
  auto* state = new (std::nothrow) ThreadState{nullptr, 0, nullptr, 0, 1};
  if (state == nullptr) return false;
  if (napi_set_instance_data(env, state, FinalizeState, nullptr) == napi_ok) return true;
  delete state;
  return false;
}

ThreadState* GetThreadState(napi_env env) {
  void* data = nullptr;
  if (napi_get_instance_data(env, &data) != napi_ok) return nullptr;
  return static_cast<ThreadState*>(data);
}

void SetOwnScratch(bool is_own) { own_scratch.store(is_own); }

hs_error_t AddScanner(ThreadState* state, const hs_database_t* database, hs_scratch_t** own) {
  const hs_error_t error = hs_alloc_scratch(database, own_scratch.load() ? own : &state->scratch);
  if (error != HS_SUCCESS) return error;
  state->scanners++;
  state->references++;
  return HS_SUCCESS;
}

void RemoveScanner(ThreadState* state, hs_scratch_t* own) {
  // Hyperscan refuses to free only a scratch in use, and no scan runs now.
  hs_free_scratch(own);
  if (--state->scanners == 0) {
    hs_free_scratch(state->scratch);
    state->scratch = nullptr;
  }
  ReleaseState(state);
}

char* ScanRoom(ThreadState* state, size_t length) {
  const size_t wanted = length + kReadBeyondMax;
  if (wanted <= state->room_capacity) return state->room;
  size_t capacity = kRoomCapacityMin;
  while (capacity < wanted) capacity *= 2;
  auto* room = static_cast<char*>(malloc(capacity));
  if (room == nullptr) return nullptr;
  free(state->room);
  state->room = room;
  state->room_capacity = capacity;
  return room;
}

void TrimScanRoom(ThreadState* state) {
  if (state->room_capacity <= kRoomCapacityKept) return;
  free(state->room);
  state->room = nullptr;
  state->room_capacity = 0;
}

bool IsSafeToScan(const char* data, size_t length, size_t behind) {
  if (length == 0 || behind >= kReadBeyondMax) return true;
  // Memory is mapped by pages: what shares the page of the last byte can be read.
  const auto last = reinterpret_cast<uintptr_t>(data) + length - 1;
  return last % kPageBytes + kReadBeyondMax < kPageBytes;
}

const char* SafeToScan(ThreadState* state, const char* data, size_t length, size_t behind) {
  if (IsSafeToScan(data, length, behind)) return data;
  char* room = ScanRoom(state, length);
  if (room != nullptr) memcpy(room, data, length);
  return room;
}

}  // namespace hyperscan_js
