// libmodsecurity, timed: reads a question a line (JSON) on standard input, answers one line (JSON) each.
//
// Usage: libmodsecurity-timed RULE-FILE...
//
// The protocol is described in ../protocol.ts. Strings hold one byte a character (latin1), bodies are base64.
#include <modsecurity/modsecurity.h>
#include <modsecurity/rule_message.h>
#include <modsecurity/rules_set.h>
#include <modsecurity/transaction.h>
#include <sys/resource.h>

#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include "json.h"

namespace {

struct Request {
  std::string method;
  std::string uri;
  std::string version;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

Request ReadRequest(const Json& json) {
  const std::string& protocol = json.at("protocol").text;
  // The library prefixes the version with "HTTP/" itself.
  const size_t slash = protocol.find('/');
  Request request{json.at("method").text, json.at("uri").text,
                  slash == std::string::npos ? protocol : protocol.substr(slash + 1), {},
                  Base64Decode(json.at("body").text)};
  for (const Json& header : json.at("headers").items) {
    if (header.items.size() != 2) throw std::runtime_error("a header is no pair");
    request.headers.emplace_back(header.items[0].text, header.items[1].text);
  }
  return request;
}

// Logging costs those who log; that a rule matched is told all the same.
void Log(void* logged, const void*) { ++*static_cast<size_t*>(logged); }

bool Interrupted(modsecurity::Transaction* transaction) {
  modsecurity::ModSecurityIntervention met;
  modsecurity::intervention::clean(&met);
  if (!transaction->intervention(&met)) return false;
  modsecurity::intervention::free(&met);
  return true;
}

const unsigned char* Bytes(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

bool Exchange(modsecurity::Transaction* transaction, const Request& request) {
  transaction->processConnection("192.0.2.1", 40000, "192.0.2.2", 443);
  transaction->processURI(request.uri.c_str(), request.method.c_str(), request.version.c_str());
  for (const auto& [name, value] : request.headers) {
    transaction->addRequestHeader(Bytes(name), name.size(), Bytes(value), value.size());
  }
  transaction->processRequestHeaders();
  if (Interrupted(transaction)) return true;
  if (!request.body.empty()) transaction->appendRequestBody(Bytes(request.body), request.body.size());
  transaction->processRequestBody();
  return Interrupted(transaction);
}

// The whole transaction, its destruction included.
bool Inspect(modsecurity::ModSecurity* engine, modsecurity::RulesSet* rules, const Request& request) {
  size_t logged = 0;
  modsecurity::Transaction transaction(engine, rules, &logged);
  const bool denied = Exchange(&transaction, request);
  transaction.processLogging();
  return denied;
}

// The time of all threads of the process, user and system.
double CpuMicros() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto micros = [](const timeval& time) { return time.tv_sec * 1e6 + static_cast<double>(time.tv_usec); };
  return micros(usage.ru_utime) + micros(usage.ru_stime);
}

std::vector<Request> ReadRequests(const Json& list) {
  std::vector<Request> requests;
  for (const Json& item : list.items) requests.push_back(ReadRequest(item));
  return requests;
}

// Decodes all requests first, so that times are of evaluation alone; those of the lead are inspected before any clock
// is looked at.
std::string InspectAll(modsecurity::ModSecurity* engine, modsecurity::RulesSet* rules, const std::string& line) {
  const Json json = JsonReader(line).Read();
  const std::vector<Request> lead = ReadRequests(json.at("lead"));
  const std::vector<Request> batch = ReadRequests(json.at("requests"));
  std::string denied;
  std::string micros;
  std::vector<double> spent(batch.size());
  std::vector<char> answers(batch.size());
  for (const Request& request : lead) Inspect(engine, rules, request);
  const double cpu = CpuMicros();
  for (size_t index = 0; index < batch.size(); index++) {
    const auto started = std::chrono::steady_clock::now();
    answers[index] = Inspect(engine, rules, batch[index]);
    spent[index] = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - started).count();
  }
  const double cpu_spent = CpuMicros() - cpu;
  for (size_t index = 0; index < batch.size(); index++) {
    const char* const comma = index == 0 ? "" : ",";
    denied += comma + std::string(answers[index] ? "true" : "false");
    micros += comma + std::to_string(spent[index]);
  }
  return "{\"denied\":[" + denied + "],\"wallMicros\":[" + micros +
         "],\"cpuMicros\":" + std::to_string(cpu_spent) + "}";
}

int Run(int count, char** arguments) {
  const auto started = std::chrono::steady_clock::now();
  modsecurity::ModSecurity engine;
  engine.setConnectorInformation("sluice-bench");
  engine.setServerLogCb(Log, modsecurity::RuleMessageLogProperty);
  modsecurity::RulesSet rules;
  for (int index = 1; index < count; index++) {
    if (rules.loadFromUri(arguments[index]) < 0) {
      std::cerr << "libmodsecurity-timed: " << rules.getParserError() << std::endl;
      return 1;
    }
  }
  const std::chrono::duration<double, std::milli> load = std::chrono::steady_clock::now() - started;
  std::cout << "{\"ready\":true,\"version\":\"" << MODSECURITY_MAJOR << '.' << MODSECURITY_MINOR << '.'
            << MODSECURITY_PATCHLEVEL << "\",\"loadMillis\":" << load.count() << '}' << std::endl;
  std::string line;
  while (std::getline(std::cin, line)) std::cout << InspectAll(&engine, &rules, line) << std::endl;
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return Run(count, arguments);
  } catch (const std::exception& error) {
    std::cerr << "libmodsecurity-timed: " << error.what() << std::endl;
    return 1;
  }
}
