package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
)

// A message's start line, and whether its sender closes behind it.
type head struct {
	line   []byte
	closes bool
}

var errHead = errors.New("a head that is not HTTP/1.1")

const (
	contentLength    = "content-length:"
	transferEncoding = "transfer-encoding:"
	connection       = "connection:"
)

// readMessage reads a message with its body, which it drops. The line is valid until the next read.
func readMessage(reader *bufio.Reader, line []byte) (head, error) {
	found := head{line: line[:0]}
	length, chunked := 0, false
	for first := true; ; first = false {
		text, err := reader.ReadSlice('\n')
		if err != nil {
			return found, err
		}
		text = bytes.TrimRight(text, "\r\n")
		switch {
		case first:
			found.line = append(found.line, text...)
		case len(text) == 0:
			return found, skipBody(reader, length, chunked)
		case hasName(text, contentLength):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(text[len(contentLength):]))); err != nil {
				return found, errHead
			}
		case hasName(text, transferEncoding):
			chunked = true
		case hasName(text, connection):
			found.closes = bytes.EqualFold(bytes.TrimSpace(text[len(connection):]), []byte("close"))
		}
	}
}

func hasName(line []byte, name string) bool {
	return len(line) >= len(name) && bytes.EqualFold(line[:len(name)], []byte(name))
}

func skipBody(reader *bufio.Reader, length int, chunked bool) error {
	if !chunked {
		_, err := reader.Discard(length)
		return err
	}
	for {
		text, err := reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 16, 32)
		if err != nil {
			return errHead
		}
		// Each chunk, and the body behind the last one, which has no trailers here, ends with CR LF.
		if _, err := reader.Discard(int(size) + 2); err != nil {
			return err
		}
		if size == 0 {
			return nil
		}
	}
}

// isEnd tells a connection that was closed between two messages.
func isEnd(err error) bool {
	return errors.Is(err, io.EOF)
}
