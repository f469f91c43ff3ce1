// How the system schedules the calling thread.
#include <sched.h>

#include "environment.h"

namespace sluice {
namespace {

// sched_setscheduler(2): for thread 0, which is the caller; nobody needs a right to lower themselves.
napi_value RunWhenIdle(napi_env env, napi_callback_info) {
  sched_param none{};
  const bool is_set = sched_setscheduler(0, SCHED_IDLE, &none) == 0;
  napi_value result;
  return napi_get_boolean(env, is_set, &result) == napi_ok ? result : ThrowStatus(env, "runWhenIdle");
}

}  // namespace

bool DefineScheduling(napi_env env, napi_value exports) {
  const napi_property_descriptor run_when_idle = {"runWhenIdle", nullptr, RunWhenIdle,      nullptr,
                                                  nullptr,       nullptr, napi_enumerable, nullptr};
  return napi_define_properties(env, exports, 1, &run_when_idle) == napi_ok;
}

}  // namespace sluice
