#include "thread_state.h"

#include <cstdlib>
#include <new>

namespace hyperscan_js {

namespace {

constexpr size_t kTextCapacityMin = 4096;
constexpr size_t kTextCapacityKept = size_t{1} << 20;

void ReleaseState(ThreadState* state) {
  if (--state->references > 0) return;
  free(state->text);
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

hs_error_t AddScanner(ThreadState* state, const hs_database_t* database) {
  const hs_error_t error = hs_alloc_scratch(database, &state->scratch);
  if (error != HS_SUCCESS) return error;
  state->scanners++;
  state->references++;
  return HS_SUCCESS;
}

void RemoveScanner(ThreadState* state) {
  if (--state->scanners == 0) {
    // It refuses only a scratch in use, and no scan runs now.
    hs_free_scratch(state->scratch);
    state->scratch = nullptr;
  }
  ReleaseState(state);
}

char* TextRoom(ThreadState* state, size_t length) {
  if (length < state->text_capacity) return state->text;
  size_t capacity = kTextCapacityMin;
  while (capacity <= length) capacity *= 2;
  auto* text = static_cast<char*>(malloc(capacity));
  if (text == nullptr) return nullptr;
  free(state->text);
  state->text = text;
  state->text_capacity = capacity;
  return text;
}

void TrimTextRoom(ThreadState* state) {
  if (state->text_capacity <= kTextCapacityKept) return;
  free(state->text);
  state->text = nullptr;
  state->text_capacity = 0;
}

}  // namespace hyperscan_js
