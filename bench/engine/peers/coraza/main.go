// Coraza, timed: reads a question a line (JSON) on standard input, answers one line (JSON) each.
//
// Usage: coraza-timed [--rx-prefilter] RULE-FILE...
//
// The protocol is described in ../protocol.ts. Strings hold one byte a character (latin1), bodies are base64.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/corazawaf/coraza/v3"
	"github.com/corazawaf/coraza/v3/types"
)

type request struct {
	Method   string      `json:"method"`
	URI      string      `json:"uri"`
	Protocol string      `json:"protocol"`
	Headers  [][2]string `json:"headers"`
	Body     []byte      `json:"body"`
}

type question struct {
	Lead     []request `json:"lead"`
	Requests []request `json:"requests"`
}

type answer struct {
	Denied     []bool    `json:"denied"`
	WallMicros []float64 `json:"wallMicros"`
	CPUMicros  float64   `json:"cpuMicros"`
	Error      string    `json:"error,omitempty"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "coraza-timed: %v\n", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	// Logging costs those who log; that a rule matched is told all the same.
	logged := 0
	started := time.Now()
	waf, err := newWAF(arguments, func(types.MatchedRule) { logged++ })
	if err != nil {
		return err
	}
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	output := bufio.NewWriter(os.Stdout)
	load := float64(time.Since(started).Microseconds()) / 1000
	fmt.Fprintf(output, "{\"ready\":true,\"version\":%q,\"loadMillis\":%f}\n", version(), load)
	decoder := json.NewDecoder(input)
	for output.Flush() == nil {
		var asked question
		if err := decoder.Decode(&asked); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("a question cannot be read: %w", err)
		}
		line, err := json.Marshal(inspectAll(waf, asked.Lead, asked.Requests))
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

func version() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == "github.com/corazawaf/coraza/v3" {
			return fmt.Sprintf("%s on %s", module.Version[1:], info.GoVersion)
		}
	}
	return "unknown"
}

// inspectAll decodes all requests first, so that times are of evaluation alone; the clock of the processor counts
// what the collector does meanwhile. Those of the lead are inspected before any clock is looked at.
func inspectAll(waf coraza.WAF, lead, batch []request) (given answer) {
	for index := range lead {
		lead[index].decode()
	}
	for index := range batch {
		batch[index].decode()
	}
	given.Denied = make([]bool, len(batch))
	given.WallMicros = make([]float64, len(batch))
	defer func() {
		if reason := recover(); reason != nil {
			given.Error = fmt.Sprintf("panic: %v\n%s", reason, debug.Stack())
		}
	}()
	for index := range lead {
		if _, err := inspect(waf, &lead[index]); err != nil {
			given.Error = err.Error()
		}
	}
	cpu := cpuMicros()
	for index := range batch {
		started := time.Now()
		denied, err := inspect(waf, &batch[index])
		given.WallMicros[index] = float64(time.Since(started).Nanoseconds()) / 1000
		given.Denied[index] = denied
		if err != nil {
			given.Error = err.Error()
		}
	}
	given.CPUMicros = cpuMicros() - cpu
	return given
}

// inspect is the whole transaction, its return to Coraza's pool included.
func inspect(waf coraza.WAF, asked *request) (bool, error) {
	tx := waf.NewTransaction()
	err := exchange(tx, asked)
	tx.ProcessLogging()
	denied := tx.IsInterrupted()
	return denied, errors.Join(err, tx.Close())
}

func exchange(tx types.Transaction, asked *request) error {
	tx.ProcessConnection("192.0.2.1", 40000, "192.0.2.2", 443)
	tx.ProcessURI(asked.URI, asked.Method, asked.Protocol)
	for _, header := range asked.Headers {
		tx.AddRequestHeader(header[0], header[1])
	}
	if tx.ProcessRequestHeaders() != nil {
		return nil
	}
	if len(asked.Body) > 0 {
		if met, _, err := tx.WriteRequestBody(asked.Body); met != nil || err != nil {
			return err
		}
	}
	_, err := tx.ProcessRequestBody()
	return err
}

// cpuMicros is the time of all threads of the process, user and system.
func cpuMicros() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1000
}

func (asked *request) decode() {
	asked.Method, asked.URI, asked.Protocol = bytesOf(asked.Method), bytesOf(asked.URI), bytesOf(asked.Protocol)
	for index, header := range asked.Headers {
		asked.Headers[index] = [2]string{bytesOf(header[0]), bytesOf(header[1])}
	}
}

// bytesOf turns latin1 in a JSON string into the bytes that it stands for.
func bytesOf(text string) string {
	bytes := make([]byte, 0, len(text))
	for _, character := range text {
		bytes = append(bytes, byte(character))
	}
	return string(bytes)
}
