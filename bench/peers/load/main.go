// A closed or an open loop over HTTP/1.1, uploads beside it, and the workload behind them.
//
// Reads an order a line (JSON) on standard input and answers one line (JSON) each; the first line says where the
// workload listens. An order names a corpus, asks for a run over the last one, or opens a crowd of uploads, or closes it.
// bench/server/load.ts describes them.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
)

type order struct {
	Corpus string `json:"corpus"`
	Run    *run   `json:"run"`
	// Opens a crowd; only one is open at a time.
	Uploads *uploads `json:"uploads"`
	// Closes it, and is answered by what it saw.
	Close bool `json:"close"`
}

type answer struct {
	*result
	Crowd *crowdResult `json:"crowd,omitempty"`
	Error string       `json:"error,omitempty"`
}

// gcPercent: what the load keeps is small, and its own pauses would be told as the server's.
const gcPercent = 800

const threadsMin = 2

func main() {
	debug.SetGCPercent(gcPercent)
	// A thread that sleeps in the kernel keeps what runs goroutines for a while: there is another.
	runtime.GOMAXPROCS(max(threadsMin, runtime.NumCPU()))
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "load: %v\n", err)
		os.Exit(1)
	}
}

func serve(input io.Reader, output io.Writer) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go serveWorkload(listener)
	fmt.Fprintf(output, "{\"ready\":true,\"workload\":%d}\n", listener.Addr().(*net.TCPAddr).Port)
	decoder := json.NewDecoder(bufio.NewReader(input))
	var state state
	for {
		var asked order
		if err := decoder.Decode(&asked); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("an order cannot be read: %w", err)
		}
		line, err := json.Marshal(state.obey(&asked))
		if err != nil {
			return err
		}
		output.Write(append(line, '\n'))
	}
}

// state is what an order leaves for the next.
type state struct {
	requests *corpus
	crowd    *crowd
}

func (self *state) obey(asked *order) answer {
	switch {
	case asked.Uploads != nil && self.crowd != nil:
		return answer{Error: "there are uploads already"}
	case asked.Uploads != nil:
		self.crowd = asked.Uploads.open()
		return answer{}
	case asked.Close && self.crowd == nil:
		return answer{Error: "there are no uploads"}
	case asked.Close:
		seen := self.crowd.close()
		self.crowd = nil
		return answer{Crowd: seen}
	case asked.Run != nil:
		return self.run(asked.Run)
	}
	read, err := readCorpus(asked.Corpus)
	if err != nil {
		return answer{Error: err.Error()}
	}
	self.requests = read
	return answer{}
}

func (self *state) run(asked *run) answer {
	if self.requests == nil {
		return answer{Error: "there is no corpus yet"}
	}
	before := cpuSeconds()
	given, err := asked.do(self.requests)
	if err != nil {
		return answer{Error: err.Error()}
	}
	given.CPUSeconds = cpuSeconds() - before
	return answer{result: given}
}

// cpuSeconds is the time of all threads, user and system.
func cpuSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}
