package main

import (
	"bufio"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// uploads is a crowd of requests with bodies: one after another on each of so many connections, until the crowd is told to end.
type uploads struct {
	Port  int `json:"port"`
	Count int `json:"count"`
	// The connections take them in turn.
	Bodies []uploadBody `json:"bodies"`
	// Between two pieces of a body; 0 sends as fast as it is taken.
	PeriodMillis int `json:"periodMillis"`
	// In which they are opened, one after another.
	RampMillis int `json:"rampMillis"`
}

type uploadBody struct {
	// "file" is multipart, "form" urlencoded.
	Kind string `json:"kind"`
	// Of the whole body, announced as its length.
	Bytes int `json:"bytes"`
	// What is sent at once, and in each piece that follows.
	FirstBytes int `json:"firstBytes"`
	PieceBytes int `json:"pieceBytes"`
}

type crowdResult struct {
	// Under way when the crowd was told to end.
	Open int `json:"open"`
	// Answers by status: to whole bodies, and to those that were not.
	Finished map[string]int `json:"finished"`
	Refused  map[string]int `json:"refused"`
	// Connections that were closed without an answer.
	Broken    int `json:"broken"`
	SentBytes int `json:"sentBytes"`
}

const (
	fileHead = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n" +
		"content-type: application/octet-stream\r\n\r\n"
	fileType = "multipart/form-data; boundary=b"
	fileText = "file content, "
	fileEnd  = "\r\n--b--\r\n"
	formHead = "note="
	formType = "application/x-www-form-urlencoded"
	formText = "ordinary+words+"
)

type crowd struct {
	stop   chan struct{}
	all    sync.WaitGroup
	lock   sync.Mutex
	result crowdResult
}

// open returns once each connection has sent its first bytes, or could not.
func (asked *uploads) open() *crowd {
	opened := &crowd{
		stop:   make(chan struct{}),
		result: crowdResult{Finished: map[string]int{}, Refused: map[string]int{}},
	}
	var begun sync.WaitGroup
	for index := range asked.Count {
		begun.Add(1)
		told := sync.OnceFunc(begun.Done)
		opened.all.Go(func() {
			defer told()
			select {
			case <-opened.stop:
			case <-time.After(time.Duration(asked.RampMillis) * time.Millisecond * time.Duration(index) / time.Duration(asked.Count)):
			}
			for opened.upload(asked, &asked.Bodies[index%len(asked.Bodies)], told) {
			}
		})
	}
	begun.Wait()
	return opened
}

// close ends what is under way in the middle.
func (self *crowd) close() *crowdResult {
	close(self.stop)
	self.all.Wait()
	return &self.result
}

// upload is one request on a connection of its own; false where there is to be no other.
func (self *crowd) upload(asked *uploads, kind *uploadBody, begun func()) bool {
	peer, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(asked.Port)))
	if err != nil {
		self.count(func(result *crowdResult) { result.Broken++ })
		return false
	}
	defer peer.Close()
	sending := &sending{peer: peer, body: kind}
	answer := make(chan int, 1)
	go readStatus(peer, answer)
	whole := make(chan struct{})
	pause := time.Duration(asked.PeriodMillis) * time.Millisecond
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if sending.run(begun, pause, self.stop) {
			close(whole)
		}
	}()
	again := self.await(answer, whole)
	// A write that waits for the other side ends with the connection.
	peer.Close()
	<-ended
	self.count(func(result *crowdResult) { result.SentBytes += sending.sent })
	return again
}

func (self *crowd) await(answer <-chan int, whole <-chan struct{}) bool {
	select {
	case <-self.stop:
		self.count(func(result *crowdResult) { result.Open++ })
		return false
	case status := <-answer:
		finished := false
		select {
		case <-whole:
			finished = true
		default:
		}
		self.count(func(result *crowdResult) {
			switch {
			case status == 0:
				result.Broken++
			case finished:
				result.Finished[fmt.Sprint(status)]++
			default:
				result.Refused[fmt.Sprint(status)]++
			}
		})
		// Who was refused once is refused: a crowd that comes again and again is another test.
		return finished
	}
}

func (self *crowd) count(change func(*crowdResult)) {
	self.lock.Lock()
	defer self.lock.Unlock()
	change(&self.result)
}

type sending struct {
	peer net.Conn
	body *uploadBody
	sent int
}

// run sends the body piece by piece; true where all of it was sent.
func (self *sending) run(begun func(), pause time.Duration, stop <-chan struct{}) bool {
	head, text, end := self.body.parts()
	filler := []byte(strings.Repeat(text, max(self.body.FirstBytes, self.body.PieceBytes)/len(text)+1))
	left := self.body.Bytes - len(head) - len(end)
	written := self.write([]byte(self.body.requestHead() + head))
	for next := self.body.FirstBytes; written && left > 0; next = self.body.PieceBytes {
		piece := filler[:min(next, left)]
		left -= len(piece)
		written = self.write(piece)
		begun()
		if pause > 0 {
			select {
			case <-stop:
				return false
			case <-time.After(pause):
			}
		}
	}
	return written && self.write([]byte(end))
}

func (self *sending) write(bytes []byte) bool {
	count, err := self.peer.Write(bytes)
	self.sent += count
	return err == nil
}

func (self *uploadBody) parts() (head, text, end string) {
	if self.Kind == "form" {
		return formHead, formText, ""
	}
	return fileHead, fileText, fileEnd
}

func (self *uploadBody) requestHead() string {
	media := fileType
	if self.Kind == "form" {
		media = formType
	}
	return fmt.Sprintf("POST /files HTTP/1.1\r\nhost: shop.example\r\nuser-agent: curl/8.5.0\r\naccept: */*\r\n"+
		"content-type: %s\r\ncontent-length: %d\r\n\r\n", media, self.Bytes)
}

// readStatus tells the status of the answer, 0 where none comes.
func readStatus(peer net.Conn, answer chan<- int) {
	found, err := readMessage(bufio.NewReader(peer), nil)
	status := 0
	if err == nil {
		status, _ = statusOf(found.line)
	}
	answer <- status
}
