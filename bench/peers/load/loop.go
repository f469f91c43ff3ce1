package main

import (
	"bufio"
	"fmt"
	"math"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

type run struct {
	Port        int `json:"port"`
	Connections int `json:"connections"`
	Millis      int `json:"millis"`
	// The number of the first request, and the status that each is expected to get.
	From     uint64 `json:"from"`
	Expected int    `json:"expected"`
	// Requests a second, begun at random times; 0: each as soon as its connection is free.
	Rate float64 `json:"rate"`
}

// Times are microseconds. Surprises are numbers of requests with another status than was expected.
type result struct {
	Requests int            `json:"requests"`
	Seconds  float64        `json:"seconds"`
	P50      float64        `json:"p50Us"`
	P99      float64        `json:"p99Us"`
	P999     float64        `json:"p999Us"`
	Mean     float64        `json:"meanUs"`
	Statuses map[string]int `json:"statuses"`
	Broken   int            `json:"broken"`
	// The number of the first request that was not sent.
	Next       uint64   `json:"next"`
	Surprises  []uint64 `json:"surprises"`
	CPUSeconds float64  `json:"cpuSeconds"`
}

const (
	surprisesMax = 1000
	// A server that has not answered by then will not.
	answerTimeMax = 5 * time.Minute
)

// client is one connection of the loop, and what it saw.
type client struct {
	micros    []float64
	statuses  map[int]int
	surprises []uint64
	broken    int
	failure   error
}

// do sends requests until the time is over, then waits for those that are on their way: a server that still works on
// what nobody waits for would spoil the next run.
func (asked *run) do(requests *corpus) (*result, error) {
	var next atomic.Uint64
	next.Store(asked.From)
	clients := make([]client, asked.Connections)
	started := time.Now()
	until := started.Add(time.Duration(asked.Millis) * time.Millisecond)
	pace := asked.pace(until)
	var all sync.WaitGroup
	for index := range clients {
		all.Go(func() { clients[index].loop(asked, requests, &next, until, pace) })
	}
	all.Wait()
	given, err := gather(clients, time.Since(started).Seconds())
	if err != nil {
		return nil, err
	}
	given.Next = next.Load()
	return given, nil
}

func (self *client) loop(asked *run, requests *corpus, next *atomic.Uint64, until time.Time, pace *pace) {
	self.statuses = map[int]int{}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(asked.Port))
	// However short the time is, and however busy the machine: each sends one.
	for first, more := true, true; self.failure == nil && more && (first || time.Now().Before(until)); first = false {
		peer, err := net.Dial("tcp", address)
		if err != nil {
			self.failure = err
			return
		}
		more = self.converse(peer, asked, requests, next, until, pace)
		peer.Close()
	}
}

// converse sends requests over a connection, one at least in a closed loop, until its end (true), or the time is over.
func (self *client) converse(peer net.Conn, asked *run, requests *corpus, next *atomic.Uint64, until time.Time, pace *pace) bool {
	reader := bufio.NewReaderSize(peer, bufferBytes)
	var buffer []byte
	line := make([]byte, 0, bufferBytes)
	for first := true; ; first = false {
		started, isOne := pace.wait(until, first)
		if !isOne {
			return false
		}
		number := next.Add(1) - 1
		buffer = requests.write(buffer, number)
		if peer.SetDeadline(time.Now().Add(answerTimeMax)) != nil {
			return true
		}
		if _, err := peer.Write(buffer); err != nil {
			self.broken++
			return true
		}
		answer, err := readMessage(reader, line)
		if err != nil {
			self.broken++
			return true
		}
		self.micros = append(self.micros, float64(time.Since(started).Nanoseconds())/1000)
		status, err := statusOf(answer.line)
		if err != nil {
			self.failure = err
			return false
		}
		self.statuses[status]++
		if status != asked.Expected && len(self.surprises) < surprisesMax {
			self.surprises = append(self.surprises, number)
		}
		if answer.closes {
			return true
		}
	}
}

func statusOf(line []byte) (int, error) {
	if len(line) < len("HTTP/1.1 200") {
		return 0, errHead
	}
	return strconv.Atoi(string(line[9:12]))
}

func gather(clients []client, seconds float64) (*result, error) {
	total := result{Seconds: seconds, Statuses: map[string]int{}, Surprises: []uint64{}}
	var micros []float64
	for index := range clients {
		each := &clients[index]
		if each.failure != nil {
			return nil, each.failure
		}
		micros = append(micros, each.micros...)
		total.Broken += each.broken
		total.Surprises = append(total.Surprises, each.surprises...)
		for status, count := range each.statuses {
			total.Statuses[fmt.Sprint(status)] += count
		}
	}
	slices.Sort(total.Surprises)
	total.Requests = len(micros)
	if total.Requests == 0 {
		return &total, nil
	}
	slices.Sort(micros)
	for _, each := range micros {
		total.Mean += each / float64(len(micros))
	}
	total.P50, total.P99, total.P999 = nearest(micros, 0.5), nearest(micros, 0.99), nearest(micros, 0.999)
	return &total, nil
}

// nearest is the nearest rank.
func nearest(sorted []float64, part float64) float64 {
	return sorted[max(0, int(math.Ceil(part*float64(len(sorted))))-1)]
}
