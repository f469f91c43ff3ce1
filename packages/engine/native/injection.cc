// libinjection: SQL injection and cross-site scripting by tokens.
#include "injection.h"

#include "environment.h"

// The library is linked from libmodsecurity's static archive, whose package does not carry these declarations.
extern "C" {
const char* libinjection_version(void);
int libinjection_sqli(const char* text, size_t length, char fingerprint[]);
int libinjection_xss(const char* text, size_t length);
}

namespace sluice {
namespace {

// Five tokens and a NUL, in a field that the library declares with eight bytes.
constexpr size_t kFingerprintBytes = 8;

TextBuffer* ReadArgument(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value value;
  if (napi_get_cb_info(env, info, &count, &value, nullptr, nullptr) != napi_ok) {
    ThrowStatus(env, "call");
    return nullptr;
  }
  Environment* environment = GetEnvironment(env);
  if (environment == nullptr || !environment->text.Read(env, value)) return nullptr;
  return &environment->text;
}

napi_value DetectSqli(napi_env env, napi_callback_info info) {
  TextBuffer* text = ReadArgument(env, info);
  if (text == nullptr) return nullptr;
  char fingerprint[kFingerprintBytes] = "";
  const bool found = libinjection_sqli(text->data(), text->length(), fingerprint) != 0;
  text->Release();
  napi_value result;
  const napi_status status = found ? napi_create_string_latin1(env, fingerprint, NAPI_AUTO_LENGTH, &result)
                                   : napi_get_null(env, &result);
  return status == napi_ok ? result : ThrowStatus(env, "detectSqli");
}

napi_value DetectXss(napi_env env, napi_callback_info info) {
  TextBuffer* text = ReadArgument(env, info);
  if (text == nullptr) return nullptr;
  const bool found = libinjection_xss(text->data(), text->length()) != 0;
  text->Release();
  napi_value result;
  return napi_get_boolean(env, found, &result) == napi_ok ? result : ThrowStatus(env, "detectXss");
}

}  // namespace

bool DefineInjection(napi_env env, napi_value exports) {
  const napi_property_descriptor functions[] = {
      {"detectSqli", nullptr, DetectSqli, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"detectXss", nullptr, DetectXss, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  return napi_define_properties(env, exports, 2, functions) == napi_ok;
}

bool HasSqli(const char* text, size_t length) {
  char fingerprint[kFingerprintBytes] = "";
  return libinjection_sqli(text, length, fingerprint) != 0;
}

bool HasXss(const char* text, size_t length) { return libinjection_xss(text, length) != 0; }

const char* InjectionVersion() { return libinjection_version(); }

}  // namespace sluice
