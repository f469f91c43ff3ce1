// libmodsecurity as an oracle: reads one request a line (JSON) on standard input, answers one line (JSON) each.
//
// Usage: modsecurity-peer RULE-FILE...
//
// The protocol is described in ../peer.ts. Strings hold one byte a character (latin1), bodies are base64.
#include <modsecurity/modsecurity.h>
#include <modsecurity/rule_message.h>
#include <modsecurity/rules_set.h>
#include <modsecurity/transaction.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "json.h"

namespace {

constexpr const char* kScores[] = {
    "blocking_inbound_anomaly_score",
    "detection_inbound_anomaly_score",
    "blocking_outbound_anomaly_score",
    "detection_outbound_anomaly_score",
};

struct Message {
  int status;
  std::string protocol;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

Message ReadMessage(const Json& json) {
  Message message{static_cast<int>(json.at("status").number), json.at("protocol").text, {},
                  Base64Decode(json.at("body").text)};
  for (const Json& header : json.at("headers").items) {
    if (header.items.size() != 2) throw std::runtime_error("a header is no pair");
    message.headers.emplace_back(header.items[0].text, header.items[1].text);
  }
  return message;
}

void Log(void* logged, const void* entry) {
  static_cast<std::vector<int>*>(logged)->push_back(
      static_cast<const modsecurity::RuleMessage*>(entry)->m_ruleId);
}

// Whether the transaction was interrupted; says with what.
bool Interrupted(modsecurity::Transaction* transaction, std::vector<int>* logged, std::string* interruption) {
  modsecurity::ModSecurityIntervention met;
  modsecurity::intervention::clean(&met);
  if (!transaction->intervention(&met)) return false;
  // What interrupts is logged with the intervention instead of by the callback.
  std::string id = "null";
  for (const modsecurity::RuleMessage& message : transaction->m_rulesMessages) {
    if (!message.m_isDisruptive) continue;
    id = std::to_string(message.m_ruleId);
    logged->push_back(message.m_ruleId);
  }
  *interruption =
      "{\"ruleId\":" + id + ",\"action\":\"deny\",\"status\":" + std::to_string(met.status) + "}";
  modsecurity::intervention::free(&met);
  return true;
}

const unsigned char* Bytes(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

void Exchange(modsecurity::Transaction* transaction, const std::string& method, const std::string& uri,
              const Message& in, const Message* out, std::vector<int>* logged, std::string* interruption) {
  transaction->processConnection("127.0.0.1", 40000, "127.0.0.1", 80);
  // The library prefixes the version with "HTTP/" itself.
  const size_t slash = in.protocol.find('/');
  const std::string version = slash == std::string::npos ? in.protocol : in.protocol.substr(slash + 1);
  transaction->processURI(uri.c_str(), method.c_str(), version.c_str());
  for (const auto& [name, value] : in.headers) {
    transaction->addRequestHeader(Bytes(name), name.size(), Bytes(value), value.size());
  }
  transaction->processRequestHeaders();
  if (Interrupted(transaction, logged, interruption)) return;
  if (!in.body.empty()) transaction->appendRequestBody(Bytes(in.body), in.body.size());
  transaction->processRequestBody();
  if (Interrupted(transaction, logged, interruption) || out == nullptr) return;
  for (const auto& [name, value] : out->headers) {
    transaction->addResponseHeader(Bytes(name), name.size(), Bytes(value), value.size());
  }
  transaction->processResponseHeaders(out->status, out->protocol);
  if (Interrupted(transaction, logged, interruption)) return;
  if (!out->body.empty()) transaction->appendResponseBody(Bytes(out->body), out->body.size());
  transaction->processResponseBody();
  Interrupted(transaction, logged, interruption);
}

std::string ScoresOf(const modsecurity::Transaction& transaction) {
  std::string scores;
  for (const char* name : kScores) {
    const auto value = transaction.m_collections.m_tx_collection->resolveFirst(name);
    if (value == nullptr) continue;
    scores += (scores.empty() ? "" : ",") + JsonQuote(name) + ":" + JsonQuote(*value);
  }
  return "{" + scores + "}";
}

// Decodes first, so that the time is the evaluation's alone.
std::string Inspect(modsecurity::ModSecurity* engine, modsecurity::RulesSet* rules, const std::string& line) {
  const Json json = JsonReader(line).Read();
  const Message in = ReadMessage(json);
  const bool answered = json.at("response").kind == Json::Kind::kObject;
  const Message out = ReadMessage(json.at("response"));
  std::vector<int> logged;
  std::string interruption = "null";
  const auto started = std::chrono::steady_clock::now();
  modsecurity::Transaction transaction(engine, rules, &logged);
  Exchange(&transaction, json.at("method").text, json.at("uri").text, in, answered ? &out : nullptr,
           &logged, &interruption);
  transaction.processLogging();
  const auto spent = std::chrono::steady_clock::now() - started;
  std::string ids;
  for (const int id : logged) ids += (ids.empty() ? "" : ",") + std::to_string(id);
  const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(spent).count();
  return "{\"ruleIds\":[" + ids + "],\"interruption\":" + interruption +
         ",\"scores\":" + ScoresOf(transaction) + ",\"nanoseconds\":" + std::to_string(nanoseconds) + "}";
}

int Run(int count, char** arguments) {
  modsecurity::ModSecurity engine;
  engine.setConnectorInformation("sluice-peer");
  engine.setServerLogCb(Log, modsecurity::RuleMessageLogProperty);
  modsecurity::RulesSet rules;
  for (int index = 1; index < count; index++) {
    if (rules.loadFromUri(arguments[index]) < 0) {
      std::cerr << "modsecurity-peer: " << rules.getParserError() << std::endl;
      return 1;
    }
  }
  std::cout << "{\"ready\":true}" << std::endl;
  std::string line;
  while (std::getline(std::cin, line)) std::cout << Inspect(&engine, &rules, line) << std::endl;
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return Run(count, arguments);
  } catch (const std::exception& error) {
    std::cerr << "modsecurity-peer: " << error.what() << std::endl;
    return 1;
  }
}
