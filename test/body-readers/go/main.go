// Command bodyreaders reads bodies with Go's standard library: frames of JSON in, frames of JSON out
// (see framed-process.ts). Strings on the wire hold one byte a character.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"os"
	"strconv"
	"strings"
)

type question struct {
	Format      string `json:"format"`
	ContentType string `json:"contentType"`
	Body        string `json:"body"`
}

type reading struct {
	Reader string      `json:"reader"`
	Fields [][2]string `json:"fields"`
	Files  [][3]any    `json:"files"`
	Error  *string     `json:"error"`
}

func newReading(reader string) *reading {
	return &reading{Reader: reader, Fields: [][2]string{}, Files: [][3]any{}}
}

// wire turns bytes into a string of one character a byte.
func wire(text string) string {
	runes := make([]rune, len(text))
	for at := range len(text) {
		runes[at] = rune(text[at])
	}
	return string(runes)
}

func unwire(text string) []byte {
	var out []byte
	for _, r := range text {
		out = append(out, byte(r))
	}
	return out
}

func (r *reading) field(name, value string) {
	r.Fields = append(r.Fields, [2]string{wire(name), wire(value)})
}

func (r *reading) fail(err error) {
	if err == nil || errors.Is(err, io.EOF) {
		return
	}
	text := err.Error()
	r.Error = &text
}

func readMultipart(contentType string, body []byte) *reading {
	r := newReading("go-multipart")
	mediaType, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || (mediaType != "multipart/form-data" && mediaType != "multipart/mixed") {
		r.fail(errors.New("not multipart"))
		return r
	}
	boundary, ok := parameters["boundary"]
	if !ok {
		r.fail(errors.New("no boundary"))
		return r
	}
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := parts.NextPart()
		if err != nil {
			r.fail(err)
			return r
		}
		content, err := io.ReadAll(part)
		name, fileName := part.FormName(), part.FileName()
		if name != "" {
			if fileName == "" {
				r.field(name, string(content))
			} else {
				r.Files = append(r.Files, [3]any{wire(name), wire(fileName), len(content)})
			}
		}
		if err != nil {
			r.fail(err)
			return r
		}
	}
}

func readForm(body []byte) *reading {
	r := newReading("go-form")
	values, err := url.ParseQuery(string(body))
	for name, list := range values {
		for _, value := range list {
			r.field(name, value)
		}
	}
	r.fail(err)
	return r
}

func flatten(r *reading, name string, value any, top bool) {
	switch typed := value.(type) {
	case map[string]any:
		if len(typed) == 0 && !top {
			r.field(name, "")
		}
		for key, member := range typed {
			flatten(r, name+"."+key, member, false)
		}
	case []any:
		if len(typed) == 0 && !top {
			r.field(name, "")
		}
		for at, member := range typed {
			flatten(r, name+"."+strconv.Itoa(at), member, false)
		}
	case string:
		r.field(name, typed)
	case json.Number:
		r.field(name, typed.String())
	case bool:
		r.field(name, strconv.FormatBool(typed))
	default:
		r.field(name, "")
	}
}

// readJSON reads the first value and leaves what follows, as handlers do that call Decode once.
func readJSON(body []byte) *reading {
	r := newReading("go-json")
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		r.fail(err)
		return r
	}
	flatten(r, "json", value, true)
	return r
}

func readXML(body []byte, strict bool) *reading {
	r := newReading("go-xml")
	if !strict {
		r.Reader = "go-xml-lenient"
	}
	decoder := xml.NewDecoder(bytes.NewReader(body))
	decoder.Strict = strict
	decoder.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil }
	depth := 0
	for {
		token, err := decoder.Token()
		if err != nil {
			r.fail(err)
			return r
		}
		switch typed := token.(type) {
		case xml.EndElement:
			depth--
		case xml.StartElement:
			depth++
			for _, attribute := range typed.Attr {
				if strings.Trim(attribute.Value, " \t\r\n") != "" {
					r.field("", attribute.Value)
				}
			}
		case xml.CharData:
			if depth > 0 && strings.Trim(string(typed), " \t\r\n") != "" {
				r.field("", string(typed))
			}
		}
	}
}

func answer(q question) []*reading {
	body := unwire(q.Body)
	switch q.Format {
	case "multipart":
		return []*reading{readMultipart(string(unwire(q.ContentType)), body)}
	case "urlencoded":
		return []*reading{readForm(body)}
	case "json":
		return []*reading{readJSON(body)}
	default:
		return []*reading{readXML(body, true), readXML(body, false)}
	}
}

func run(input *bufio.Reader, output *bufio.Writer) error {
	for {
		var length uint32
		if err := binary.Read(input, binary.BigEndian, &length); err != nil {
			return err
		}
		frame := make([]byte, length)
		if _, err := io.ReadFull(input, frame); err != nil {
			return err
		}
		var q question
		if err := json.Unmarshal(frame, &q); err != nil {
			return err
		}
		encoded, err := json.Marshal(answer(q))
		if err != nil {
			return err
		}
		if err := binary.Write(output, binary.BigEndian, uint32(len(encoded))); err != nil {
			return err
		}
		if _, err := output.Write(encoded); err != nil {
			return err
		}
		if err := output.Flush(); err != nil {
			return err
		}
	}
}

func main() {
	if err := run(bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)); err != nil && !errors.Is(err, io.EOF) {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}
