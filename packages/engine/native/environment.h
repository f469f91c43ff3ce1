// What an environment (the main thread or a worker) keeps between calls, and how native code speaks to JavaScript.
#ifndef SLUICE_ENGINE_ENVIRONMENT_H_
#define SLUICE_ENGINE_ENVIRONMENT_H_

#include <node_api.h>

#include <memory>
#include <vector>

#include "matcher.h"
#include "scan_memory.h"
#include "scan_plan.h"
#include "transformations/transformation.h"

#ifdef __SANITIZE_ADDRESS__
#include "guarded_bytes.h"
#endif

namespace sluice {

// A value's bytes while a call lasts. The buffer stays with the environment, so that a call allocates nothing; a huge one
// is given back at the end of its call.
class TextBuffer {
 public:
  // Copies the latin1 characters of a JavaScript string; false with an exception pending where it is no string.
  // The bytes stay until the next Read or Release. Nothing may be read behind them.
  bool Read(napi_env env, napi_value string);
  void Release();
#ifdef __SANITIZE_ADDRESS__
  const char* data() const { return guarded_.data(); }
#else
  const char* data() const { return data_.get(); }
#endif
  size_t length() const { return length_; }

 private:
  bool Reserve(size_t bytes);

  std::unique_ptr<char[]> data_;
  size_t capacity_ = 0;
  size_t length_ = 0;
#ifdef __SANITIZE_ADDRESS__
  GuardedBytes guarded_;
#endif
};

struct Environment {
  TextBuffer text;
  Bytes transformed;
  napi_ref regex_class = nullptr;
  // Offsets of the groups of the last match, 2 * kGroupsMax of them: memory of JavaScript.
  int32_t* groups = nullptr;
  napi_ref groups_memory = nullptr;
  // Set while a compile call makes a handle: the class cannot be constructed in any other way.
  std::unique_ptr<Matcher> under_construction;
  ScanScratch scratch;
  // Of all plans.
  ScanMemory scan_memory;
  bool is_memory_wanted = true;
  uint64_t plans_made = 0;
  // Where plans count: memory of JavaScript once it is bound.
  ScanStats own_stats{};
  ScanStats* scan_stats = &own_stats;
  napi_ref scan_stats_memory = nullptr;
  // Of the last scan; kept for its memory.
  std::vector<ScanHit> scan_hits;
};

// The environment's own state; null with an exception pending where there is none.
Environment* GetEnvironment(napi_env env);

// Each leaves an exception pending, whose `code` is the given one, and returns null.
napi_value Throw(napi_env env, const char* code, const char* reason);
napi_value Throw(napi_env env, const Failure& failure);
// For a status that is not napi_ok; an exception that is already pending stays.
napi_value ThrowStatus(napi_env env, const char* what);

// Defines the class of regex handles and adds the compile functions to `exports`.
bool DefineRegex(napi_env env, napi_value exports);
// Adds libinjection's two detectors.
bool DefineInjection(napi_env env, napi_value exports);
const char* InjectionVersion();
// Adds what a thread asks of the system's scheduler for itself.
bool DefineScheduling(napi_env env, napi_value exports);
// Adds scan tables and plans.
bool DefineScan(napi_env env, napi_value exports);
// Adds the transformations: for long forms, and for tests.
bool DefineTransformations(napi_env env, napi_value exports);

}  // namespace sluice

#endif
