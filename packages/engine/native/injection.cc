// libinjection: SQL injection and cross-site scripting by tokens.
#include "injection.h"

#include <string>

#include "environment.h"
#include "sql_words.h"

// The library is linked from libmodsecurity's static archive, whose package does not carry these declarations.
extern "C" {
const char* libinjection_version(void);
int libinjection_sqli(const char* text, size_t length, char fingerprint[]);
int libinjection_xss(const char* text, size_t length);

struct libinjection_sqli_state;
using LookUp = char (*)(libinjection_sqli_state*, int type, const char* word, size_t length);
void libinjection_sqli_init(libinjection_sqli_state*, const char* text, size_t length, int flags);
void libinjection_sqli_callback(libinjection_sqli_state*, LookUp, void* data);
int libinjection_is_sqli(libinjection_sqli_state*);
char libinjection_sqli_lookup_word(libinjection_sqli_state*, int type, const char* word, size_t length);
}

namespace sluice {
namespace {

// Five tokens and a NUL, in a field that the library declares with eight bytes.
constexpr size_t kFingerprintBytes = 8;

// The library's own state takes some 700 bytes.
constexpr size_t kStateBytes = 4096;

// LOOKUP_FINGERPRINT of libinjection_sqli.h: not a word, but whether the tokens of a value are an injection.
constexpr int kFingerprint = 4;

char LookUpWord(libinjection_sqli_state* state, int type, const char* word, size_t length) {
  if (type == kFingerprint && !MayBeSqlFingerprint(word, length)) return '\0';
  const bool is_own = type != kFingerprint && KnowsSqlWord(word, length);
  return is_own ? SqlWordType(word, length) : libinjection_sqli_lookup_word(state, type, word, length);
}

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

// differingSqlWords(): words of the library, each also in lower case and with a byte more or less, to which this addon gives
// another type than the library; and fingerprints that it takes for none.
napi_value DifferingSqlWords(napi_env env, napi_callback_info) {
  struct Found {
    alignas(16) char state[kStateBytes];
    uint32_t count = 0;
    void Try(const std::string& word) {
      auto* library = reinterpret_cast<libinjection_sqli_state*>(state);
      const char expected = libinjection_sqli_lookup_word(library, 1, word.data(), word.size());
      if (KnowsSqlWord(word.data(), word.size()) && expected != SqlWordType(word.data(), word.size())) count++;
    }
    void TryFingerprint(const std::string& word) {
      if (word[0] == '0' && !MayBeSqlFingerprint(word.data() + 1, word.size() - 1)) count++;
    }
  };
  Found found;
  libinjection_sqli_init(reinterpret_cast<libinjection_sqli_state*>(found.state), "", 0, 0);
  const auto visit = [](const char* text, char, void* data) {
    auto* found = static_cast<Found*>(data);
    std::string word = text;
    found->TryFingerprint(word);
    found->Try(word);
    found->Try(word + "A");
    found->Try(word + std::string(1, '\0'));
    found->Try(word + "\xe9");
    found->Try(word.substr(0, word.size() - 1));
    for (char& byte : word) byte = byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 0x20) : byte;
    found->TryFingerprint(word);
    found->Try(word);
    word.back() = static_cast<char>(word.back() ^ 0x20);
    found->Try(word);
  };
  ForEachSqlWord(visit, &found);
  napi_value result;
  return napi_create_uint32(env, found.count, &result) == napi_ok ? result : ThrowStatus(env, "differingSqlWords");
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
      {"differingSqlWords", nullptr, DifferingSqlWords, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  return napi_define_properties(env, exports, 3, functions) == napi_ok;
}

bool HasSqli(const char* text, size_t length) {
  alignas(16) char memory[kStateBytes];
  auto* state = reinterpret_cast<libinjection_sqli_state*>(memory);
  libinjection_sqli_init(state, text, length, 0);
  libinjection_sqli_callback(state, LookUpWord, nullptr);
  return libinjection_is_sqli(state) != 0;
}

bool HasXss(const char* text, size_t length) { return libinjection_xss(text, length) != 0; }

const char* InjectionVersion() { return libinjection_version(); }

}  // namespace sluice
