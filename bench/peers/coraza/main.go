// Coraza as an oracle: reads one request a line (JSON) on standard input, answers one line (JSON) each.
//
// Usage: coraza-peer [--rx-prefilter] RULE-FILE...
//
// The protocol is described in ../peer.ts. Strings hold one byte a character (latin1), bodies are base64.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"github.com/corazawaf/coraza/v3"
	"github.com/corazawaf/coraza/v3/experimental/plugins/plugintypes"
	"github.com/corazawaf/coraza/v3/types"
)

type message struct {
	Status   int         `json:"status"`
	Protocol string      `json:"protocol"`
	Headers  [][2]string `json:"headers"`
	Body     []byte      `json:"body"`
}

type request struct {
	message
	Method   string   `json:"method"`
	URI      string   `json:"uri"`
	Response *message `json:"response"`
}

type interruption struct {
	RuleID int    `json:"ruleId"`
	Action string `json:"action"`
	Status int    `json:"status"`
}

type answer struct {
	RuleIDs      []int             `json:"ruleIds"`
	Interruption *interruption     `json:"interruption"`
	Scores       map[string]string `json:"scores"`
	Nanoseconds  int64             `json:"nanoseconds"`
	// Set where the engine failed on this request; the next one is answered all the same.
	Error string `json:"error,omitempty"`
}

var scoreNames = []string{
	"blocking_inbound_anomaly_score", "detection_inbound_anomaly_score",
	"blocking_outbound_anomaly_score", "detection_outbound_anomaly_score",
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "coraza-peer: %v\n", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	logged := []int{}
	waf, err := newWAF(arguments, func(rule types.MatchedRule) { logged = append(logged, rule.Rule().ID()) })
	if err != nil {
		return err
	}
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	output := bufio.NewWriter(os.Stdout)
	fmt.Fprintln(output, `{"ready":true}`)
	decoder := json.NewDecoder(input)
	for output.Flush() == nil {
		var asked request
		if err := decoder.Decode(&asked); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("a request cannot be read: %w", err)
		}
		logged = logged[:0]
		given, err := inspect(waf, &asked)
		if err != nil {
			given.Error = err.Error()
		}
		given.RuleIDs = logged
		line, err := json.Marshal(given)
		if err != nil {
			return err
		}
		output.Write(append(line, '\n'))
	}
	return nil
}

func newWAF(arguments []string, log func(types.MatchedRule)) (coraza.WAF, error) {
	config := coraza.NewWAFConfig().WithErrorCallback(log)
	for _, argument := range arguments {
		if argument == "--rx-prefilter" {
			config = config.WithDirectives("SecRxPreFilter On")
		} else {
			config = config.WithDirectivesFromFile(argument)
		}
	}
	return coraza.NewWAF(config)
}

// inspect decodes first, so that the time is the evaluation's alone.
func inspect(waf coraza.WAF, asked *request) (given answer, err error) {
	in, method, uri := asked.bytes(), bytesOf(asked.Method), bytesOf(asked.URI)
	var out *message
	if asked.Response != nil {
		response := asked.Response.bytes()
		out = &response
	}
	// What panics is a fault of the peer, and belongs to one request.
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic: %v\n%s", reason, debug.Stack())
		}
	}()
	started := time.Now()
	tx := waf.NewTransaction()
	defer tx.Close()
	err = exchange(tx, method, uri, &in, out)
	tx.ProcessLogging()
	given.Nanoseconds = time.Since(started).Nanoseconds()
	if met := tx.Interruption(); met != nil {
		given.Interruption = &interruption{met.RuleID, met.Action, met.Status}
	}
	given.Scores = scoresOf(tx)
	return given, err
}

func exchange(tx types.Transaction, method, uri string, in, out *message) error {
	tx.ProcessConnection("127.0.0.1", 40000, "127.0.0.1", 80)
	tx.ProcessURI(uri, method, in.Protocol)
	for _, header := range in.Headers {
		tx.AddRequestHeader(header[0], header[1])
	}
	if tx.ProcessRequestHeaders() != nil {
		return nil
	}
	if len(in.Body) > 0 {
		if met, _, err := tx.WriteRequestBody(in.Body); met != nil || err != nil {
			return err
		}
	}
	if met, err := tx.ProcessRequestBody(); met != nil || err != nil || out == nil {
		return err
	}
	for _, header := range out.Headers {
		tx.AddResponseHeader(header[0], header[1])
	}
	if tx.ProcessResponseHeaders(out.Status, out.Protocol) != nil {
		return nil
	}
	if tx.IsResponseBodyProcessable() && len(out.Body) > 0 {
		if met, _, err := tx.WriteResponseBody(out.Body); met != nil || err != nil {
			return err
		}
	}
	_, err := tx.ProcessResponseBody()
	return err
}

func scoresOf(tx types.Transaction) map[string]string {
	scores := map[string]string{}
	if state, ok := tx.(plugintypes.TransactionState); ok {
		for _, name := range scoreNames {
			if values := state.Variables().TX().Get(name); len(values) > 0 {
				scores[name] = values[0]
			}
		}
	}
	return scores
}

func (given *message) bytes() message {
	headers := make([][2]string, len(given.Headers))
	for index, header := range given.Headers {
		headers[index] = [2]string{bytesOf(header[0]), bytesOf(header[1])}
	}
	return message{given.Status, bytesOf(given.Protocol), headers, given.Body}
}

// bytesOf turns latin1 in a JSON string into the bytes that it stands for.
func bytesOf(text string) string {
	bytes := make([]byte, 0, len(text))
	for _, character := range text {
		bytes = append(bytes, byte(character))
	}
	return string(bytes)
}
