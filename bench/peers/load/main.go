// A closed loop over HTTP/1.1, and the workload behind it.
//
// Reads an order a line (JSON) on standard input and answers one line (JSON) each; the first line says where the
// workload listens. An order names a corpus, or asks for a run over the last one. bench/server/load.ts describes both.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"syscall"
)

type order struct {
	Corpus string `json:"corpus"`
	Run    *run   `json:"run"`
}

type answer struct {
	*result
	Error string `json:"error,omitempty"`
}

// gcPercent: what the load keeps is small, and its own pauses would be told as the server's.
const gcPercent = 800

func main() {
	debug.SetGCPercent(gcPercent)
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
	var requests *corpus
	for {
		var asked order
		if err := decoder.Decode(&asked); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("an order cannot be read: %w", err)
		}
		line, err := json.Marshal(obey(&asked, &requests))
		if err != nil {
			return err
		}
		output.Write(append(line, '\n'))
	}
}

func obey(asked *order, requests **corpus) answer {
	if asked.Run == nil {
		read, err := readCorpus(asked.Corpus)
		if err != nil {
			return answer{Error: err.Error()}
		}
		*requests = read
		return answer{}
	}
	if *requests == nil {
		return answer{Error: "there is no corpus yet"}
	}
	before := cpuSeconds()
	given, err := asked.Run.do(*requests)
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
