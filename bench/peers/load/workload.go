package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
)

const bufferBytes = 16 << 10

var reply = []byte("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 8\r\n\r\nworkload")

// serveWorkload answers every request in the same way once it is whole.
func serveWorkload(listener net.Listener) {
	for {
		peer, err := listener.Accept()
		if err != nil {
			fmt.Fprintf(os.Stderr, "load: the workload accepts no more: %v\n", err)
			return
		}
		go serveConnection(peer)
	}
}

func serveConnection(peer net.Conn) {
	defer peer.Close()
	reader := bufio.NewReaderSize(peer, bufferBytes)
	line := make([]byte, 0, bufferBytes)
	for {
		if _, err := readMessage(reader, line); err != nil {
			if !isEnd(err) {
				fmt.Fprintf(os.Stderr, "load: the workload lost a connection: %v\n", err)
			}
			return
		}
		if _, err := peer.Write(reply); err != nil {
			return
		}
	}
}
