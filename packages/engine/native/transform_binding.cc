// The transformations one by one: for long values of forms, and so that tests can hold them to those in TypeScript.
#include <string>

#include "environment.h"

namespace sluice {
namespace {

// What an environment keeps for results between calls at most.
constexpr size_t kResultBytesKept = 1024 * 1024;

const Transformation* ReadTransformation(napi_env env, napi_value name, TextBuffer* text) {
  if (!text->Read(env, name)) return nullptr;
  const Transformation* transformation = FindTransformation(text->data(), text->length());
  if (transformation == nullptr) Throw(env, kNativeFailed, "no native transformation has this name");
  return transformation;
}

napi_value TransformValue(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr) != napi_ok) return ThrowStatus(env, "call");
  Environment* environment = GetEnvironment(env);
  if (environment == nullptr) return nullptr;
  TextBuffer& text = environment->text;
  Bytes& transformed = environment->transformed;
  const Transformation* transformation = ReadTransformation(env, arguments[0], &text);
  if (transformation == nullptr || !text.Read(env, arguments[1])) return nullptr;
  // Where there are sanitizers, the text ends at a page that nobody may read: they see who reads behind it.
  const auto* value = reinterpret_cast<const uint8_t*>(text.data());
  transformed.Clear();
  const bool changed = transformation->apply(value, text.length(), &transformed);
  if (!changed && transformed.failed()) {
    transformed.Clear();
    return Throw(env, kNativeFailed, "out of memory");
  }
  napi_value result;
  const napi_status status =
      changed ? napi_create_string_latin1(env, reinterpret_cast<const char*>(transformed.data()), transformed.size(),
                                          &result)
              : napi_get_null(env, &result);
  text.Release();
  transformed.Release(kResultBytesKept);
  return status == napi_ok ? result : ThrowStatus(env, "transform");
}

// The members of a set that a transformation has, as a string.
template <std::array<uint64_t, 4> Transformation::*kSet>
napi_value BytesOf(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value name;
  if (napi_get_cb_info(env, info, &count, &name, nullptr, nullptr) != napi_ok) return ThrowStatus(env, "call");
  Environment* environment = GetEnvironment(env);
  if (environment == nullptr) return nullptr;
  const Transformation* transformation = ReadTransformation(env, name, &environment->text);
  if (transformation == nullptr) return nullptr;
  std::string bytes;
  for (size_t byte = 0; byte < 256; byte++) {
    if (((transformation->*kSet)[byte / 64] >> (byte % 64) & 1) != 0) bytes += static_cast<char>(byte);
  }
  napi_value result;
  const napi_status status = napi_create_string_latin1(env, bytes.data(), bytes.size(), &result);
  return status == napi_ok ? result : ThrowStatus(env, "bytes");
}

napi_value TransformationNames(napi_env env, napi_callback_info) {
  napi_value names;
  if (napi_create_array_with_length(env, TransformationCount(), &names) != napi_ok) return ThrowStatus(env, "names");
  for (size_t index = 0; index < TransformationCount(); index++) {
    napi_value name;
    const bool set = napi_create_string_latin1(env, TransformationAt(index).name, NAPI_AUTO_LENGTH, &name) == napi_ok &&
                     napi_set_element(env, names, static_cast<uint32_t>(index), name) == napi_ok;
    if (!set) return ThrowStatus(env, "names");
  }
  return names;
}

}  // namespace

bool DefineTransformations(napi_env env, napi_value exports) {
  const napi_property_descriptor functions[] = {
      {"transform", nullptr, TransformValue, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"affectedBytes", nullptr, BytesOf<&Transformation::affected>, nullptr, nullptr, nullptr, napi_enumerable,
       nullptr},
      {"addedBytes", nullptr, BytesOf<&Transformation::added>, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"transformationNames", nullptr, TransformationNames, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  return napi_define_properties(env, exports, 4, functions) == napi_ok;
}

}  // namespace sluice
