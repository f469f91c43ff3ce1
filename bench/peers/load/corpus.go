package main

import (
	"encoding/json"
	"errors"
	"os"
)

// A span is a part of a request that is written anew each time it is sent.
type span struct {
	At     int    `json:"at"`
	Length int    `json:"length"`
	Kind   string `json:"kind"`
}

type template struct {
	Bytes []byte `json:"bytes"`
	Spans []span `json:"spans"`
}

type corpus struct {
	Seed      uint64     `json:"seed"`
	Templates []template `json:"templates"`
}

var alphabets = map[string]string{
	"hex":     "0123456789abcdef",
	"digits":  "123456789",
	"letters": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
}

func readCorpus(path string) (*corpus, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var read corpus
	if err := json.Unmarshal(text, &read); err != nil {
		return nil, err
	}
	if len(read.Templates) == 0 {
		return nil, errors.New("the corpus is empty")
	}
	return &read, nil
}

// write puts the request with this number into the buffer: the same for the same seed and number, whoever gets it.
func (all *corpus) write(buffer []byte, number uint64) []byte {
	chosen := &all.Templates[number%uint64(len(all.Templates))]
	buffer = append(buffer[:0], chosen.Bytes...)
	state := all.Seed ^ number*0x9e3779b97f4a7c15
	for _, each := range chosen.Spans {
		alphabet := alphabets[each.Kind]
		for at := each.At; at < each.At+each.Length; at++ {
			buffer[at] = alphabet[splitMix(&state)%uint64(len(alphabet))]
		}
	}
	return buffer
}

// splitMix is SplitMix64 (Steele, Lea, Flood 2014).
func splitMix(state *uint64) uint64 {
	*state += 0x9e3779b97f4a7c15
	mixed := *state
	mixed = (mixed ^ mixed>>30) * 0xbf58476d1ce4e5b9
	mixed = (mixed ^ mixed>>27) * 0x94d049bb133111eb
	return mixed ^ mixed>>31
}
