// The little JSON that the peers' protocol needs. Strings hold one byte a character (latin1).
#ifndef SLUICE_PEERS_JSON_H_
#define SLUICE_PEERS_JSON_H_

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

struct Json {
  enum class Kind { kNull, kNumber, kString, kList, kObject };
  Kind kind = Kind::kNull;
  double number = 0;
  std::string text;
  std::vector<Json> items;
  std::map<std::string, Json> fields;

  // Null where there is no such field.
  const Json& at(const std::string& name) const {
    static const Json kAbsent;
    const auto found = fields.find(name);
    return found == fields.end() ? kAbsent : found->second;
  }
};

// Throws std::runtime_error on text that is not JSON, or that holds a character above 0xff.
class JsonReader {
 public:
  explicit JsonReader(const std::string& text) : text_(text) {}

  Json Read() {
    Json value = ReadValue(0);
    SkipBlanks();
    if (at_ != text_.size()) Fail("text after the value");
    return value;
  }

 private:
  static constexpr int kDepthMax = 8;

  [[noreturn]] void Fail(const char* what) const {
    throw std::runtime_error(std::string(what) + " at byte " + std::to_string(at_));
  }

  void SkipBlanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r')) at_++;
  }

  bool Take(char wanted) {
    SkipBlanks();
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    at_++;
    return true;
  }

  Json ReadValue(int depth) {
    if (depth > kDepthMax) Fail("nested too deeply");
    Json value;
    SkipBlanks();
    const char first = at_ < text_.size() ? text_[at_] : '\0';
    if (first == '"') {
      value.kind = Json::Kind::kString;
      value.text = ReadString();
    } else if (Take('[')) {
      value.kind = Json::Kind::kList;
      if (Take(']')) return value;
      do value.items.push_back(ReadValue(depth + 1));
      while (Take(','));
      if (!Take(']')) Fail("a list has no end");
    } else if (Take('{')) {
      value.kind = Json::Kind::kObject;
      if (Take('}')) return value;
      do {
        SkipBlanks();
        std::string name = ReadString();
        if (!Take(':')) Fail("a field has no value");
        value.fields[std::move(name)] = ReadValue(depth + 1);
      } while (Take(','));
      if (!Take('}')) Fail("an object has no end");
    } else if (text_.compare(at_, 4, "null") == 0) {
      at_ += 4;
    } else {
      size_t used = 0;
      value.kind = Json::Kind::kNumber;
      value.number = std::stod(text_.substr(at_, 24), &used);
      at_ += used;
    }
    return value;
  }

  std::string ReadString() {
    if (!Take('"')) Fail("a string was expected");
    std::string bytes;
    while (at_ < text_.size() && text_[at_] != '"') {
      const unsigned char byte = static_cast<unsigned char>(text_[at_++]);
      if (byte == '\\') {
        bytes.push_back(ReadEscape());
      } else if (byte < 0x80) {
        bytes.push_back(static_cast<char>(byte));
      } else {
        // Characters 0x80 to 0xff are two bytes in UTF-8, of which the first is 0xc2 or 0xc3.
        if (byte > 0xc3 || at_ == text_.size()) Fail("a character is no byte");
        bytes.push_back(static_cast<char>(((byte & 3) << 6) | (text_[at_++] & 0x3f)));
      }
    }
    if (!Take('"')) Fail("a string has no end");
    return bytes;
  }

  char ReadEscape() {
    if (at_ == text_.size()) Fail("a string has no end");
    const char letter = text_[at_++];
    switch (letter) {
      case 'b': return '\b';
      case 'f': return '\f';
      case 'n': return '\n';
      case 'r': return '\r';
      case 't': return '\t';
      case 'u': {
        const int code = std::stoi(text_.substr(at_, 4), nullptr, 16);
        if (code > 0xff) Fail("a character is no byte");
        at_ += 4;
        return static_cast<char>(code);
      }
      default: return letter;
    }
  }

  const std::string& text_;
  size_t at_ = 0;
};

inline std::string JsonQuote(const std::string& bytes) {
  static const char* const kDigits = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char character : bytes) {
    const unsigned char byte = static_cast<unsigned char>(character);
    if (byte < 0x20 || byte > 0x7e || byte == '"' || byte == '\\') {
      quoted += "\\u00";
      quoted += kDigits[byte >> 4];
      quoted += kDigits[byte & 15];
    } else {
      quoted += character;
    }
  }
  return quoted + '"';
}

// Padding and foreign characters end the text.
inline std::string Base64Decode(const std::string& text) {
  static const std::string kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned value = 0;
  int bits = 0;
  for (const char character : text) {
    const size_t digit = kAlphabet.find(character);
    if (digit == std::string::npos) break;
    value = (value << 6) | static_cast<unsigned>(digit);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<char>((value >> bits) & 0xff));
  }
  return bytes;
}

#endif  // SLUICE_PEERS_JSON_H_
