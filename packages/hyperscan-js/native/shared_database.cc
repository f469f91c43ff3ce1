#include "shared_database.h"

#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>

#include <sys/random.h>

namespace hyperscan_js {

namespace {

struct Registry {
  std::mutex mutex;
  // Those with a token. A process shares a few databases, so a list is enough, and it needs no memory of its own.
  SharedDatabase* first = nullptr;
  uint64_t next_token = 0;
};

// Never destroyed: threads may still give references up while the process runs its exit handlers.
Registry& TheRegistry() {
  static Registry* const registry = new Registry();
  return *registry;
}

// A random start, so that a token which strays into another process finds nothing there instead of a wrong database.
uint64_t FirstToken() {
  uint32_t high = 0;
  // Without randomness the token starts at 1: still right within the process.
  if (getrandom(&high, sizeof high, GRND_NONBLOCK) != sizeof high) high = 0;
  return (uint64_t{high} << 20) + 1;
}

void Unlink(Registry& registry, SharedDatabase* shared) {
  SharedDatabase** link = &registry.first;
  while (*link != nullptr && *link != shared) link = &(*link)->next;
  if (*link == shared) *link = shared->next;
}

// Fills in what never changes.
bool Describe(SharedDatabase* shared) {
  char* text = nullptr;
  if (hs_database_size(shared->database, &shared->size_bytes) != HS_SUCCESS ||
      hs_database_info(shared->database, &text) != HS_SUCCESS) {
    return false;
  }
  shared->mode = HS_MODE_BLOCK;
  if (strstr(text, "Mode: STREAM") != nullptr) shared->mode = HS_MODE_STREAM;
  if (strstr(text, "Mode: VECTORED") != nullptr) shared->mode = HS_MODE_VECTORED;
  free(text);
  return shared->mode != HS_MODE_STREAM || hs_stream_size(shared->database, &shared->stream_bytes) == HS_SUCCESS;
}

}  // namespace

SharedDatabase* Adopt(hs_database_t* database, uint32_t literals) {
  auto* shared = new (std::nothrow) SharedDatabase{database, 0, 0, 0, literals, 1, 0, nullptr};
  if (shared == nullptr || !Describe(shared)) {
    hs_free_database(database);
    delete shared;
    return nullptr;
  }
  return shared;
}

void Retain(SharedDatabase* shared) {
  const std::lock_guard<std::mutex> lock(TheRegistry().mutex);
  shared->references++;
}

void Release(SharedDatabase* shared) {
  Registry& registry = TheRegistry();
  {
    const std::lock_guard<std::mutex> lock(registry.mutex);
    if (--shared->references > 0) return;
    if (shared->token != 0) Unlink(registry, shared);
  }
  // Hyperscan refuses to free only what is no database, and this one came from itself.
  hs_free_database(shared->database);
  delete shared;
}

uint64_t Share(SharedDatabase* shared) {
  Registry& registry = TheRegistry();
  const std::lock_guard<std::mutex> lock(registry.mutex);
  if (shared->token == 0) {
    if (registry.next_token == 0) registry.next_token = FirstToken();
    shared->token = registry.next_token++;
    shared->next = registry.first;
    registry.first = shared;
  }
  return shared->token;
}

SharedDatabase* Find(uint64_t token) {
  Registry& registry = TheRegistry();
  const std::lock_guard<std::mutex> lock(registry.mutex);
  for (SharedDatabase* shared = registry.first; shared != nullptr; shared = shared->next) {
    if (shared->token != token) continue;
    shared->references++;
    return shared;
  }
  return nullptr;
}

}  // namespace hyperscan_js
