// The addon's entry: called once in each environment that loads it, so that workers have a state of their own.
#include "environment.h"

namespace sluice {
namespace {

bool SetString(napi_env env, napi_value object, const char* name, const std::string& text) {
  napi_value value;
  return napi_create_string_latin1(env, text.data(), text.size(), &value) == napi_ok &&
         napi_set_named_property(env, object, name, value) == napi_ok;
}

napi_value Versions(napi_env env, napi_callback_info) {
  napi_value result;
  const bool made = napi_create_object(env, &result) == napi_ok && SetString(env, result, "re2", Re2Version()) &&
                    SetString(env, result, "pcre2", Pcre2Version()) &&
                    SetString(env, result, "libinjection", InjectionVersion());
  return made ? result : ThrowStatus(env, "versions");
}

napi_value Register(napi_env env, napi_value exports) {
  auto environment = std::make_unique<Environment>();
  const auto finalize = [](napi_env finalized, void* data, void*) {
    const std::unique_ptr<Environment> own(static_cast<Environment*>(data));
    if (own->regex_class != nullptr) napi_delete_reference(finalized, own->regex_class);
    if (own->groups_memory != nullptr) napi_delete_reference(finalized, own->groups_memory);
    if (own->scan_stats_memory != nullptr) napi_delete_reference(finalized, own->scan_stats_memory);
  };
  if (napi_set_instance_data(env, environment.get(), finalize, nullptr) != napi_ok) return ThrowStatus(env, "load");
  environment.release();
  const napi_property_descriptor versions = {"versions", nullptr, Versions, nullptr,
                                             nullptr,    nullptr, napi_enumerable, nullptr};
  const bool defined = DefineRegex(env, exports) && DefineInjection(env, exports) &&
                       DefineTransformations(env, exports) && DefineScan(env, exports) && DefineScheduling(env, exports) &&
                       napi_define_properties(env, exports, 1, &versions) == napi_ok;
  return defined ? exports : ThrowStatus(env, "load");
}

}  // namespace
}  // namespace sluice

NAPI_MODULE_INIT() { return sluice::Register(env, exports); }
