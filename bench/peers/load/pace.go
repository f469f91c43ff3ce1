package main

import (
	"math"
	"runtime"
	"syscall"
	"time"
)

// A pace says when requests begin: those of a closed loop as soon as a connection is free, those of an open loop at random times
// at a rate (Poisson), whatever became of the others. A request that finds no free connection waits, and that counts.
type pace struct {
	// Nil in a closed loop.
	beginnings chan time.Time
}

// arrivalsWaiting may not have found a connection; what comes beyond waits uncounted, which only a server that has stopped sees.
const arrivalsWaiting = 1 << 20

func (asked *run) pace(until time.Time) *pace {
	if asked.Rate <= 0 {
		return &pace{}
	}
	own := &pace{beginnings: make(chan time.Time, arrivalsWaiting)}
	go own.begin(asked.Rate, asked.From, until)
	return own
}

// begin sleeps in the kernel on a thread of its own: timers of the runtime are up to a millisecond late where nothing else runs.
func (self *pace) begin(rate float64, seed uint64, until time.Time) {
	runtime.LockOSThread()
	defer close(self.beginnings)
	state := seed
	for next := time.Now(); ; {
		part := float64(splitMix(&state)>>11) / (1 << 53)
		next = next.Add(time.Duration(-math.Log(1-part) / rate * float64(time.Second)))
		if next.After(until) {
			return
		}
		if wait := time.Until(next); wait > 0 {
			left := syscall.NsecToTimespec(int64(wait))
			// What ends early is a request that begins early.
			_ = syscall.Nanosleep(&left, nil)
		}
		self.beginnings <- time.Now()
	}
}

// wait tells when the next request begins; false where there is none.
func (self *pace) wait(until time.Time, first bool) (time.Time, bool) {
	if self.beginnings == nil {
		now := time.Now()
		return now, first || now.Before(until)
	}
	beginning, isOpen := <-self.beginnings
	return beginning, isOpen
}
